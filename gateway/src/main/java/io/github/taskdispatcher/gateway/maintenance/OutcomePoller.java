package io.github.taskdispatcher.gateway.maintenance;

import io.github.taskdispatcher.gateway.background.BackgroundService;
import io.github.taskdispatcher.gateway.background.Scheduler;
import io.github.taskdispatcher.gateway.waiting.HeldRequests;
import io.github.taskdispatcher.gateway.waiting.Waiters;
import io.github.taskdispatcher.task.TaskId;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Reads again, about every 2 s, how far the tasks are that requests are held for, should the hint of an end have been lost. A request
 * whose task's deadline has passed is answered, whatever Redis does.
 */
public final class OutcomePoller extends BackgroundService {

    private static final long INTERVAL_MS = 500;
    /** Each round reads a quarter of the waiters, so that each is read every fourth round. */
    private static final int PARTS = 4;

    private final Waiters waiters;
    private final HeldRequests held;
    private int part;

    public OutcomePoller(Scheduler scheduler, Waiters waiters, HeldRequests held) {
        super(scheduler, INTERVAL_MS);
        this.waiters = waiters;
        this.held = held;
    }

    /** Waits for no reply: a Redis that gives none delays no answer. */
    @Override
    protected CompletableFuture<?> round() {
        int current = part = (part + 1) % PARTS;
        Set<TaskId> read = new HashSet<>();
        for (Waiters.Waiter waiter : waiters.olderThan(1_000)) {
            if (waiter.overdue()) {
                held.tellHowFar(waiter);
            } else if (Math.floorMod(waiter.id().hashCode(), PARTS) == current && read.add(waiter.id())) {
                held.check(waiter.id());
            }
        }
        return CompletableFuture.completedFuture(null);
    }
}
