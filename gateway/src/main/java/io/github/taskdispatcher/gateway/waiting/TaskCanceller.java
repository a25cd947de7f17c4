package io.github.taskdispatcher.gateway.waiting;

import io.github.taskdispatcher.gateway.background.Retry;
import io.github.taskdispatcher.gateway.journal.Journal;
import io.github.taskdispatcher.gateway.store.Replies;
import io.github.taskdispatcher.gateway.store.Replies.TaskView;
import io.github.taskdispatcher.gateway.store.TaskAccess;
import io.github.taskdispatcher.gateway.store.TaskStore;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** Ends tasks that have not ended, and tells the requests that are held for them here. Any thread. */
public final class TaskCanceller {

    private final TaskStore store;
    private final Retry retry;
    private final Journal journal;
    private final Waiters waiters;
    private final TaskStreams streams;

    public TaskCanceller(TaskStore store, Retry retry, Journal journal, Waiters waiters, TaskStreams streams) {
        this.store = store;
        this.retry = retry;
        this.journal = journal;
        this.waiters = waiters;
        this.streams = streams;
    }

    /**
     * Ends a task for everyone at once; the gateway of its worker is told. Asked twice it means the same.
     *
     * @param access whose tasks the caller may cancel
     * @return the task as it is then: not {@code CANCELLED} when it had ended otherwise; empty when there is none that the
     *     caller may have
     */
    public CompletableFuture<Optional<TaskView>> cancel(GroupName group, TaskId id, TaskAccess access) {
        return cancel(group, id, access, OptionalLong.empty());
    }

    /** Ends a task that its client abandoned then, in Redis time, unless a client asked for the task since. */
    CompletableFuture<Optional<TaskView>> cancelAbandoned(GroupName group, TaskId id, long abandonedAt) {
        return cancel(group, id, TaskAccess.ALL, OptionalLong.of(abandonedAt));
    }

    private CompletableFuture<Optional<TaskView>> cancel(
            GroupName group, TaskId id, TaskAccess access, OptionalLong abandonedAt) {
        return retry.within(TaskStore.CALL_TIME_MS, () -> store.cancel(group, id, access, abandonedAt))
                .thenCompose(word -> cancelled(group, id, word));
    }

    private CompletableFuture<Optional<TaskView>> cancelled(GroupName group, TaskId id, Replies.Cancelled word) {
        if (word == Replies.Cancelled.UNKNOWN || word == Replies.Cancelled.WANTED) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        if (word == Replies.Cancelled.CANCELLED) {
            journal.cancelled(group, id);
        }
        return store.look(group, id, TaskAccess.ALL).thenApply(view -> {
            view.map(TaskView::outcome).ifPresent(outcome -> {
                waiters.ended(id, outcome);
                streams.ended(id);
            });
            return view;
        });
    }
}
