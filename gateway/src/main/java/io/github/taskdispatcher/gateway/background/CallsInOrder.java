package io.github.taskdispatcher.gateway.background;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Calls to the store that are made one after the other, each repeated until the store answers: they reach Redis in the order in
 * which they were asked for, whatever the network does. Any thread.
 */
public final class CallsInOrder {

    private final Retry retry;
    private CompletableFuture<?> last = CompletableFuture.completedFuture(null);

    public CallsInOrder(Retry retry) {
        this.retry = retry;
    }

    /** Makes a call after all calls before it, until the store answers or the gateway stops. */
    public synchronized <T> CompletableFuture<T> then(Supplier<CompletableFuture<T>> call) {
        CompletableFuture<T> made = last.isDone()
                ? retry.untilStopped(call)
                : last.handle((done, failure) -> null).thenCompose(ignored -> retry.untilStopped(call));
        last = made;
        return made;
    }
}
