package io.github.taskdispatcher.gateway.store;

import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;

/**
 * A task to be run.
 *
 * @param payload JSON for the worker
 * @param timeoutMs within the configured bounds
 * @param label what is kept beside the payload
 * @param shared whether others may submit the same id, for the same work: then it is never taken back
 */
public record NewTask(GroupName group, TaskId id, byte[] payload, long timeoutMs, Label label, boolean shared) {

    /**
     * What is kept of a task beside its payload.
     *
     * @param owner tag of the tenant that the task belongs to, see {@link TaskAccess}; empty when it belongs to none
     * @param note what its reader wants to know of it later, on whichever gateway; empty for nothing
     * @param model by which the time that its tasks run is learnt; empty for none
     * @param queueTimeoutMs how long it may wait for a worker; 0 for as long as its timeout
     */
    public record Label(String owner, String note, String model, long queueTimeoutMs) {
        static final Label NONE = new Label("", "", "", 0);
    }

    /** The same with this note. */
    public NewTask noting(String text) {
        return new NewTask(
                group, id, payload, timeoutMs, new Label(label.owner, text, label.model, label.queueTimeoutMs), shared);
    }

    /** The same as a task of this owner; empty for none. */
    public NewTask ownedBy(String owner) {
        return new NewTask(
                group, id, payload, timeoutMs, new Label(owner, label.note, label.model, label.queueTimeoutMs), shared);
    }

    /** The same as a task for this model; empty for none. */
    public NewTask forModel(String model) {
        return new NewTask(
                group, id, payload, timeoutMs, new Label(label.owner, label.note, model, label.queueTimeoutMs), shared);
    }

    /** The same, which waits no longer than so many ms for a worker; 0 for as long as its timeout. */
    public NewTask waitingAtMost(long queueTimeoutMs) {
        return new NewTask(
                group, id, payload, timeoutMs, new Label(label.owner, label.note, label.model, queueTimeoutMs), shared);
    }

    /** The same work under this id, which others may submit too. */
    public NewTask sharedAs(GroupName otherGroup, TaskId otherId) {
        return new NewTask(otherGroup, otherId, payload, timeoutMs, label, true);
    }

    /** One of its own, without an owner. */
    public static NewTask of(GroupName group, byte[] payload, long timeoutMs) {
        return new NewTask(group, TaskId.next(group), payload, timeoutMs, Label.NONE, false);
    }
}
