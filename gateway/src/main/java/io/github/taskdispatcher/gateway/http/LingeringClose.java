package io.github.taskdispatcher.gateway.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.util.IO;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * The end of one connection that the gateway closes while its peer may still send (RFC 9112, 9.6). The gateway has sent its last
 * byte and the end of its side. It reads and discards until the peer ends its side, too. To close at once would reset the
 * connection, and a reset may destroy the last bytes on their way: the status of a refusal, the code of a Close frame.
 *
 * <p>A connection lingers for a limited time and {@value #LIMIT_BYTES} bytes, and no more than {@link LingeringConnections} allow
 * at a time; then the gateway closes it. It holds a socket and no buffer.
 *
 * <p>{@link #begin} runs on any thread, then {@link #discard} on the connection's selector, {@link #close} on any thread. Nothing blocks.
 */
final class LingeringClose {

    /** What an HTTP client has for the rest of its body, in ms. */
    static final long BODY_LIMIT_MS = 30_000;

    /** What a worker has to answer the gateway's Close frame, in ms. */
    static final long WORKER_LIMIT_MS = 10_000;

    static final long LIMIT_BYTES = 64 << 20;

    /** How often one call of {@link #discard} reads: other connections wait for the same thread. */
    private static final int READS = 4;

    /** No code reads it, so all connections share it. */
    private static final ByteBuffer DISCARDED = ByteBuffer.allocateDirect(64 * 1024);

    private final LingeringConnections all;
    private final SocketChannel channel;
    private final Runnable wakeSelector;
    private Scheduler.Task limit;
    private long bytes;

    /** @param wakeSelector makes the channel's selector run: it lets go of a closed channel when it does */
    LingeringClose(LingeringConnections all, SocketChannel channel, Runnable wakeSelector) {
        this.all = all;
        this.channel = channel;
        this.wakeSelector = wakeSelector;
    }

    /**
     * Ends the gateway's side and waits for the peer's.
     *
     * @return false when the peer has ended its side, or no connection may linger: this one is to be closed
     */
    boolean begin(Scheduler scheduler, long limitMs) {
        try {
            channel.shutdownOutput();
        } catch (IOException gone) {
            return false;
        }
        if (hasEnded()) {
            return false;
        }
        synchronized (this) {
            limit = scheduler.schedule(this::end, limitMs, TimeUnit.MILLISECONDS);
        }
        if (!all.add(this)) {
            cancelLimit();
            return false;
        }
        return true;
    }

    /** Reads and discards what has come; false when the connection is closed. */
    boolean discard() {
        if (hasEnded()) {
            end();
            return false;
        }
        return true;
    }

    /** Reads and discards; true at the end, or when the peer sends too much. */
    private boolean hasEnded() {
        for (int reads = 0; reads < READS; reads++) {
            int read;
            try {
                read = channel.read(DISCARDED.duplicate());
            } catch (IOException gone) {
                return true;
            }
            bytes += Math.max(0, read);
            if (read < 0 || bytes > LIMIT_BYTES) {
                return true;
            }
            if (read == 0) {
                break;
            }
        }
        return false;
    }

    private void end() {
        if (all.remove(this)) {
            close();
        }
    }

    /** Closes the connection, whatever the peer still sends. For {@link LingeringConnections}, which has removed it. */
    void close() {
        cancelLimit();
        IO.close(channel);
        wakeSelector.run();
    }

    private synchronized void cancelLimit() {
        limit.cancel();
    }
}
