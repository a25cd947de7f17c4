package io.github.taskdispatcher.gateway.background;

import io.github.taskdispatcher.gateway.store.StoreException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Repeats a call to the store until the store answers, which its scripts allow. Waits 50 ms at first, at most 1 s. Any thread.
 */
public final class Retry {

    private static final long FIRST_DELAY_MS = 50;
    private static final long LAST_DELAY_MS = 1_000;

    private final Scheduler scheduler;
    private final Lifecycle lifecycle;

    /** @param lifecycle once it is stopped, a call that fails is not made again */
    public Retry(Scheduler scheduler, Lifecycle lifecycle) {
        this.scheduler = scheduler;
        this.lifecycle = lifecycle;
    }

    /**
     * @param call made again after each failure
     * @param giveUp asked after each failure, with it; when true the future fails with the last failure
     */
    public <T> CompletableFuture<T> untilAnswered(Supplier<CompletableFuture<T>> call, Predicate<Throwable> giveUp) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        attempt(call, giveUp, FIRST_DELAY_MS, answer);
        return answer;
    }

    /** The same for as long as the gateway runs. */
    public <T> CompletableFuture<T> untilStopped(Supplier<CompletableFuture<T>> call) {
        return untilAnswered(call, failure -> lifecycle.isStopped());
    }

    /** The same for as long as the gateway runs, unless Redis refuses the call: it would refuse it again. */
    public <T> CompletableFuture<T> untilRefused(Supplier<CompletableFuture<T>> call) {
        return untilAnswered(call, failure -> isRefused(failure) || lifecycle.isStopped());
    }

    /** The same within this time, unless Redis refuses the call: it would refuse it again. */
    public <T> CompletableFuture<T> within(long limitMs, Supplier<CompletableFuture<T>> call) {
        long giveUpAt = deadline(limitMs);
        return untilAnswered(call, failure -> isRefused(failure) || isPast(giveUpAt));
    }

    /** The same for so long, also when Redis refuses the call, while the gateway runs. */
    public <T> CompletableFuture<T> persistently(long limitMs, Supplier<CompletableFuture<T>> call) {
        long giveUpAt = deadline(limitMs);
        return untilAnswered(call, failure -> lifecycle.isStopped() || isPast(giveUpAt));
    }

    private long deadline(long limitMs) {
        return scheduler.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limitMs);
    }

    private boolean isPast(long deadlineNanos) {
        return scheduler.nanoTime() - deadlineNanos > 0;
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
                    scheduler.schedule(() -> attempt(call, giveUp, next, answer), jittered);
                } catch (RejectedExecutionException stopping) {
                    answer.completeExceptionally(failure);
                }
            }
        });
    }

    /** Whether Redis refused the call, which it would do again; else the call may not have arrived. */
    public static boolean isRefused(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return cause instanceof StoreException refusal && refusal.isRefused();
    }
}
