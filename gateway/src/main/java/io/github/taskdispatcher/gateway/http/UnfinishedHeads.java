package io.github.taskdispatcher.gateway.http;

import java.util.LinkedHashSet;
import java.util.Set;

/**
 * The heads of requests of which a part has come: a limited number. One more cuts the connection that waits longest, so a peer
 * that begins many requests and ends none fills no memory. A head that comes in one piece is never here. Any thread.
 */
public final class UnfinishedHeads {

    private final int max;
    /** In the order in which they began. */
    private final Set<HeadDeadline> begun = new LinkedHashSet<>();

    /** @param max how many there may be at a time */
    public UnfinishedHeads(int max) {
        this.max = max;
    }

    /** @return the oldest, which has to go; null when there is room */
    synchronized HeadDeadline add(HeadDeadline head) {
        HeadDeadline oldest = null;
        if (begun.size() >= max && !begun.contains(head)) {
            oldest = begun.iterator().next();
            begun.remove(oldest);
        }
        begun.add(head);
        return oldest;
    }

    synchronized void remove(HeadDeadline head) {
        begun.remove(head);
    }
}
