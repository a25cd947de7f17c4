package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.background.Lifecycle;
import io.github.taskdispatcher.gateway.waiting.HeldRequests;

/** Whether this gateway holds one more request, or follows one more task. Any thread. */
public final class Admission {

    private final Lifecycle lifecycle;
    private final HeldRequests held;
    private final int maxHeld;

    public Admission(Lifecycle lifecycle, HeldRequests held, int maxHeld) {
        this.lifecycle = lifecycle;
        this.held = held;
        this.maxHeld = maxHeld;
    }

    boolean hasRoom() {
        return !lifecycle.isRefusing() && held.count() < maxHeld;
    }

    /** Whether the gateway takes no further work: clients should make their next requests to another. */
    boolean isDraining() {
        return lifecycle.isDraining();
    }

    /** Whether the gateway has drained: it refuses what still comes in. */
    boolean isStopping() {
        return lifecycle.isRefusing();
    }
}
