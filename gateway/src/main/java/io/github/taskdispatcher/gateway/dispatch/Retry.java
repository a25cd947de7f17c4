package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.store.StoreException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Repeats a call to the store until it is answered, which its scripts allow. Waits 50 ms at first, at most 1 s. */
final class Retry {

    private static final long FIRST_DELAY_MS = 50;
    private static final long LAST_DELAY_MS = 1_000;

    private final ScheduledExecutorService timer;

    Retry(ScheduledExecutorService timer) {
        this.timer = timer;
    }

    /**
     * @param call made again after each failure
     * @param giveUp asked after each failure, with it; when true the future fails with the last one
     */
    <T> CompletableFuture<T> untilAnswered(Supplier<CompletableFuture<T>> call, Predicate<Throwable> giveUp) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        attempt(call, giveUp, FIRST_DELAY_MS, answer);
        return answer;
    }

    /** The same within this time, unless Redis refuses: it would again. */
    <T> CompletableFuture<T> within(long limitMs, Supplier<CompletableFuture<T>> call) {
        long giveUpAt = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limitMs);
        return untilAnswered(call, failure -> isRefused(failure) || System.nanoTime() - giveUpAt > 0);
    }

    private <T> void attempt(
            Supplier<CompletableFuture<T>> call,
            Predicate<Throwable> giveUp,
            long delayMs,
            CompletableFuture<T> answer) {
        CompletableFuture<T> made;
        try {
            made = call.get();
        } catch (RuntimeException e) {
            made = CompletableFuture.failedFuture(e);
        }
        made.whenComplete((value, failure) -> {
            if (failure == null) {
                answer.complete(value);
            } else if (giveUp.test(failure)) {
                answer.completeExceptionally(failure);
            } else {
                long jittered = delayMs / 2 + ThreadLocalRandom.current().nextLong(delayMs);
                long next = Math.min(LAST_DELAY_MS, delayMs * 2);
                try {
                    timer.schedule(() -> attempt(call, giveUp, next, answer), jittered, TimeUnit.MILLISECONDS);
                } catch (RejectedExecutionException stopping) {
                    answer.completeExceptionally(failure);
                }
            }
        });
    }

    /** Whether Redis refused the call, which it would do again; else it may not have arrived. */
    static boolean isRefused(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return cause instanceof StoreException refusal && refusal.isRefused();
    }
}
