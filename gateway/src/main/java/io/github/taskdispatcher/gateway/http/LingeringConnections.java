package io.github.taskdispatcher.gateway.http;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The {@linkplain LingeringClose lingering} connections of a gateway: a limited number. One more ends the oldest, so a peer
 * that opens many and never ends its side takes no others' place for long. Any thread.
 */
public final class LingeringConnections {

    private final int max;
    /** In the order in which they began. */
    private final Set<LingeringClose> open = new LinkedHashSet<>();

    private boolean stopped;

    /** @param max how many may linger at a time */
    public LingeringConnections(int max) {
        this.max = max;
    }

    /** False when the gateway stops: the connection does not linger. */
    boolean add(LingeringClose one) {
        LingeringClose oldest = null;
        synchronized (this) {
            if (stopped) {
                return false;
            }
            if (open.size() == max) {
                oldest = open.iterator().next();
                open.remove(oldest);
            }
            open.add(one);
        }
        if (oldest != null) {
            oldest.close();
        }
        return true;
    }

    /** False when it was not there. */
    synchronized boolean remove(LingeringClose one) {
        boolean removed = open.remove(one);
        notifyAll();
        return removed;
    }

    /** How many there are now. */
    synchronized int size() {
        return open.size();
    }

    /**
     * Waits until no connection lingers, then lets none linger any more and closes what is left.
     *
     * @param limitMs how long to wait at most, in ms
     */
    public void stop(long limitMs) throws InterruptedException {
        List<LingeringClose> left;
        synchronized (this) {
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limitMs);
            while (!open.isEmpty() && System.nanoTime() < end) {
                TimeUnit.NANOSECONDS.timedWait(this, Math.max(1, end - System.nanoTime()));
            }
            stopped = true;
            left = List.copyOf(open);
            open.clear();
        }
        left.forEach(LingeringClose::close);
    }
}
