package io.github.taskdispatcher.gateway.background;

import io.github.taskdispatcher.gateway.store.MissingRight;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Work that repeats in the background: one subclass does one thing. Rounds never overlap. A round begins one interval after the
 * round before it has ended, or as soon as possible after {@link #trigger}. The first round begins at a random moment of the first
 * interval, so that gateways that start together do not work in step. A round that fails is logged, and the next round comes.
 *
 * <p>Rounds run on the scheduler's thread. Any thread may call the other methods.
 */
public abstract class BackgroundService {

    private final Logger log = LoggerFactory.getLogger(getClass());
    private final Scheduler scheduler;
    private final long intervalMs;

    private boolean stopped;
    /** Of the round that is under way; null for none. */
    private CompletableFuture<Void> current;
    /** Of the round that begins when the current one has ended; null for none. */
    private CompletableFuture<Void> queued;

    private Future<?> timer;
    /** The right that the log named last. The log names it once, not in every round. */
    private volatile String missingRight = "";

    protected BackgroundService(Scheduler scheduler, long intervalMs) {
        this.scheduler = scheduler;
        this.intervalMs = intervalMs;
    }

    /** One round; it has ended when the future has. Must not block. */
    protected abstract CompletableFuture<?> round();

    /** Schedules the first round. */
    public final synchronized void start() {
        scheduleIn(ThreadLocalRandom.current().nextLong(intervalMs));
    }

    /**
     * Queues one round, which begins after this call. Calls made before it begins queue no further round.
     *
     * @return completes when that round has ended, also when it failed, and when the service stops; never fails
     */
    public final CompletableFuture<Void> trigger() {
        CompletableFuture<Void> begun;
        synchronized (this) {
            if (stopped) {
                return CompletableFuture.completedFuture(null);
            }
            if (current != null) {
                if (queued == null) {
                    queued = new CompletableFuture<>();
                }
                return queued;
            }
            begun = new CompletableFuture<>();
            current = begun;
        }
        runSoon(begun);
        return begun;
    }

    /**
     * No further round begins.
     *
     * @return completes when the round that is under way has ended; never fails
     */
    public final CompletableFuture<Void> stop() {
        synchronized (this) {
            stopped = true;
            if (timer != null) {
                timer.cancel(false);
            }
            return current == null ? CompletableFuture.completedFuture(null) : current;
        }
    }

    private void runSoon(CompletableFuture<Void> ended) {
        try {
            scheduler.execute(() -> run(ended));
        } catch (RejectedExecutionException schedulerEnded) {
            end(ended);
        }
    }

    private void run(CompletableFuture<Void> ended) {
        CompletableFuture<?> round;
        try {
            round = round();
        } catch (RuntimeException e) {
            round = CompletableFuture.failedFuture(e);
        }
        round.whenComplete((done, failure) -> {
            if (failure != null) {
                log.debug("round failed, the next one comes: {}", failure.getMessage());
                MissingRight.of(failure).ifPresent(this::warn);
            }
            end(ended);
        });
    }

    private void end(CompletableFuture<Void> ended) {
        CompletableFuture<Void> next;
        CompletableFuture<Void> dropped = null;
        synchronized (this) {
            next = queued;
            queued = null;
            if (stopped) {
                dropped = next;
                next = null;
            }
            current = next;
            if (next == null) {
                scheduleIn(intervalMs);
            }
        }
        ended.complete(null);
        if (dropped != null) {
            dropped.complete(null);
        }
        if (next != null) {
            runSoon(next);
        }
    }

    /** Under the lock. */
    private void scheduleIn(long delayMs) {
        if (timer != null) {
            timer.cancel(false);
        }
        if (stopped) {
            return;
        }
        try {
            timer = scheduler.schedule(this::trigger, delayMs);
        } catch (RejectedExecutionException schedulerEnded) {
            stopped = true;
        }
    }

    private void warn(String right) {
        if (!right.equals(missingRight)) {
            missingRight = right;
            log.warn("the gateway's Redis user may not use {}: allow it with ACL SETUSER", right);
        }
    }
}
