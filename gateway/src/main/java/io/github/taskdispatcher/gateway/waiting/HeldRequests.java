package io.github.taskdispatcher.gateway.waiting;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.taskdispatcher.gateway.journal.Journal;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.store.Replies;
import io.github.taskdispatcher.gateway.store.TaskStore;
import io.github.taskdispatcher.gateway.worker.OutcomeListener;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Answers the requests that are held here: with the end of their task, or with how far it is. Any thread; nothing blocks.
 */
public final class HeldRequests implements OutcomeListener {

    private final TaskStore store;
    private final Journal journal;
    private final Waiters waiters;
    private final TaskStreams streams;
    private final AbandonedTasks abandoned;
    private final Predicate<TaskId> worksHere;

    /** @param worksHere whether a worker of this gateway works on the task, or is bringing its answer to the store */
    public HeldRequests(
            TaskStore store,
            Journal journal,
            Waiters waiters,
            TaskStreams streams,
            AbandonedTasks abandoned,
            Predicate<TaskId> worksHere) {
        this.store = store;
        this.journal = journal;
        this.waiters = waiters;
        this.streams = streams;
        this.abandoned = abandoned;
        this.worksHere = worksHere;
    }

    @Override
    public void ended(TaskId id, Outcome outcome) {
        waiters.ended(id, outcome);
        streams.ended(id);
    }

    @Override
    public void mayHaveEnded(TaskId id) {
        streams.ended(id);
        check(id);
    }

    @Override
    public void said(TaskId id, long first, List<byte[]> chunks) {
        streams.said(id, first, chunks);
    }

    /** Reads whether the task that requests are held for has ended. Never fails. */
    public CompletableFuture<Void> check(TaskId id) {
        Waiters.Waiter first = waiters.find(id);
        if (first == null) {
            return CompletableFuture.completedFuture(null);
        }
        // Asked before the store is: a submit that is still being repeated may arrive after this reading.
        boolean someAccepted = false;
        boolean someWait = false;
        for (Waiters.Waiter waiter = first; waiter != null; waiter = waiter.next()) {
            someAccepted |= waiter.accepted();
            someWait |= !waiter.hasLeft();
        }
        boolean accepted = someAccepted;
        return store.outcome(first.group(), id, someWait).handle((outcome, failure) -> {
            if (failure == null && outcome == null) {
                notFound(id, accepted);
            } else if (failure == null && outcome.isPresent()) {
                waiters.ended(id, outcome.get());
            }
            return null;
        });
    }

    /** The store has no such task: if the store had it once, and no worker here works on it, the store has lost it. */
    private void notFound(TaskId id, boolean accepted) {
        if (accepted && !worksHere.test(id)) {
            byte[] text = "Task lost: Redis no longer has it".getBytes(UTF_8);
            waiters.ended(id, new Outcome(TaskStatus.FAILED, Outcome.Cause.FORGOTTEN, text, text.length));
        }
    }

    /** The client of a held request has left. The request is answered all the same: a client that only sends no more still reads. */
    public void clientLeft(Waiters.Waiter waiter) {
        waiter.leave();
        abandoned.clientLeft(waiter.group(), waiter.id(), () -> tellAbandoned(waiter));
    }

    /** Only a client that sends no more reads this answer. The word of the task's end may still be on its way. */
    private CompletableFuture<Void> tellAbandoned(Waiters.Waiter waiter) {
        return check(waiter.id())
                .whenComplete((read, failure) -> waiters.answer(waiter, new WaitEnd.GoesOn(TaskStatus.EXECUTING)));
    }

    /**
     * Answers a held request, within a second: with its task's end, or with how far the task is, which goes on without its
     * client from now on. A task whose deadline has passed ends by this. The gateway tells an outcome only when it is stored: while
     * the store does not answer, the client is told that the task runs, and finds its outcome by asking.
     */
    public CompletableFuture<Void> tellHowFar(Waiters.Waiter waiter) {
        if (waiter.hasLeft()) {
            return tellAbandoned(waiter);
        }
        return store.detach(waiter.group(), waiter.id())
                .orTimeout(1, TimeUnit.SECONDS)
                .handle((found, failure) -> {
                    Replies.TaskView view = failure == null ? found.orElse(null) : null;
                    if (view != null && view.outcome() != null) {
                        if (view.outcome().endedBy() == Outcome.Cause.DEADLINE) {
                            journal.endedUnsaid(waiter.group(), waiter.id());
                        }
                        waiters.ended(waiter.id(), view.outcome());
                    } else if (failure == null && view == null) {
                        notFound(waiter.id(), waiter.accepted());
                    }
                    TaskStatus status = view == null ? TaskStatus.EXECUTING : view.status();
                    waiters.answer(waiter, new WaitEnd.GoesOn(status));
                    return null;
                });
    }

    /** The gateway stops: tells every held request how far its task is, and ends every stream. */
    public CompletableFuture<Void> tellAll() {
        streams.stopping();
        return CompletableFuture.allOf(
                waiters.olderThan(0).stream().map(this::tellHowFar).toArray(CompletableFuture[]::new));
    }

    /** How many requests are held, those that follow a task with them. */
    public int count() {
        return waiters.size() + streams.size();
    }
}
