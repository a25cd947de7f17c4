package io.github.taskdispatcher.gateway.waiting;

import io.github.taskdispatcher.gateway.background.Lifecycle;
import io.github.taskdispatcher.gateway.background.Scheduler;
import io.github.taskdispatcher.gateway.store.Replies.TaskView;
import io.github.taskdispatcher.gateway.store.TaskAccess;
import io.github.taskdispatcher.gateway.store.TaskStore;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/** Holds requests until their tasks end: tasks that they submit, and tasks that were there before. Any thread. */
public final class EndWatch {

    private final TaskStore store;
    private final Waiters waiters;
    private final HeldRequests held;
    private final Scheduler scheduler;
    private final Lifecycle lifecycle;

    public EndWatch(TaskStore store, Waiters waiters, HeldRequests held, Scheduler scheduler, Lifecycle lifecycle) {
        this.store = store;
        this.waiters = waiters;
        this.held = held;
        this.scheduler = scheduler;
        this.lifecycle = lifecycle;
    }

    /** See {@link Waiters#register}. */
    public Waiters.Waiter register(TaskId id, GroupName group, long timeoutMs) {
        return waiters.register(id, group, timeoutMs);
    }

    /** There is nothing to wait for. */
    public void forget(Waiters.Waiter waiter) {
        waiters.answer(waiter, new WaitEnd.GoesOn(null));
    }

    /**
     * Holds a request whose task the store has accepted.
     *
     * @param timeoutMs of the task
     * @param status of the task when it was accepted
     * @param joined whether another request had submitted the task
     */
    public CompletableFuture<WaitEnd> hold(
            Waiters.Waiter waiter, WaitPolicy wait, long timeoutMs, TaskStatus status, boolean joined) {
        waiter.accept();
        if (joined && !status.ended()) {
            // It may be another gateway's; what ends before this is stored, or is never told, is found by reading.
            store.watch(waiter.group(), waiter.id(), TaskAccess.ALL)
                    .whenComplete((view, failure) -> held.check(waiter.id()));
        } else if (status.ended() || lifecycle.isDraining()) {
            held.check(waiter.id());
        }
        wait.client().onLeft(() -> held.clientLeft(waiter));
        if (wait.ms() < timeoutMs) {
            long left = Math.max(0, wait.ms() - waiter.ageMs());
            Future<?> limit = scheduler.schedule(() -> held.tellHowFar(waiter), left);
            waiter.future().whenComplete((end, failure) -> limit.cancel(false));
        }
        return waiter.future();
    }

    /**
     * The task once it has ended, or after this time at the latest, or when this gateway stops. Empty when the group has no such
     * task that the client may have.
     */
    public CompletableFuture<Optional<TaskView>> await(
            GroupName group, TaskId id, TaskAccess access, long waitMs, DisconnectSignal client) {
        Waiters.Waiter waiter = waiters.register(id, group, Waiters.NO_TIMEOUT);
        return store.watch(group, id, access)
                .whenComplete((view, failure) -> {
                    if (failure != null || view.isEmpty() || view.get().status().ended()) {
                        forget(waiter);
                    } else {
                        waiter.accept();
                    }
                })
                .thenCompose(view -> view.isEmpty() || view.get().status().ended()
                        ? CompletableFuture.completedFuture(view)
                        : end(waiter, view.get(), access, waitMs, client));
    }

    private CompletableFuture<Optional<TaskView>> end(
            Waiters.Waiter waiter, TaskView begun, TaskAccess access, long waitMs, DisconnectSignal client) {
        Future<?> limit = scheduler.schedule(() -> waiters.answer(waiter, new WaitEnd.GoesOn(begun.status())), waitMs);
        client.onLeft(() -> held.clientLeft(waiter));
        return waiter.future().thenCompose(end -> {
            limit.cancel(false);
            // For a client that has left, the store must not note that a client asks for the task.
            return waiter.hasLeft() && !(end instanceof WaitEnd.Ended)
                    ? CompletableFuture.completedFuture(Optional.of(begun))
                    : store.look(waiter.group(), waiter.id(), access);
        });
    }
}
