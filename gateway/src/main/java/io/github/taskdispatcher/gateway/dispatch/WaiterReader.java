package io.github.taskdispatcher.gateway.dispatch;

import java.util.concurrent.CompletableFuture;

/** Reads again, about every 2 s, how far the tasks are that requests are held for: the twin of the hint {@code done}. */
final class WaiterReader extends Duty {

    private static final long INTERVAL_MS = 500;
    /** Each round reads a quarter of the waiters, so that each is read every fourth round. */
    private static final int PARTS = 4;

    private final Dispatcher dispatcher;
    private int part;

    WaiterReader(Dispatcher dispatcher) {
        super(dispatcher.timer(), INTERVAL_MS);
        this.dispatcher = dispatcher;
    }

    @Override
    CompletableFuture<?> round() {
        int current = part = (part + 1) % PARTS;
        return CompletableFuture.allOf(dispatcher.waiters().olderThan(1_000).stream()
                .filter(waiter -> waiter.ageMs() > waiter.timeoutMs() || part(waiter) == current)
                .map(Waiters.Waiter::id)
                .distinct()
                .map(dispatcher::checkWaiter)
                .toArray(CompletableFuture[]::new));
    }

    private static int part(Waiters.Waiter waiter) {
        return Math.floorMod(waiter.id().hashCode(), PARTS);
    }
}
