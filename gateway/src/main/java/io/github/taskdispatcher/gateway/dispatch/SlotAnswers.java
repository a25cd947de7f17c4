package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.store.Assignment;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.store.Replies.Completed;
import io.github.taskdispatcher.task.TaskId;
import java.util.concurrent.CompletableFuture;

/**
 * Brings to the store what a worker answers in one slot: to the task it has there, again to one it had, or to one it was given
 * elsewhere. Any thread; the state is the slot's.
 */
final class SlotAnswers {

    private final Dispatcher dispatcher;
    private final Slot slot;
    private final CallsInOrder calls;
    private final ChunkWriter chunks;

    SlotAnswers(Dispatcher dispatcher, Slot slot, CallsInOrder calls, ChunkWriter chunks) {
        this.dispatcher = dispatcher;
        this.slot = slot;
        this.calls = calls;
        this.chunks = chunks;
    }

    /** Completes when the value is needed no more. */
    CompletableFuture<AnswerResult> bring(String taskId, Outcome outcome) {
        Assignment own = slot.takeOff(taskId);
        return own == null
                ? toOther(taskId, outcome)
                // The end is recorded behind the last chunk, so that whoever sees it has seen all.
                : calls.then(() -> chunks.flush()
                        .thenCompose(flushed -> dispatcher
                                .store()
                                .complete(
                                        slot.group(), own.id(), slot.id(), own.token(), outcome, 0, slot.isDraining()))
                        .thenApply(reply -> {
                            // The worker before whoever waits for the answer: an idle worker costs everybody time.
                            slot.goOn(reply);
                            tell(own.id(), outcome, reply);
                            return AnswerResult.of(reply.outcome(), AnswerResult.RECORDED);
                        }));
    }

    private void tell(TaskId id, Outcome outcome, Completed reply) {
        if (reply.outcome() == Completed.Outcome.RECORDED) {
            dispatcher.journal().ended(slot.group(), id, slot.id(), outcome);
        }
        switch (reply.outcome()) {
            // UNKNOWN: Redis lost the task; whoever waits for it here still gets what was worked out.
            case RECORDED, REPLAYED, UNKNOWN -> dispatcher.ended(id, outcome);
            default -> dispatcher.checkWaiter(id);
        }
    }

    private CompletableFuture<AnswerResult> toOther(String taskId, Outcome outcome) {
        boolean repeated = slot.had(taskId);
        if (slot.isClosed() || repeated && !slot.isToldOfAnswers()) {
            return CompletableFuture.completedFuture(AnswerResult.IGNORED);
        }
        TaskId other =
                TaskId.parse(taskId).filter(it -> it.mayBeOf(slot.group())).orElse(null);
        if (other == null) {
            return CompletableFuture.completedFuture(AnswerResult.FOREIGN);
        }
        if (repeated) {
            // Behind the first, which may still be under way.
            return calls.then(() -> dispatcher
                    .store()
                    .complete(slot.group(), other, slot.id(), "", outcome, 0, false)
                    .thenApply(reply -> AnswerResult.of(reply.outcome(), AnswerResult.REPEATED)));
        }
        return new AdoptedAnswer(dispatcher, slot, other, outcome)
                .offer()
                .thenApply(counted -> counted ? AnswerResult.RECORDED : AnswerResult.FOREIGN);
    }
}
