package io.github.taskdispatcher.gateway.background;

/** How far a gateway is on its way to its end. It never goes back. Any thread. */
public final class Lifecycle {

    private enum Phase {
        RUNNING,
        DRAINING,
        REFUSING,
        STOPPED
    }

    private volatile Phase phase = Phase.RUNNING;

    /** The gateway takes no further work and lets running work end. */
    public void drain() {
        reach(Phase.DRAINING);
    }

    /** The gateway has drained: it refuses every request that still comes in. */
    public void refuse() {
        reach(Phase.REFUSING);
    }

    /** Nothing is repeated any more. */
    public void stop() {
        reach(Phase.STOPPED);
    }

    private synchronized void reach(Phase next) {
        if (phase.compareTo(next) < 0) {
            phase = next;
        }
    }

    public boolean isDraining() {
        return phase != Phase.RUNNING;
    }

    public boolean isRefusing() {
        return phase.compareTo(Phase.REFUSING) >= 0;
    }

    public boolean isStopped() {
        return phase == Phase.STOPPED;
    }
}
