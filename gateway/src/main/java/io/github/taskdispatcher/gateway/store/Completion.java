package io.github.taskdispatcher.gateway.store;

import io.github.taskdispatcher.task.TaskId;

/**
 * A worker's answer, as it is brought to the store.
 *
 * @param workerId the slot that it came from
 * @param token of the assignment it answers; empty when the task was not assigned to this slot
 * @param offeredAt Redis ms when the answer was first offered, 0 for now
 * @param last whether the slot takes no further task
 * @param overran whether the worker was told before that the time of its task is over
 */
public record Completion(
        TaskId id, String workerId, String token, Outcome outcome, long offeredAt, boolean last, boolean overran) {}
