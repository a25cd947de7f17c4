package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.store.MissingRight;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Something done again and again in the background: one subclass, one duty. A round begins an interval after the one
 * before has ended, never beside it; the first at a random moment of the first interval, so that gateways started
 * together do not march in step. A round that fails is logged and the next one comes.
 */
abstract class BackgroundService {

    private final Logger log = LoggerFactory.getLogger(getClass());
    private final ScheduledExecutorService timer;
    private final long intervalMs;
    private volatile boolean stopped;
    /** The right that the log has named last: it is named once, not every round. */
    private volatile String missingRight = "";

    BackgroundService(ScheduledExecutorService timer, long intervalMs) {
        this.timer = timer;
        this.intervalMs = intervalMs;
    }

    /** One round; it has ended when the future has. Must not block. */
    abstract CompletableFuture<?> round();

    final void start() {
        schedule(ThreadLocalRandom.current().nextLong(intervalMs));
    }

    /** No further round begins. */
    final void stop() {
        stopped = true;
    }

    private void schedule(long delayMs) {
        if (!stopped && !timer.isShutdown()) {
            timer.schedule(this::run, delayMs, TimeUnit.MILLISECONDS);
        }
    }

    private void run() {
        if (stopped) {
            return;
        }
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
            schedule(intervalMs);
        });
    }

    private void warn(String right) {
        if (!right.equals(missingRight)) {
            missingRight = right;
            log.warn("the gateway's Redis user may not use {}: allow it with ACL SETUSER", right);
        }
    }
}
