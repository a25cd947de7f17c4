package io.github.taskdispatcher.gateway.http;

import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * The head of a request must be complete {@value #LIMIT_MS} ms after its first byte, else the connection is closed: an idle
 * timeout alone never ends a peer that sends a byte now and then. A connection that waits between requests has no deadline
 * here. No timer runs for a head that arrives in one piece. Any thread.
 */
final class HeadDeadline {

    static final long LIMIT_MS = 20_000;

    private final Scheduler scheduler;
    private final UnfinishedHeads unfinished;
    private final Runnable cut;
    /** Whether Jetty waits for a head. */
    private boolean awaited;
    /** Whether a part of the head has come. */
    private boolean begun;

    private boolean upgraded;
    private long begunAtNanos;
    private Scheduler.Task timer;

    /**
     * @param unfinished those of all connections
     * @param cut closes the connection
     */
    HeadDeadline(Scheduler scheduler, UnfinishedHeads unfinished, Runnable cut) {
        this.scheduler = scheduler;
        this.unfinished = unfinished;
        this.cut = cut;
    }

    /** Jetty waits for a head, or for the rest of one. */
    void awaits() {
        HeadDeadline oldest = null;
        synchronized (this) {
            if (upgraded) {
                return;
            }
            awaited = true;
            if (begun && timer == null) {
                long spentMs = (System.nanoTime() - begunAtNanos) / 1_000_000;
                timer = scheduler.schedule(this::expire, Math.max(1, LIMIT_MS - spentMs), TimeUnit.MILLISECONDS);
                oldest = unfinished.add(this);
            }
        }
        if (oldest != null) {
            oldest.cut.run();
        }
    }

    /** Bytes have come. */
    synchronized void received() {
        if (awaited && !begun) {
            begun = true;
            begunAtNanos = System.nanoTime();
        }
    }

    /** The head is complete: what comes now is a body. */
    synchronized void complete() {
        awaited = false;
        begun = false;
        if (timer != null) {
            timer.cancel();
            timer = null;
            unfinished.remove(this);
        }
    }

    /** The connection is no longer HTTP. */
    synchronized void upgraded() {
        upgraded = true;
        complete();
    }

    private void expire() {
        unfinished.remove(this);
        synchronized (this) {
            if (!begun) {
                return;
            }
        }
        cut.run();
    }
}
