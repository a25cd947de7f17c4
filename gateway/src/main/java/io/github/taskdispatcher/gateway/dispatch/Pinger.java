package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.config.GatewayConfig.WorkerTiming;
import java.util.concurrent.CompletableFuture;

/** Pings every worker, and gives up idle ones that have been silent for too long. */
final class Pinger extends Duty {

    private final Dispatcher dispatcher;
    private final WorkerTiming timing;
    private final long maxTimeoutMs;

    Pinger(Dispatcher dispatcher, WorkerTiming timing, long maxTimeoutMs) {
        super(dispatcher.timer(), timing.pingIntervalMs());
        this.dispatcher = dispatcher;
        this.timing = timing;
        this.maxTimeoutMs = maxTimeoutMs;
    }

    @Override
    CompletableFuture<?> round() {
        dispatcher.workers().connections().forEach(worker -> worker.ping(timing.silenceLimitMs(), maxTimeoutMs));
        return CompletableFuture.completedFuture(null);
    }
}
