package io.github.taskdispatcher.gateway.dashboard;

import io.github.taskdispatcher.gateway.access.Access;
import io.github.taskdispatcher.gateway.access.EndedSessions;
import io.github.taskdispatcher.gateway.store.SessionStore;
import io.github.taskdispatcher.gateway.store.SessionStore.Ended;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Keeps {@link Access} informed of the sessions that ended through any gateway. Reads the store only when a request asks, and not
 * more often than {@link #FRESH_MS}. While the store does not answer, what was read last holds. Any thread.
 */
final class SignedOut {

    private static final long FRESH_MS = 250;
    private static final long LONGEST_WAIT_MS = 500;

    private final Access access;
    private final SessionStore store;
    private CompletableFuture<Void> reading = CompletableFuture.completedFuture(null);
    private long readAtNanos = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(FRESH_MS);

    SignedOut(Access access, SessionStore store) {
        this.access = access;
        this.store = store;
    }

    /** Completes when {@link Access} knows what ended until now; never fails. */
    synchronized CompletableFuture<Void> refresh() {
        if (!reading.isDone() || System.nanoTime() - readAtNanos < TimeUnit.MILLISECONDS.toNanos(FRESH_MS)) {
            return reading;
        }
        readAtNanos = System.nanoTime();
        reading = read();
        return reading;
    }

    private CompletableFuture<Void> read() {
        return store.ended()
                .thenAccept(this::tell)
                .completeOnTimeout(null, LONGEST_WAIT_MS, TimeUnit.MILLISECONDS)
                .exceptionally(failure -> null);
    }

    private void tell(List<Ended> sessions) {
        long all = sessions.stream()
                .filter(session -> session.id().equals(Ended.EVERY))
                .mapToLong(Ended::until)
                .max()
                .orElse(0);
        access.ended(new EndedSessions(sessions.stream().map(Ended::id).collect(Collectors.toUnmodifiableSet()), all));
    }

    /** Ends a session on every gateway; on this one before the future completes. */
    CompletableFuture<Void> end(Access.Session session) {
        return store.end(new Ended(session.id(), session.until())).thenCompose(done -> read());
    }
}
