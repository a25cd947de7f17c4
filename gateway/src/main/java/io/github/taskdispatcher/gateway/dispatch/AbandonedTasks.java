package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.store.TaskStore;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tasks whose clients have left: they are cancelled when nobody asked for them again for 10 s, see
 * docs/decisions/0014-who-leaves-cancels.md. A gateway that stops cancels none. Any thread.
 */
final class AbandonedTasks {

    private static final Logger log = LoggerFactory.getLogger(AbandonedTasks.class);

    /** Longer than the official SDKs wait before they try again, and than any gateway needs to say that it holds others. */
    private static final long RETURN_MS = 10_000;

    private final Dispatcher dispatcher;

    AbandonedTasks(Dispatcher dispatcher) {
        this.dispatcher = dispatcher;
    }

    /**
     * A client who waited for this task has left.
     *
     * @param decided runs once, when it is known what becomes of the task
     */
    void clientLeft(GroupName group, TaskId id, Runnable decided) {
        if (dispatcher.isDraining()) {
            decided.run();
            return;
        }
        dispatcher
                .retry()
                .within(TaskStore.CALL_TIME_MS, () -> dispatcher.store().abandon(group, id))
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
            dispatcher
                    .timer()
                    .schedule(() -> cancel(group, id, abandonedAt, cancelled), RETURN_MS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException stopping) {
            cancelled.complete(null);
        }
        return cancelled;
    }

    private void cancel(GroupName group, TaskId id, long abandonedAt, CompletableFuture<Void> cancelled) {
        if (dispatcher.isDraining()) {
            cancelled.complete(null);
            return;
        }
        dispatcher.cancelAbandoned(group, id, abandonedAt).whenComplete((task, failure) -> {
            if (failure == null) {
                cancelled.complete(null);
            } else {
                cancelled.completeExceptionally(failure);
            }
        });
    }
}
