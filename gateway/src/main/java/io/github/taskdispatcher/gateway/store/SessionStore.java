package io.github.taskdispatcher.gateway.store;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The sessions of operators that ended before their time, for all gateways. The futures complete on a thread that may not block
 * for long, and fail only with {@link StoreException}.
 */
public interface SessionStore {

    /**
     * A session that ended.
     *
     * @param id of the session; {@link #EVERY} for each session that would have ended by {@code until}
     * @param until when the session would have ended by itself, in Redis ms
     */
    record Ended(String id, long until) {

        /** Stands for the ids that are no longer kept one by one. */
        public static final String EVERY = "*";
    }

    /** Ends a session. Made twice it means the same. */
    CompletableFuture<Void> end(Ended session);

    /** The ended sessions whose own time is not over. */
    CompletableFuture<List<Ended>> ended();
}
