package io.github.taskdispatcher.gateway.dispatch;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Tells workers, within a tenth of a second, that the time of their task is over. One look at all costs less than a timer each,
 * and is taken only when the first of the deadlines that may still stand has passed: thousands of idle workers cost nothing.
 */
final class DeadlineWatcher extends BackgroundService {

    private static final long INTERVAL_MS = 100;
    private static final long FAR_NANOS = TimeUnit.DAYS.toNanos(365);

    private final Dispatcher dispatcher;
    /** No deadline that still stands is before this, {@link System#nanoTime}. */
    private final AtomicLong first = new AtomicLong(System.nanoTime());

    DeadlineWatcher(Dispatcher dispatcher) {
        super(dispatcher.timer(), INTERVAL_MS);
        this.dispatcher = dispatcher;
    }

    /**
     * A worker's task has a deadline; said after {@link Slot#checkDeadline} can see it. Any thread.
     *
     * @param deadlineNanos as {@link System#nanoTime} has it
     */
    void watch(long deadlineNanos) {
        if (deadlineNanos - first.get() < 0) {
            first.accumulateAndGet(deadlineNanos, (one, other) -> one - other < 0 ? one : other);
        }
    }

    @Override
    CompletableFuture<?> round() {
        long now = System.nanoTime();
        if (first.get() - now <= 0) {
            look(now);
        }
        return CompletableFuture.completedFuture(null);
    }

    private void look(long now) {
        // Before the look: what begins during it is either seen or says so later.
        first.set(now + FAR_NANOS);
        try {
            dispatcher.workers().all().forEach(worker -> worker.checkDeadline(now));
        } catch (RuntimeException e) {
            // Who was not asked yet is asked in the next round.
            first.set(now);
            throw e;
        }
    }
}
