/**
 * What happens in this gateway, told to the pages: {@code Journal} takes a note of each event, {@code Recorder} writes the notes to the
 * store twice a second, {@code GatewayHeartbeat} tells that this gateway is there.
 *
 * <p>Promises: a note costs a task one place in an array, never a call and never a wait. No task depends on this room.
 *
 * <p>Fails: notes beyond what there is place for are counted and not told; a batch that cannot be written is dropped.
 */
package io.github.taskdispatcher.gateway.journal;
