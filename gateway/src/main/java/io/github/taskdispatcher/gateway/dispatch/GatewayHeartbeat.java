package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.store.GatewayInfo;
import java.util.concurrent.CompletableFuture;

/** Tells every second that this gateway is there, and what it has in hand; for the dashboard of every gateway. */
final class GatewayHeartbeat extends BackgroundService {

    private static final long INTERVAL_MS = 1_000;
    private static final String VERSION = version();

    private final Dispatcher dispatcher;
    private final Journal journal;
    private final long startedAt;

    GatewayHeartbeat(Dispatcher dispatcher, Journal journal) {
        super(dispatcher.timer(), INTERVAL_MS);
        this.dispatcher = dispatcher;
        this.journal = journal;
        startedAt = journal.now();
    }

    private static String version() {
        String version = GatewayHeartbeat.class.getPackage().getImplementationVersion();
        return version == null ? "unpackaged" : version;
    }

    @Override
    CompletableFuture<?> round() {
        String address = journal.address();
        if (address == null) {
            return CompletableFuture.completedFuture(null);
        }
        return journal.store()
                .beat(new GatewayInfo(
                        journal.gatewayId(),
                        VERSION,
                        address,
                        startedAt,
                        journal.now(),
                        dispatcher.workers().size(),
                        dispatcher.heldRequests(),
                        dispatcher.isDraining()));
    }
}
