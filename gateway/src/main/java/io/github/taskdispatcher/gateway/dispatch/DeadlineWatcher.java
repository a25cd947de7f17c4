package io.github.taskdispatcher.gateway.dispatch;

import java.util.concurrent.CompletableFuture;

/** Tells workers, within a tenth of a second, that the time of their task is over. One look at all costs less than a timer each. */
final class DeadlineWatcher extends Duty {

    private static final long INTERVAL_MS = 100;

    private final Dispatcher dispatcher;

    DeadlineWatcher(Dispatcher dispatcher) {
        super(dispatcher.timer(), INTERVAL_MS);
        this.dispatcher = dispatcher;
    }

    @Override
    CompletableFuture<?> round() {
        long now = System.nanoTime();
        dispatcher.workers().all().forEach(worker -> worker.checkDeadline(now));
        return CompletableFuture.completedFuture(null);
    }
}
