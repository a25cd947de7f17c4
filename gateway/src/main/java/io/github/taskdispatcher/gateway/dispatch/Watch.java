package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.store.Replies.TaskView;
import java.util.concurrent.CompletableFuture;

/** Somebody follows a task that was there before. Counts as a held request until the task has ended or he leaves. Any thread. */
public final class Watch {

    /** A watch ends with its task, whenever that may be. */
    static final long NO_TIMEOUT = Long.MAX_VALUE / 2;

    private final Waiters waiters;
    private final Waiters.Waiter waiter;
    private final TaskView view;

    Watch(Waiters waiters, Waiters.Waiter waiter, TaskView view) {
        this.waiters = waiters;
        this.waiter = waiter;
        this.view = view;
    }

    /** The task when the watch began. One that had ended is not watched. */
    public TaskView view() {
        return view;
    }

    /**
     * Completes with {@link Submission.Ended} when the task ends, else with {@link Submission.Accepted} when the watch does:
     * on {@link #leave}, or because this gateway stops.
     */
    public CompletableFuture<Submission> end() {
        return waiter.future();
    }

    Waiters.Waiter waiter() {
        return waiter;
    }

    /** Follows it no more. */
    public void leave() {
        waiters.answer(waiter, new Submission.Accepted(waiter.id(), view == null ? null : view.status()));
    }
}
