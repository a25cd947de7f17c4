package io.github.taskdispatcher.gateway.dispatch;

import java.util.concurrent.CompletableFuture;

/** Watches, every 3 s, that hints still arrive: a connection that only listens looks well when it is long dead. */
final class SubscriptionProbe extends BackgroundService {

    private static final long INTERVAL_MS = 3_000;

    private final Dispatcher dispatcher;

    SubscriptionProbe(Dispatcher dispatcher) {
        super(dispatcher.timer(), INTERVAL_MS);
        this.dispatcher = dispatcher;
    }

    @Override
    CompletableFuture<?> round() {
        return dispatcher.store().checkListening();
    }
}
