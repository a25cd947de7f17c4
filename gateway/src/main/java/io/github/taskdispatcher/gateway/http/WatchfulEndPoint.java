package io.github.taskdispatcher.gateway.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * A connection that notices when its client leaves while the request is held. Jetty reads nothing from the end of a request to
 * the end of its response, so it would not know.
 *
 * <p>While {@linkplain #watch watched}, this asks for the next byte in Jetty's place: the end means that the client has left, or at
 * least sends nothing more. A byte means that the client sent its next request already: it is kept for Jetty, and no more is asked, for the
 * end would come behind it. When Jetty asks for the next request and our question is still open, it waits behind ours, and no selector
 * needs to be told: watching costs less than not.
 *
 * <p>What arrives is handled by the thread that found it, without waking another: no handler of ours waits for anything there.
 *
 * <p>The last bytes to a peer that still sends are not lost: such a connection {@linkplain LingeringClose lingers}. That is one whose
 * response is complete before its request, and a WebSocket that is closed without a cause. A connection that is closed with any
 * other cause, or before the end of a response, is cut off.
 */
public final class WatchfulEndPoint extends SocketChannelEndPoint {

    private final Callback arrival = new Arrival();
    private final HeadDeadline head;
    private final Scheduler scheduler;
    private final LingeringClose lingering;
    private final Object lock = new Object();
    /** Jetty's selector was asked, and has not answered. */
    private boolean asked;
    /** The callback of Jetty that waits behind our question. */
    private Callback reader;
    /** Runs when the client leaves; null when no code wants to know. */
    private Runnable left;
    /** A byte that Jetty has not read, or -1. */
    private int ahead = -1;
    /**
     * The last read left room, so nothing was there behind it, and the selector has not told of more. Jetty always reads again
     * before it asks the selector, which tells at once of what came meanwhile: that read need not be a system call.
     */
    private volatile boolean drained;
    /** The peer has ended its side. */
    private volatile boolean ended;

    private volatile boolean upgraded;
    /** Jetty has ended our side behind a complete response. */
    private volatile boolean answered;

    private volatile boolean closed;
    private volatile boolean lingers;

    /**
     * See {@link SocketChannelEndPoint}.
     *
     * @param all the lingering connections of this gateway
     * @param unfinished the heads that this gateway waits for
     */
    public WatchfulEndPoint(
            SocketChannel channel,
            ManagedSelector selector,
            SelectionKey key,
            Scheduler scheduler,
            LingeringConnections all,
            UnfinishedHeads unfinished) {
        super(channel, selector, key, scheduler);
        this.scheduler = scheduler;
        head = new HeadDeadline(scheduler, unfinished, this::close);
        lingering = new LingeringClose(all, channel, () -> selector.submit(awake -> {}));
    }

    /** The head of this request is complete. */
    static void headRead(Request request) {
        if (of(request) instanceof WatchfulEndPoint own) {
            own.head.complete();
        }
    }

    @Override
    public void upgrade(Connection next) {
        upgraded = true;
        head.upgraded();
        super.upgrade(next);
    }

    /**
     * The client of a request whose body has been read is watched until {@link #unwatch}.
     *
     * @param left runs once, when the client leaves; on the selector's thread
     */
    static void watch(Request request, Runnable left) {
        if (of(request) instanceof WatchfulEndPoint own) {
            own.watch(left);
        }
    }

    /** Before the response is ended: what comes from now on is Jetty's. */
    static void unwatch(Request request) {
        if (of(request) instanceof WatchfulEndPoint own) {
            own.unwatch();
        }
    }

    private static EndPoint of(Request request) {
        return request.getConnectionMetaData().getConnection().getEndPoint();
    }

    private void watch(Runnable then) {
        synchronized (lock) {
            if (ahead >= 0) {
                return;
            }
            left = then;
            if (asked) {
                return;
            }
            asked = true;
        }
        ask();
    }

    private void unwatch() {
        synchronized (lock) {
            left = null;
        }
    }

    private void ask() {
        if (!super.tryFillInterested(arrival)) {
            throw new IllegalStateException("watched while a request is read");
        }
    }

    @Override
    public void fillInterested(Callback callback) {
        // Jetty asks for a head this way; for a body it only tries.
        head.awaits();
        if (!waitsBehind(callback)) {
            super.fillInterested(nonBlocking(callback));
        }
    }

    @Override
    public boolean tryFillInterested(Callback callback) {
        return waitsBehind(callback) || super.tryFillInterested(nonBlocking(callback));
    }

    private boolean waitsBehind(Callback callback) {
        synchronized (lock) {
            if (!asked || reader != null) {
                return false;
            }
            reader = callback;
        }
        notIdle();
        return true;
    }

    /** Whether Jetty itself waits: it takes that for a fault at the end of a response. */
    @Override
    public boolean isFillInterested() {
        synchronized (lock) {
            return asked ? reader != null : super.isFillInterested();
        }
    }

    /** @param failure null when there is something to read */
    private void arrived(Throwable failure) {
        Callback next;
        Runnable gone = null;
        boolean nothing = false;
        synchronized (lock) {
            asked = false;
            next = reader;
            reader = null;
            if (next == null && left != null) {
                int first = failure == null ? readAhead() : -1;
                nothing = first == 0;
                if (!nothing) {
                    gone = first < 0 ? left : null;
                    left = null;
                } else {
                    asked = true;
                }
            }
        }
        if (nothing) {
            ask();
        } else if (gone != null) {
            gone.run();
        } else if (next != null && failure == null) {
            next.succeeded();
        } else if (next != null) {
            next.failed(failure);
        }
    }

    /** @return 1 for a byte, 0 when there is none yet, -1 at the end */
    private int readAhead() {
        ByteBuffer one = BufferUtil.allocate(1);
        try {
            int read = super.fill(one);
            if (read > 0) {
                ahead = one.get() & 0xff;
            } else if (read < 0) {
                ended = true;
            }
            return read;
        } catch (IOException broken) {
            return -1;
        }
    }

    @Override
    public Runnable onSelected() {
        drained = false;
        Runnable task = super.onSelected();
        if (!lingers) {
            return task;
        }
        if (lingering.discard()) {
            needsFillInterest();
        }
        return null;
    }

    @Override
    protected void doShutdownOutput() {
        answered = true;
        super.doShutdownOutput();
    }

    /** Nothing yet: {@link #onClose} knows the cause. */
    @Override
    public void doClose() {}

    @Override
    public void onClose(Throwable cause) {
        closed = true;
        lingers = hasLastWords(cause)
                && !ended
                && lingering.begin(scheduler, upgraded ? LingeringClose.WORKER_LIMIT_MS : LingeringClose.BODY_LIMIT_MS);
        if (!lingers) {
            super.doClose();
        }
        super.onClose(cause);
        if (lingers) {
            needsFillInterest();
        }
    }

    /** Whether the peer may not have read the end of what it was told. */
    private boolean hasLastWords(Throwable cause) {
        if (upgraded) {
            return cause == null;
        }
        for (Throwable each = cause; each != null; each = each.getCause()) {
            if (each == HttpStream.CONTENT_NOT_CONSUMED) {
                return true;
            }
        }
        return answered;
    }

    /** Its channel is open for as long as it lingers; for Jetty it is closed. */
    @Override
    public boolean isOpen() {
        return !closed && super.isOpen();
    }

    @Override
    public int fill(ByteBuffer buffer) throws IOException {
        synchronized (lock) {
            if (drained && ahead < 0 && isOpen() && !isInputShutdown()) {
                return 0;
            }
            // At least so much: what Jetty has not parsed yet may be moved to the front.
            int room = buffer.capacity() - (buffer.hasRemaining() ? buffer.limit() : 0);
            int filled = ahead >= 0 && takeAhead(buffer) ? 1 + Math.max(0, super.fill(buffer)) : super.fill(buffer);
            drained = filled >= 0 && filled < room;
            if (filled > 0) {
                head.received();
            } else if (filled < 0) {
                ended = true;
            }
            return filled;
        }
    }

    /** False when there is no room. A buffer that was read to its end has room although its limit is its capacity. */
    private boolean takeAhead(ByteBuffer buffer) {
        int start = BufferUtil.flipToFill(buffer);
        try {
            if (!buffer.hasRemaining()) {
                return false;
            }
            buffer.put((byte) ahead);
            ahead = -1;
            return true;
        } finally {
            BufferUtil.flipToFlush(buffer, start);
        }
    }

    /** Says of Jetty's callbacks what its WebSocket does not: they need not be handed to another thread. */
    private static Callback nonBlocking(Callback callback) {
        return callback.getInvocationType() == Callback.InvocationType.NON_BLOCKING
                ? callback
                : new Callback.Nested(callback) {
                    @Override
                    public InvocationType getInvocationType() {
                        return InvocationType.NON_BLOCKING;
                    }
                };
    }

    private final class Arrival implements Callback {
        @Override
        public void succeeded() {
            arrived(null);
        }

        @Override
        public void failed(Throwable failure) {
            arrived(failure);
        }

        @Override
        public InvocationType getInvocationType() {
            return InvocationType.NON_BLOCKING;
        }
    }
}
