package io.github.taskdispatcher.gateway.ws;

import static org.eclipse.jetty.util.thread.Invocable.InvocationType.NON_BLOCKING;

import io.github.taskdispatcher.gateway.limits.ByteBudget;
import io.github.taskdispatcher.wire.Frames;
import io.github.taskdispatcher.wire.ToWorker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingCallback;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;

/**
 * What the gateway sends to one worker, in order. A task waits as it is kept: the gateway makes its frame, which may be twice as
 * large, when the socket has taken the message before it. So a worker's tasks take as much memory as their payloads, and one
 * frame.
 *
 * <p>What is unsent has a bound: {@code free} bytes, and a task more for each further slot. What is above {@code free} comes out
 * of a budget that all workers share. A message above the bound breaks the connection: the worker reads nothing.
 *
 * <p>Any thread; nothing blocks.
 */
final class OutgoingMessages extends IteratingCallback {

    /** A worker that takes not a byte of what is sent to it for so long reads nothing. */
    private static final long UNREAD_LIMIT_MS = 60_000;

    /** What a message that waits takes beside its payload, about; so many small ones count, too. */
    private static final int MESSAGE_BYTES = 256;

    /**
     * One that waits: a frame, or a task that has none yet, or the code of a close.
     *
     * @param bytes what it counts
     * @param borrowed what it took of the shared budget
     */
    private record Waiting(
            byte[] frame, ToWorker.Task task, int closeCode, String closeText, int bytes, int borrowed) {}

    private final CoreSession session;
    private final int maxTaskBytes;
    private final long free;
    private final ByteBudget shared;
    private final Consumer<Throwable> broken;
    private final Object lock = new Object();
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private int slots = 1;
    private long unsentBytes;
    private Waiting writing;
    /** Of the message that is written now; Jetty moves its position on as the socket takes it. */
    private ByteBuffer current;
    /** No message is taken any more. */
    private boolean ended;
    /** The pong that is written now. */
    private ByteBuffer pong;
    /** The answer to the newest ping, behind the pong that is written. */
    private ByteBuffer nextPong;
    /** The gateway's own ping that is written now. */
    private ByteBuffer ping;
    /** What {@link #readsNothing} last saw of the message that is written, and since when it is so. */
    private ByteBuffer seen;

    private int seenLeft;
    private long seenSinceNanos;

    /**
     * @param maxTaskBytes the largest request, in bytes
     * @param shared memory for what all workers with several slots have not taken yet
     * @param broken runs when a message cannot be written; may run more than once
     */
    OutgoingMessages(CoreSession session, int maxTaskBytes, ByteBudget shared, Consumer<Throwable> broken) {
        this.session = session;
        this.maxTaskBytes = maxTaskBytes;
        free = 2L * maxTaskBytes + (1 << 20);
        this.shared = shared;
        this.broken = broken;
    }

    /** The worker has so many slots: as many tasks may wait for it. */
    void slots(int count) {
        synchronized (lock) {
            slots = Math.max(slots, count);
        }
    }

    /** Sends a message behind those before it; nothing once {@link #close} was called. */
    void send(ToWorker message) {
        if (message instanceof ToWorker.Task task) {
            add(null, task, task.payload().length());
        } else {
            byte[] frame = Frames.write(message);
            add(frame, null, frame.length);
        }
    }

    private void add(byte[] frame, ToWorker.Task task, int length) {
        int bytes = MESSAGE_BYTES + length;
        boolean fits;
        synchronized (lock) {
            if (ended) {
                return;
            }
            int borrowed = unsentBytes + bytes > free ? bytes : 0;
            fits = hasRoom(bytes) && (borrowed == 0 || shared.tryTake(borrowed));
            if (fits) {
                unsentBytes += bytes;
                waiting.add(new Waiting(frame, task, 0, null, bytes, borrowed));
            }
        }
        if (fits) {
            iterate();
        } else {
            broken.accept(new IOException("the worker reads nothing"));
        }
    }

    private boolean hasRoom(int bytes) {
        return unsentBytes + bytes <= free + (slots - 1L) * (maxTaskBytes + MESSAGE_BYTES);
    }

    /** Sends a Close frame behind all messages; a second call does nothing. */
    void close(int code, String text) {
        synchronized (lock) {
            if (ended) {
                return;
            }
            ended = true;
            waiting.add(new Waiting(null, null, code, text, 0, 0));
        }
        iterate();
    }

    /**
     * Answers a ping: this may go before messages that wait. While one pong is unsent, only the newest of the further pings is
     * answered (RFC 6455, 5.5.3), so pongs take no memory however many pings come.
     */
    void pong(ByteBuffer payload) {
        synchronized (lock) {
            if (pong != null) {
                nextPong = payload;
                return;
            }
            pong = payload;
        }
        writePong(payload);
    }

    private void writePong(ByteBuffer payload) {
        session.sendFrame(
                new Frame(OpCode.PONG, payload), Callback.from(NON_BLOCKING, this::pongWritten, broken), false);
    }

    private void pongWritten() {
        ByteBuffer next;
        synchronized (lock) {
            next = nextPong;
            nextPong = null;
            pong = next;
        }
        if (next != null) {
            writePong(next);
        }
    }

    /** Pings the worker, unless the ping before is still unsent. */
    void ping() {
        ByteBuffer empty = ByteBuffer.allocate(0);
        synchronized (lock) {
            if (ping != null) {
                return;
            }
            ping = empty;
        }
        session.sendFrame(new Frame(OpCode.PING, empty), Callback.from(NON_BLOCKING, this::pingWritten, broken), false);
    }

    private void pingWritten() {
        synchronized (lock) {
            ping = null;
        }
    }

    /** Whether nothing moved for too long. A position seen too late only costs another round. */
    boolean readsNothing() {
        synchronized (lock) {
            ByteBuffer written = current != null ? current : pong != null ? pong : ping;
            int left = written == null ? 0 : written.remaining();
            if (written == null || written != seen || left != seenLeft) {
                seen = written;
                seenLeft = left;
                seenSinceNanos = System.nanoTime();
                return false;
            }
            return (System.nanoTime() - seenSinceNanos) / 1_000_000 > UNREAD_LIMIT_MS;
        }
    }

    /** The socket is closed: forgets what is unsent. */
    void forget() {
        synchronized (lock) {
            ended = true;
            for (Waiting message : waiting) {
                shared.release(message.borrowed());
            }
            waiting.clear();
        }
    }

    @Override
    protected Action process() {
        Waiting next;
        synchronized (lock) {
            next = waiting.poll();
            writing = next;
        }
        if (next == null) {
            return Action.IDLE;
        }
        if (!session.isOutputOpen()) {
            written();
            forget();
            return Action.IDLE;
        }
        if (next.closeText() != null) {
            session.close(next.closeCode(), next.closeText(), this);
            return Action.SCHEDULED;
        }
        ByteBuffer frame = ByteBuffer.wrap(next.task() == null ? next.frame() : Frames.write(next.task()));
        synchronized (lock) {
            current = frame;
        }
        session.sendFrame(new Frame(OpCode.TEXT, frame), this, false);
        return Action.SCHEDULED;
    }

    @Override
    protected void onSuccess() {
        written();
    }

    @Override
    protected void onCompleteFailure(Throwable cause) {
        written();
        forget();
        broken.accept(cause);
    }

    private void written() {
        synchronized (lock) {
            if (writing != null) {
                unsentBytes -= writing.bytes();
                shared.release(writing.borrowed());
            }
            writing = null;
            current = null;
        }
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }
}
