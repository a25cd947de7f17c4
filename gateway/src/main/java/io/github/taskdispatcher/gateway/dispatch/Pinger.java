package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.config.GatewayConfig.WorkerTiming;
import java.util.concurrent.CompletableFuture;

/** Pings every worker, and gives up idle ones that have been silent for too long. */
final class Pinger extends Duty {

    private final Dispatcher dispatcher;
    private final WorkerTiming timing;

    Pinger(Dispatcher dispatcher, WorkerTiming timing) {
        super(dispatcher.timer(), timing.pingIntervalMs());
        this.dispatcher = dispatcher;
        this.timing = timing;
    }

    @Override
    CompletableFuture<?> round() {
        dispatcher.workers().forEach(worker -> worker.ping(timing.silenceLimitMs()));
        return CompletableFuture.completedFuture(null);
    }
}
