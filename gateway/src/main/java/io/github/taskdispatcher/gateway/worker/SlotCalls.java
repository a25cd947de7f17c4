package io.github.taskdispatcher.gateway.worker;

import io.github.taskdispatcher.gateway.background.CallsInOrder;
import io.github.taskdispatcher.gateway.background.Retry;
import io.github.taskdispatcher.gateway.groups.GroupMembership;
import io.github.taskdispatcher.gateway.journal.Journal;
import io.github.taskdispatcher.gateway.store.Assignment;
import io.github.taskdispatcher.gateway.store.Completion;
import io.github.taskdispatcher.gateway.store.Departure;
import io.github.taskdispatcher.gateway.store.GroupStore;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.store.Replies;
import io.github.taskdispatcher.gateway.store.Replies.Completed;
import io.github.taskdispatcher.gateway.store.TaskStore;
import io.github.taskdispatcher.task.TaskId;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * What one slot says to the store, and what the gateway hears of that. The calls that are made {@linkplain #inOrder in order} reach
 * Redis in the order in which they were asked for, each repeated until the store answers. Any thread.
 */
final class SlotCalls {

    private final SlotKey slot;
    private final TaskStore store;
    private final Retry retry;
    private final GroupMembership membership;
    private final Journal journal;
    private final OutcomeListener outcomes;
    private final CallsInOrder calls;

    SlotCalls(
            SlotKey slot,
            TaskStore store,
            Retry retry,
            GroupMembership membership,
            Journal journal,
            OutcomeListener outcomes) {
        this.slot = slot;
        this.store = store;
        this.retry = retry;
        this.membership = membership;
        this.journal = journal;
        this.outcomes = outcomes;
        calls = new CallsInOrder(retry);
    }

    /** Makes a call after all calls before it, until the store answers. */
    <T> CompletableFuture<T> inOrder(Supplier<CompletableFuture<T>> call) {
        return calls.then(call);
    }

    /** Asks whether the group may have this worker. */
    CompletableFuture<GroupStore.Entry> enter(String holder, boolean known) {
        return membership.enter(slot.group(), holder, known);
    }

    /** @param works what the slot works on, or null */
    CompletableFuture<Void> join(int epoch, Assignment works) {
        return store.join(slot.group(), slot.id(), epoch, works).thenApply(joined -> null);
    }

    /** See {@link TaskStore#resume}. */
    CompletableFuture<Optional<Assignment>> resume(TaskId task) {
        return store.resume(slot.group(), task, slot.id());
    }

    /** See {@link TaskStore#ready}. */
    CompletableFuture<Replies.Ready> ready() {
        return store.ready(slot.group(), slot.id());
    }

    /**
     * The slot leaves. Completes when the store knows.
     *
     * @param lastSent {@link Assignment#key()} of the last assignment, or empty
     */
    CompletableFuture<Void> gone(int epoch, Departure how, String error, String lastSent) {
        return store.gone(slot.group(), slot.id(), epoch, how, error, lastSent)
                .thenRun(() -> journal.left(slot.group(), slot.id(), lastSent));
    }

    /** The assignment was written to the worker. */
    void delivered(Assignment assignment) {
        journal.delivered(slot.group(), assignment, slot.id());
    }

    /** @param last whether the slot takes no further task */
    CompletableFuture<Completed> complete(SlotState.Work work, Outcome outcome, boolean last) {
        Assignment own = work.assignment();
        return store.complete(
                slot.group(), new Completion(own.id(), slot.id(), own.token(), outcome, 0, last, work.expired()));
    }

    /** An answer that was given before, or to a task of another slot. */
    CompletableFuture<Completed> complete(TaskId task, Outcome outcome, long offeredAt) {
        return store.complete(slot.group(), new Completion(task, slot.id(), "", outcome, offeredAt, false, false));
    }

    /** The same beside the other calls of the slot, until the store answers or this is over. */
    CompletableFuture<Completed> offer(TaskId task, Outcome outcome, long offeredAt, BooleanSupplier over) {
        return retry.untilAnswered(() -> complete(task, outcome, offeredAt), failure -> over.getAsBoolean());
    }

    /** The store said what became of an answer: tells the requests that wait for the task. */
    void answered(TaskId id, Outcome outcome, Completed.Outcome word) {
        if (word == Completed.Outcome.RECORDED) {
            journal.ended(slot.group(), id, slot.id(), outcome);
        }
        switch (word) {
            // UNKNOWN: Redis lost the task; a request that waits for it here still gets what was worked out.
            case RECORDED, REPLAYED, UNKNOWN -> outcomes.ended(id, outcome);
            default -> outcomes.mayHaveEnded(id);
        }
    }
}
