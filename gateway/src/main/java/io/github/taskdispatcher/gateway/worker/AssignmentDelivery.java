package io.github.taskdispatcher.gateway.worker;

import io.github.taskdispatcher.gateway.background.Lifecycle;
import io.github.taskdispatcher.gateway.background.Retry;
import io.github.taskdispatcher.gateway.store.Assignment;
import io.github.taskdispatcher.gateway.store.Replies;
import io.github.taskdispatcher.gateway.store.TaskStore;
import io.github.taskdispatcher.task.TaskId;

/** Brings assignments, and the news of a cancelled task, to the slot that they are for. Any thread. */
public final class AssignmentDelivery {

    private final TaskStore store;
    private final WorkerRegistry workers;
    private final Retry retry;
    private final Lifecycle lifecycle;

    public AssignmentDelivery(TaskStore store, WorkerRegistry workers, Retry retry, Lifecycle lifecycle) {
        this.store = store;
        this.workers = workers;
        this.retry = retry;
        this.lifecycle = lifecycle;
    }

    /** An assignment that is claimed for this worker. */
    public void deliver(String workerId, Assignment assignment) {
        Slot slot = workers.find(workerId);
        // A worker that has just left: its `gone`, which says what was sent, puts the task back.
        if (slot != null) {
            slot.deliver(assignment);
        }
    }

    /** An assignment of another gateway's call: claims it and sends it. */
    public void claim(Replies.Unclaimed unclaimed) {
        Slot slot = workers.find(unclaimed.workerId());
        if (slot == null) {
            return;
        }
        // Repeated: once it is claimed no other gateway sends it, and only the reply holds the payload.
        retry.untilAnswered(
                        () -> store.claim(slot.group(), unclaimed.id(), unclaimed.token()),
                        failure -> lifecycle.isStopped() || slot.isClosed() || Retry.isRefused(failure))
                .thenAccept(assignment -> assignment.ifPresent(slot::deliver))
                .exceptionally(failure -> null);
    }

    /** A task was cancelled that this worker had: tells the worker, unless it was told. */
    public void cancelled(TaskId id, String workerId) {
        Slot slot = workers.find(workerId);
        if (slot != null) {
            slot.cancelled(id);
        }
    }
}
