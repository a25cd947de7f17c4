package io.github.taskdispatcher.bench.load;

import java.nio.ByteBuffer;

/** What another caller asks, with a pause before each request: measures how long answers take, and is no load. */
public final class Paced implements Caller {

    private final Caller caller;
    private final long pauseNanos;
    private long nextAt = System.nanoTime();

    /** @param pauseNanos from one request to the next, of all connections together */
    public Paced(Caller caller, long pauseNanos) {
        this.caller = caller;
        this.pauseNanos = pauseNanos;
    }

    @Override
    public ByteBuffer next(int connection) {
        long now = System.nanoTime();
        if (now < nextAt) {
            return null;
        }
        nextAt = now + pauseNanos;
        return caller.next(connection);
    }

    @Override
    public String answered(int connection, int status, ByteBuffer body) {
        return caller.answered(connection, status, body);
    }

    @Override
    public boolean finished() {
        return caller.finished();
    }
}
