package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.config.GatewayConfig.WorkerTiming;
import java.util.concurrent.CompletableFuture;

/**
 * Pings every worker once in an interval, and gives up idle ones that have been silent for too long. A share of them at a time:
 * the pongs of thousands would hold up whatever task comes with them.
 */
final class Pinger extends Duty {

    private static final int SHARES = 16;

    private final Dispatcher dispatcher;
    private final WorkerTiming timing;
    private final long maxTimeoutMs;
    private int share;

    Pinger(Dispatcher dispatcher, WorkerTiming timing, long maxTimeoutMs) {
        super(dispatcher.timer(), timing.pingIntervalMs() / SHARES);
        this.dispatcher = dispatcher;
        this.timing = timing;
        this.maxTimeoutMs = maxTimeoutMs;
    }

    @Override
    CompletableFuture<?> round() {
        share = (share + 1) % SHARES;
        for (WorkerConnection worker : dispatcher.workers().connections()) {
            // Which share a connection is in means nothing, as long as it stays there.
            if (Math.floorMod(worker.hashCode(), SHARES) == share) {
                worker.ping(timing.silenceLimitMs(), maxTimeoutMs);
            }
        }
        return CompletableFuture.completedFuture(null);
    }
}
