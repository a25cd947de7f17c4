package io.github.taskdispatcher.gateway.maintenance;

import io.github.taskdispatcher.gateway.background.BackgroundService;
import io.github.taskdispatcher.gateway.background.Scheduler;
import io.github.taskdispatcher.gateway.config.GatewayConfig.WorkerTiming;
import io.github.taskdispatcher.gateway.worker.WorkerConnection;
import io.github.taskdispatcher.gateway.worker.WorkerRegistry;
import java.util.concurrent.CompletableFuture;

/**
 * Pings every worker once in an interval, and gives up idle ones that have been silent for too long. A share of them at a time:
 * the pongs of thousands would hold up whatever task comes with them.
 */
public final class Pinger extends BackgroundService {

    private static final int SHARES = 16;

    private final WorkerRegistry workers;
    private final WorkerTiming timing;
    private final long maxTimeoutMs;
    /** Those that are pinged in this interval, a share after the other. */
    private WorkerConnection[] connections = {};

    private int share;

    /** @param maxTimeoutMs how long any task may take */
    public Pinger(Scheduler scheduler, WorkerRegistry workers, WorkerTiming timing, long maxTimeoutMs) {
        super(scheduler, timing.pingIntervalMs() / SHARES);
        this.workers = workers;
        this.timing = timing;
        this.maxTimeoutMs = maxTimeoutMs;
    }

    @Override
    protected CompletableFuture<?> round() {
        if (share == 0) {
            connections = workers.connections().toArray(WorkerConnection[]::new);
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
