package io.github.taskdispatcher.gateway.waiting;

import io.github.taskdispatcher.gateway.background.Lifecycle;
import io.github.taskdispatcher.gateway.background.Retry;
import io.github.taskdispatcher.gateway.background.Scheduler;
import io.github.taskdispatcher.gateway.store.TaskStore;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tasks whose clients have left. The gateway cancels such a task when no client asks for it within 10 s, see
 * docs/decisions/0014-who-leaves-cancels.md. A gateway that stops cancels none. Any thread.
 */
public final class AbandonedTasks {

    private static final Logger log = LoggerFactory.getLogger(AbandonedTasks.class);

    /** Longer than the official SDKs wait before they try again, and than any gateway needs to say that it holds others. */
    static final long RETURN_MS = 10_000;

    private final TaskStore store;
    private final TaskCanceller canceller;
    private final Retry retry;
    private final Scheduler scheduler;
    private final Lifecycle lifecycle;

    public AbandonedTasks(
            TaskStore store, TaskCanceller canceller, Retry retry, Scheduler scheduler, Lifecycle lifecycle) {
        this.store = store;
        this.canceller = canceller;
        this.retry = retry;
        this.scheduler = scheduler;
        this.lifecycle = lifecycle;
    }

    /**
     * A client that waited for this task has left.
     *
     * @param decided runs once, when it is known what becomes of the task
     */
    void clientLeft(GroupName group, TaskId id, Runnable decided) {
        if (lifecycle.isDraining()) {
            decided.run();
            return;
        }
        retry.within(TaskStore.CALL_TIME_MS, () -> store.abandon(group, id))
                .thenCompose(abandonedAt -> abandonedAt.isPresent()
                        ? later(group, id, abandonedAt.getAsLong())
                        : CompletableFuture.<Void>completedFuture(null))
                .whenComplete((done, failure) -> {
                    if (failure != null) {
                        log.warn("task {} goes on although its client has left: {}", id, failure.toString());
                    }
                    decided.run();
                });
    }

    private CompletableFuture<Void> later(GroupName group, TaskId id, long abandonedAt) {
        CompletableFuture<Void> cancelled = new CompletableFuture<>();
        try {
            scheduler.schedule(() -> cancel(group, id, abandonedAt, cancelled), RETURN_MS);
        } catch (RejectedExecutionException stopping) {
            cancelled.complete(null);
        }
        return cancelled;
    }

    private void cancel(GroupName group, TaskId id, long abandonedAt, CompletableFuture<Void> cancelled) {
        if (lifecycle.isDraining()) {
            cancelled.complete(null);
            return;
        }
        canceller.cancelAbandoned(group, id, abandonedAt).whenComplete((task, failure) -> {
            if (failure == null) {
                cancelled.complete(null);
            } else {
                cancelled.completeExceptionally(failure);
            }
        });
    }
}
