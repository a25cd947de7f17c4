package io.github.taskdispatcher.bench.load;

import java.nio.ByteBuffer;

/** What the connections of a {@link ClosedLoop} ask, and what they make of the answers. Runs on the loop's thread only. */
public interface Caller {

    /**
     * The request this connection sends next.
     *
     * @return from position to limit; not touched before it was answered; null when there is none just now, then it is
     *     asked again about a millisecond later
     */
    ByteBuffer next(int connection);

    /**
     * @param status the HTTP status, or 200 for a protocol without one
     * @param body from position to limit, valid during the call
     * @return null when it is what it must be, else what is wrong with it
     */
    String answered(int connection, int status, ByteBuffer body);

    /** Whether nothing is left to ask; a caller that never says so runs until its time is over. */
    default boolean finished() {
        return false;
    }
}
