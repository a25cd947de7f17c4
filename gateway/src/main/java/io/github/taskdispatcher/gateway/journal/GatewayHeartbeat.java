package io.github.taskdispatcher.gateway.journal;

import io.github.taskdispatcher.gateway.background.BackgroundService;
import io.github.taskdispatcher.gateway.background.Lifecycle;
import io.github.taskdispatcher.gateway.background.Scheduler;
import io.github.taskdispatcher.gateway.store.GatewayInfo;
import io.github.taskdispatcher.gateway.store.RecordStore;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntSupplier;

/** Tells every second that this gateway is there, and what it has in hand; for the dashboard of every gateway. */
public final class GatewayHeartbeat extends BackgroundService {

    private static final long INTERVAL_MS = 1_000;
    private static final String VERSION = version();

    private final Journal journal;
    private final RecordStore store;
    private final ConnectedWorkers workers;
    private final IntSupplier heldRequests;
    private final Lifecycle lifecycle;
    private final long startedAt;

    public GatewayHeartbeat(
            Scheduler scheduler,
            Journal journal,
            RecordStore store,
            ConnectedWorkers workers,
            IntSupplier heldRequests,
            Lifecycle lifecycle) {
        super(scheduler, INTERVAL_MS);
        this.journal = journal;
        this.store = store;
        this.workers = workers;
        this.heldRequests = heldRequests;
        this.lifecycle = lifecycle;
        startedAt = journal.now();
    }

    private static String version() {
        String version = GatewayHeartbeat.class.getPackage().getImplementationVersion();
        return version == null ? "unpackaged" : version;
    }

    @Override
    protected CompletableFuture<?> round() {
        String address = journal.address();
        if (address == null) {
            return CompletableFuture.completedFuture(null);
        }
        return store.beat(new GatewayInfo(
                journal.gatewayId(),
                VERSION,
                address,
                startedAt,
                journal.now(),
                workers.size(),
                heldRequests.getAsInt(),
                lifecycle.isDraining()));
    }
}
