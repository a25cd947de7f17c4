package io.github.taskdispatcher.gateway.worker;

import io.github.taskdispatcher.gateway.background.Scheduler;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.task.TaskId;
import java.util.concurrent.CompletableFuture;

/**
 * Brings to the store what a worker answers in one slot: to the task it has there, again to one it had, or to one it was given
 * elsewhere. Any thread; the state is the slot's.
 */
final class SlotAnswers {

    private final Slot slot;
    private final SlotCalls calls;
    private final ChunkWriter chunks;
    private final Scheduler scheduler;

    SlotAnswers(Slot slot, SlotCalls calls, ChunkWriter chunks, Scheduler scheduler) {
        this.slot = slot;
        this.calls = calls;
        this.chunks = chunks;
        this.scheduler = scheduler;
    }

    /** Completes when the value is needed no more. */
    CompletableFuture<AnswerResult> bring(String taskId, Outcome outcome) {
        SlotState.Work work = slot.takeOff(taskId);
        return work == null
                ? toOther(taskId, outcome)
                // The end is recorded behind the last chunk, so that a client that sees the end has seen all.
                : calls.inOrder(() -> chunks.flush()
                        .thenCompose(flushed -> calls.complete(work, outcome, slot.isDraining()))
                        .thenApply(reply -> {
                            // The worker before the requests that wait for the answer: an idle worker costs every
                            // client time.
                            slot.goOn(reply);
                            calls.answered(work.assignment().id(), outcome, reply.outcome());
                            return AnswerResult.of(reply.outcome(), AnswerResult.RECORDED);
                        }));
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
            return calls.inOrder(() -> calls.complete(other, outcome, 0)
                    .thenApply(reply -> AnswerResult.of(reply.outcome(), AnswerResult.REPEATED)));
        }
        return new AdoptedAnswer(calls, slot::isClosed, other, outcome, scheduler)
                .offer()
                .thenApply(counted -> counted ? AnswerResult.RECORDED : AnswerResult.FOREIGN);
    }
}
