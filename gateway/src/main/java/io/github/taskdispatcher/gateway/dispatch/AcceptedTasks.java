package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.groups.Groups;
import io.github.taskdispatcher.gateway.journal.Journal;
import io.github.taskdispatcher.gateway.store.Assignment;
import io.github.taskdispatcher.gateway.store.NewTask;
import io.github.taskdispatcher.gateway.store.Replies.Submitted;
import io.github.taskdispatcher.gateway.worker.AssignmentDelivery;
import io.github.taskdispatcher.task.TaskStatus;
import java.util.concurrent.CompletableFuture;

/** What happens to a task that the store has accepted: it is noted, brought to its worker, and made findable. Any thread. */
public final class AcceptedTasks {

    private final Journal journal;
    private final AssignmentDelivery delivery;
    private final Groups groups;

    public AcceptedTasks(Journal journal, AssignmentDelivery delivery, Groups groups) {
        this.journal = journal;
        this.delivery = delivery;
        this.groups = groups;
    }

    /** Whether the request joined the task of another one. */
    static boolean isJoined(NewTask task, Submitted reply) {
        return reply instanceof Submitted.Exists && task.shared();
    }

    /** Brings the task to its worker, if that is here; says how far the task is. */
    TaskStatus deliver(NewTask task, Submitted reply) {
        if (!isJoined(task, reply)) {
            // Before the worker can hear of it, so that the log tells it in order.
            journal.accepted(task.group(), task.id(), task.payload(), task.timeoutMs());
        }
        if (reply instanceof Submitted.Assigned assigned) {
            delivery.deliver(assigned.workerId(), assignment(task, assigned.token()));
            return TaskStatus.EXECUTING;
        }
        if (reply instanceof Submitted.Exists exists) {
            if (!exists.workerId().isEmpty()) {
                delivery.deliver(exists.workerId(), assignment(task, exists.token()));
            }
            return exists.status();
        }
        return reply instanceof Submitted.Queued ? TaskStatus.QUEUED : TaskStatus.EXECUTING;
    }

    private static Assignment assignment(NewTask task, String token) {
        return new Assignment(task.id(), token, task.timeoutMs(), task.payload());
    }

    /** Completes when any gateway finds the task by its id. */
    CompletableFuture<Void> findable(NewTask task) {
        return groups.accepted(task);
    }
}
