package io.github.taskdispatcher.gateway.maintenance;

import io.github.taskdispatcher.gateway.background.BackgroundService;
import io.github.taskdispatcher.gateway.background.Scheduler;
import io.github.taskdispatcher.gateway.store.TaskStore;
import java.util.concurrent.CompletableFuture;

/** Watches, every 3 s, that hints still arrive: a connection that only listens looks well when it is long dead. */
public final class SubscriptionProbe extends BackgroundService {

    private static final long INTERVAL_MS = 3_000;

    private final TaskStore store;

    public SubscriptionProbe(Scheduler scheduler, TaskStore store) {
        super(scheduler, INTERVAL_MS);
        this.store = store;
    }

    @Override
    protected CompletableFuture<?> round() {
        return store.checkListening();
    }
}
