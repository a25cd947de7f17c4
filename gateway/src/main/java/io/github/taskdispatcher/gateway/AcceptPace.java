package io.github.taskdispatcher.gateway;

import java.util.Collection;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.ManagedSelector;

/**
 * Keeps the acceptor from running ahead of the selectors. Jetty accepts connections as fast as they come, each of them costs
 * the selectors more than the acceptor, and a selector serves all that is ready before it looks for more. So a peer that opens
 * and resets connections without end would fill the gateway with open sockets, and every other connection would wait for all
 * of them. With this, {@value #ROUND} connections are accepted for each round of the selectors; the others wait in the
 * kernel's queue, which has a bound.
 *
 * <p>Only the acceptor's thread calls this. Connections that say nothing delay no other: a selector passes them.
 */
final class AcceptPace {

    static final int ROUND = 64;

    /** No selector of a gateway that works takes so long; the acceptor then goes on, so a fault never shuts the port. */
    private static final long MAX_PAUSE_MS = 1_000;

    private final Executor pool;
    private int accepted;

    /** @param pool runs what the selectors hand on: opening and closing connections */
    AcceptPace(Executor pool) {
        this.pool = pool;
    }

    /**
     * Called before each connection that is accepted. Waits, after {@value #ROUND} of them, until the selectors and the pool
     * have done what they had to do before.
     */
    void beforeAccept(Collection<ManagedSelector> selectors) {
        if (++accepted < ROUND) {
            return;
        }
        accepted = 0;
        CountDownLatch done = new CountDownLatch(selectors.size());
        for (ManagedSelector selector : selectors) {
            selector.submit(ready -> pool.execute(done::countDown));
        }
        try {
            done.await(MAX_PAUSE_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
