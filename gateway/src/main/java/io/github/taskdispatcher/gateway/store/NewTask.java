package io.github.taskdispatcher.gateway.store;

import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;

/**
 * A task to be run.
 *
 * @param payload JSON for the worker
 * @param timeoutMs within the configured bounds
 * @param note what its reader wants to know of it later, on whichever gateway; empty for nothing
 * @param shared whether others may submit the same id, for the same work: then it is never taken back
 */
public record NewTask(GroupName group, TaskId id, byte[] payload, long timeoutMs, String note, boolean shared) {

    /** The same with this note. */
    public NewTask noting(String text) {
        return new NewTask(group, id, payload, timeoutMs, text, shared);
    }

    /** The same work under this id, which others may submit too. */
    public NewTask sharedAs(GroupName otherGroup, TaskId otherId) {
        return new NewTask(otherGroup, otherId, payload, timeoutMs, note, true);
    }

    /** One of its own. */
    public static NewTask of(GroupName group, byte[] payload, long timeoutMs) {
        return new NewTask(group, TaskId.next(group), payload, timeoutMs, "", false);
    }
}
