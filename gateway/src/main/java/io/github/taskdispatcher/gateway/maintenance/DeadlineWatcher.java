package io.github.taskdispatcher.gateway.maintenance;

import io.github.taskdispatcher.gateway.background.BackgroundService;
import io.github.taskdispatcher.gateway.background.Scheduler;
import io.github.taskdispatcher.gateway.worker.WorkerRegistry;
import java.util.concurrent.CompletableFuture;

/** Tells workers, within a tenth of a second, that the time of their task is over. One look at all costs less than a timer each. */
public final class DeadlineWatcher extends BackgroundService {

    private static final long INTERVAL_MS = 100;

    private final WorkerRegistry workers;

    public DeadlineWatcher(Scheduler scheduler, WorkerRegistry workers) {
        super(scheduler, INTERVAL_MS);
        this.workers = workers;
    }

    @Override
    protected CompletableFuture<?> round() {
        workers.checkDeadlines();
        return CompletableFuture.completedFuture(null);
    }
}
