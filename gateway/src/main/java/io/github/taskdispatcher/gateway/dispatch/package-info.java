/**
 * Decides. What a request or a frame means for a task is decided here and nowhere else; {@code http} and {@code ws} parse,
 * call and answer.
 *
 * <p>Parts: {@link io.github.taskdispatcher.gateway.dispatch.Dispatcher} accepts tasks;
 * {@link io.github.taskdispatcher.gateway.dispatch.Workers} are those whose sockets end here, and get the assignments;
 * {@link io.github.taskdispatcher.gateway.dispatch.WorkerConnection} is one worker's socket, {@code Slot} one of its
 * slots and what that is doing;
 * {@link io.github.taskdispatcher.gateway.dispatch.Waiters} are the held requests, and
 * {@code AbandonedTasks} are those whose client left. Nothing here is needed by another
 * gateway: what matters is in the store, and a gateway that dies takes only sockets with it.
 *
 * <p>Each hint has a level-triggered twin, one {@link io.github.taskdispatcher.gateway.dispatch.BackgroundService} each:
 * {@code LeaseRenewer} extends leases and claims what was assigned to us, {@code Sweeper} ends what is overdue,
 * {@code ModelAnnouncer} says again which models our workers serve, {@code OutcomePoller} reads again what requests are
 * held for, {@code IdleAuditor} mends workers that a lost reply left idle here and busy there. When no hint ever arrives, everything still works, up to two seconds later.
 *
 * <p>{@code Journal} takes a note of what happens, {@code Recorder} writes the notes for the dashboard, {@code GatewayHeartbeat} tells
 * that this gateway is there. No task depends on them.
 *
 * <p>Fails: a call to the store that is not answered is repeated until it is ({@link
 * io.github.taskdispatcher.gateway.dispatch.Retry}), in the order of each worker's events, so an answer outlives an outage
 * of Redis. Only a submit gives up, after two seconds, and takes back what it may have stored.
 */
package io.github.taskdispatcher.gateway.dispatch;
