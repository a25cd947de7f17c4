package io.github.taskdispatcher.gateway.store;

import io.github.taskdispatcher.task.TaskId;

/**
 * A task bound to a worker's slot and claimed by this gateway: to be sent, once.
 *
 * @param id the task
 * @param token which assignment of the task this is; fences late answers
 * @param remainingMs milliseconds until the task's deadline, as Redis saw it
 * @param payload the task's payload, JSON
 */
public record Assignment(TaskId id, String token, long remainingMs, byte[] payload) {

    /** Names this very assignment, over all tasks: {@code <id> <token>}. */
    public String key() {
        return id.text() + ' ' + token;
    }
}
