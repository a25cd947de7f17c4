package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.store.Replies;
import io.github.taskdispatcher.task.TaskId;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * The answer to a task that the worker was given elsewhere, before its gateway was lost: offered to the store until that
 * says whether it counts. Goes beside the other calls of the worker, because it may take until a lease has run out.
 *
 * @param worker who brought it, connected since
 */
record AdoptedAnswer(Dispatcher dispatcher, Slot worker, TaskId task, Outcome outcome) {

    private static final long OFFER_AGAIN_MS = 500;

    /** Completes with whether it is the task's outcome. */
    CompletableFuture<Boolean> offer() {
        return offer(0);
    }

    private CompletableFuture<Boolean> offer(long offeredAt) {
        return dispatcher
                .retry()
                .untilAnswered(
                        () -> dispatcher
                                .store()
                                .complete(worker.group(), task, worker.id(), "", outcome, offeredAt, false),
                        failure -> worker.isClosed())
                .thenCompose(reply -> switch (reply.outcome()) {
                    case RECORDED, REPLAYED -> {
                        if (reply.outcome() == Replies.Completed.Outcome.RECORDED) {
                            dispatcher.journal().ended(worker.group(), task, worker.id(), outcome);
                        }
                        dispatcher.ended(task, outcome);
                        yield CompletableFuture.completedFuture(true);
                    }
                    case EARLY -> offerAgain(offeredAt == 0 ? reply.now() : offeredAt);
                    default -> CompletableFuture.completedFuture(false);
                });
    }

    private CompletableFuture<Boolean> offerAgain(long offeredAt) {
        Executor later = CompletableFuture.delayedExecutor(OFFER_AGAIN_MS, TimeUnit.MILLISECONDS, dispatcher.timer());
        return CompletableFuture.supplyAsync(() -> offer(offeredAt), later).thenCompose(offered -> offered);
    }
}
