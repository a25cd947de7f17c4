package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.config.GatewayConfig.WorkerTiming;
import java.util.concurrent.CompletableFuture;

/**
 * Pings every worker once in an interval, and gives up idle ones that have been silent for too long. A share of them at a time:
 * the pongs of thousands would hold up whatever task comes with them.
 */
final class Pinger extends BackgroundService {

    private static final int SHARES = 16;

    private final Dispatcher dispatcher;
    private final WorkerTiming timing;
    private final long maxTimeoutMs;
    /** Those that are pinged in this interval, a share after the other. */
    private WorkerConnection[] connections = {};

    private int share;

    Pinger(Dispatcher dispatcher, WorkerTiming timing, long maxTimeoutMs) {
        super(dispatcher.timer(), timing.pingIntervalMs() / SHARES);
        this.dispatcher = dispatcher;
        this.timing = timing;
        this.maxTimeoutMs = maxTimeoutMs;
    }

    @Override
    CompletableFuture<?> round() {
        if (share == 0) {
            connections = dispatcher.workers().connections().toArray(WorkerConnection[]::new);
        }
        int from = from(share);
        int to = from(share + 1);
        share = (share + 1) % SHARES;
        for (int i = from; i < to; i++) {
            connections[i].ping(timing.silenceLimitMs(), maxTimeoutMs);
        }
        return CompletableFuture.completedFuture(null);
    }

    private int from(int part) {
        return (int) ((long) connections.length * part / SHARES);
    }
}
