package io.github.taskdispatcher.gateway.store;

import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;

/**
 * A task as an operator may see it, without its payload and result.
 *
 * @param position place in the queue from 1, 0 when it does not wait or it was not asked for
 * @param enqueuedAt, deadline, startedAt, endedAt Redis time in ms, 0 when not (yet) so
 * @param endedBy what ended it, in lower case; empty before
 * @param worker, gateway that works, or worked, on it; empty before it was assigned
 * @param attempt how often it was assigned
 * @param error why it failed, empty when it did not
 * @param progress how far its worker says it is, null when it does not run or the worker does not say
 */
public record TaskFacts(
        GroupName group,
        TaskId id,
        TaskStatus status,
        long position,
        long enqueuedAt,
        long deadline,
        long startedAt,
        long endedAt,
        String endedBy,
        String worker,
        String gateway,
        long attempt,
        String error,
        Progress progress) {

    /** How long it waited for a worker, until its end when it never got one, in ms; -1 while that is not known. */
    public long waitMs() {
        long until = startedAt > 0 ? startedAt : endedAt;
        return until > 0 && enqueuedAt > 0 ? Math.max(0, until - enqueuedAt) : -1;
    }

    /** How long it ran, in ms; -1 when it has not ended, or never ran. */
    public long runMs() {
        return startedAt > 0 && endedAt > 0 ? Math.max(0, endedAt - startedAt) : -1;
    }

    /** The same, at this place in the queue. */
    public TaskFacts at(long place) {
        return new TaskFacts(
                group,
                id,
                status,
                place,
                enqueuedAt,
                deadline,
                startedAt,
                endedAt,
                endedBy,
                worker,
                gateway,
                attempt,
                error,
                progress);
    }
}
