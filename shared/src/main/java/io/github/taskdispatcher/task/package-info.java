/**
 * The words of the task: what it is called ({@link io.github.taskdispatcher.task.TaskId}), which queue it stands in
 * ({@link io.github.taskdispatcher.task.GroupName}) and how far it is ({@link io.github.taskdispatcher.task.TaskStatus}).
 *
 * <p>Gateways, workers and clients share these words and nothing else. The package knows no Redis, no HTTP and no
 * WebSocket. Everything in it is immutable, safe for any thread, and refuses bad text at the door: whoever holds a
 * {@code GroupName} or a {@code TaskId} may put it into a key, a path or a log line.
 */
package io.github.taskdispatcher.task;
