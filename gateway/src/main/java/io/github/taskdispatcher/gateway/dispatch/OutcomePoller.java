package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.task.TaskId;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Reads again, about every 2 s, how far the tasks are that requests are held for: the twin of the hint {@code done}. Whose
 * deadline has passed is answered, whatever Redis does.
 */
final class OutcomePoller extends BackgroundService {

    private static final long INTERVAL_MS = 500;
    /** Each round reads a quarter of the waiters, so that each is read every fourth round. */
    private static final int PARTS = 4;

    private final Dispatcher dispatcher;
    private int part;

    OutcomePoller(Dispatcher dispatcher) {
        super(dispatcher.timer(), INTERVAL_MS);
        this.dispatcher = dispatcher;
    }

    /** Waits for no reply: a Redis that gives none delays nobody's answer. */
    @Override
    CompletableFuture<?> round() {
        int current = part = (part + 1) % PARTS;
        Set<TaskId> read = new HashSet<>();
        for (Waiters.Waiter waiter : dispatcher.waiters().olderThan(1_000)) {
            if (waiter.overdue()) {
                dispatcher.tellHowFar(waiter);
            } else if (Math.floorMod(waiter.id().hashCode(), PARTS) == current && read.add(waiter.id())) {
                dispatcher.checkWaiter(waiter.id());
            }
        }
        return CompletableFuture.completedFuture(null);
    }
}
