package io.github.taskdispatcher.gateway.worker;

import io.github.taskdispatcher.gateway.background.Scheduler;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.task.TaskId;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;

/**
 * The answer to a task that the worker was given elsewhere, before its gateway was lost: offered to the store until the store
 * says whether it counts. Goes beside the other calls of the slot, because it may take until a lease has run out.
 *
 * @param calls of the slot of the worker that brought it
 * @param closed whether that slot is closed
 */
record AdoptedAnswer(SlotCalls calls, BooleanSupplier closed, TaskId task, Outcome outcome, Scheduler scheduler) {

    private static final long OFFER_AGAIN_MS = 500;

    /** Completes with whether it is the task's outcome. */
    CompletableFuture<Boolean> offer() {
        return offer(0);
    }

    private CompletableFuture<Boolean> offer(long offeredAt) {
        return calls.offer(task, outcome, offeredAt, closed).thenCompose(reply -> switch (reply.outcome()) {
            case RECORDED, REPLAYED -> {
                calls.answered(task, outcome, reply.outcome());
                yield CompletableFuture.completedFuture(true);
            }
            case EARLY -> offerAgain(offeredAt == 0 ? reply.now() : offeredAt);
            default -> CompletableFuture.completedFuture(false);
        });
    }

    private CompletableFuture<Boolean> offerAgain(long offeredAt) {
        CompletableFuture<Void> later = new CompletableFuture<>();
        try {
            scheduler.schedule(() -> later.complete(null), OFFER_AGAIN_MS);
        } catch (RejectedExecutionException stopping) {
            later.completeExceptionally(stopping);
        }
        return later.thenCompose(now -> offer(offeredAt));
    }
}
