package io.github.taskdispatcher.gateway.dispatch;

import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Calls to the store that are made one after the other, each repeated until it is answered: they reach Redis in the order
 * in which they were asked for, whatever the network does. Any thread.
 */
final class CallsInOrder {

    private final Retry retry;
    private final BooleanSupplier stopped;
    private CompletableFuture<?> last = CompletableFuture.completedFuture(null);

    /** @param stopped when true a call that fails is not repeated */
    CallsInOrder(Retry retry, BooleanSupplier stopped) {
        this.retry = retry;
        this.stopped = stopped;
    }

    /** Makes a call after all calls before it, until it is answered. */
    synchronized <T> CompletableFuture<T> then(Supplier<CompletableFuture<T>> call) {
        CompletableFuture<T> made = last.isDone()
                ? make(call)
                : last.handle((done, failure) -> null).thenCompose(ignored -> make(call));
        last = made;
        return made;
    }

    private <T> CompletableFuture<T> make(Supplier<CompletableFuture<T>> call) {
        return retry.untilAnswered(call, failure -> stopped.getAsBoolean());
    }
}
