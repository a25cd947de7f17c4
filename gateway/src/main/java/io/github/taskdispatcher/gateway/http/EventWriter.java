package io.github.taskdispatcher.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.taskdispatcher.gateway.limits.ByteBudget;
import io.github.taskdispatcher.gateway.store.Replies.TaskView;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingCallback;

/**
 * Server-sent events to one client, written without waiting for it. The response begins with the first event, so until then it
 * may still be another. While nothing else flows a comment goes out every 10 s: one line, with no blank one behind it, because
 * some clients take every blank line for the end of an event. A client that takes nothing for 30 s is cut off with a last event.
 * Any thread.
 */
public final class EventWriter {

    /** Why a stream was cut. */
    public static final String SLOW = "Stream cut: the client read nothing for 30 s";

    /** With more than this unsent there is no room. */
    private static final long ROOM = 256 * 1024;

    /** How long nothing is said before a comment goes out, in ms. */
    public static final long SILENCE_MS = 10_000;

    private static final long STUCK_NANOS = 30_000_000_000L;
    private static final long TICK_MS = 1_000;
    /** Up to here frames are joined, and written at once. */
    private static final int JOINED = 32 * 1024;

    private static final int SLICE = 64 * 1024;

    private final Request request;
    private final Response response;
    private final Callback callback;
    private final ScheduledExecutorService timer;
    private final TaskId task;
    private final ByteBudget budget;
    private final Writing writing = new Writing();
    private final Deque<byte[]> frames = new ArrayDeque<>();
    private Supplier<String> comment = () -> "";
    private Supplier<byte[]> lastWord = () -> new byte[0];
    private Runnable room = () -> {};
    private Runnable gone = () -> {};
    private Runnable left = () -> {};
    private ScheduledFuture<?> ticks;
    /** How long nothing may be said before the next comment. */
    private long silenceNanos = SILENCE_MS * 1_000_000;

    private boolean opened;
    private boolean started;
    private boolean ended;
    private Runnable done = () -> {};
    private volatile long unsent;
    /** The stream was refused room, and is to hear when there is some. */
    private boolean full;

    private volatile long movedAtNanos;

    /** What large chunks among the unsent took of the budget. */
    private final List<Integer> taken = new ArrayList<>();
    /** What a large chunk took that comes next, or 0. */
    private int promised;

    /** @param budget memory for large chunks that clients have not taken yet */
    EventWriter(ClientRequests.Exchange exchange, ScheduledExecutorService timer, TaskId task, ByteBudget budget) {
        this.budget = budget;
        request = exchange.request();
        response = exchange.response();
        callback = exchange.callback();
        this.timer = timer;
        this.task = task;
    }

    /**
     * What is said when nothing else is.
     *
     * @param text of a comment, one line
     * @param whenCut the last event to a client that reads too slowly
     */
    public void saying(Supplier<String> text, Supplier<byte[]> whenCut) {
        comment = text;
        lastWord = whenCut;
    }

    /**
     * Before the first event.
     *
     * @param whenRoom runs when there is room again
     * @param whenGone runs when nothing more is written
     * @param whenLeft runs instead when that is because the client left
     */
    void telling(Runnable whenRoom, Runnable whenGone, Runnable whenLeft) {
        room = whenRoom;
        gone = whenGone;
        left = whenLeft;
    }

    /** A comment: how far the task is, or null when that is not known yet. */
    public static String howFar(TaskView view) {
        if (view == null) {
            return "accepted";
        }
        return view.status() == TaskStatus.QUEUED ? "queued, position " + view.position() : "executing";
    }

    /**
     * Whether more may be sent now.
     *
     * @param bytes of the next event, about; a large one has its memory then
     */
    public synchronized boolean hasRoom(int bytes) {
        boolean has = unsent < ROOM;
        full |= !has;
        if (!has || ended || bytes <= ROOM) {
            return has;
        }
        // Without memory the follower reads it later: it looks again within two seconds.
        if (promised > 0) {
            budget.release(promised);
        }
        promised = budget.tryTake(bytes) ? bytes : 0;
        return promised > 0;
    }

    private void giveBack() {
        taken.forEach(budget::release);
        taken.clear();
    }

    /** Sends events, whole ones. */
    public void send(byte[] events) {
        synchronized (this) {
            if (ended) {
                return;
            }
            start();
            add(events);
        }
        writing.iterate();
    }

    /**
     * Sends the last events and ends the response.
     *
     * @param then runs when they are written, or cannot be
     */
    public void end(byte[] events, Runnable then) {
        synchronized (this) {
            if (ended) {
                then.run();
                return;
            }
            start();
            add(events);
            ended = true;
            done = then;
        }
        // Whatever else there is to tell of the task, it is not told here.
        gone.run();
        writing.iterate();
    }

    /**
     * Holds the response back until the first event, this long at most: then it begins with a comment. Until it has begun,
     * {@link #refuse} may answer instead.
     */
    public void hold(long ms) {
        synchronized (this) {
            if (!opened && !ended) {
                silenceNanos = ms * 1_000_000;
                open();
            }
        }
    }

    /**
     * Answers with an error instead of a stream.
     *
     * @return false when the stream has begun: then this does nothing
     */
    public boolean refuse(Answer error) {
        synchronized (this) {
            if (started || ended) {
                return false;
            }
            open();
            started = true;
            ended = true;
            response.setStatus(error.status());
            error.headers(response.getHeaders()::put);
            addLocation();
            error.parts().forEach(this::add);
        }
        gone.run();
        writing.iterate();
        return true;
    }

    /** From now on the client may leave, and silence is broken. */
    private void open() {
        if (opened) {
            return;
        }
        opened = true;
        movedAtNanos = System.nanoTime();
        request.addIdleTimeoutListener(timeout -> false);
        WatchfulEndPoint.watch(request, this::clientLeft);
        ticks = timer.scheduleWithFixedDelay(
                this::tick, Math.min(TICK_MS, silenceNanos / 2_000_000), TICK_MS, TimeUnit.MILLISECONDS);
    }

    private void start() {
        if (started) {
            return;
        }
        open();
        started = true;
        movedAtNanos = System.nanoTime();
        response.setStatus(200);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/event-stream; charset=utf-8");
        response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        response.getHeaders().put("X-Accel-Buffering", "no");
        response.getHeaders().put("X-Task-Id", task.text());
        addLocation();
    }

    private void addLocation() {
        if (request.getMethod().equals("POST")) {
            response.getHeaders().put(HttpHeader.LOCATION, Answer.TASK_PATH + task.text());
        }
    }

    private void add(byte[] events) {
        if (events.length > 0) {
            if (promised > 0 && events.length > ROOM) {
                taken.add(promised);
                promised = 0;
            }
            frames.add(events);
            unsent += events.length;
        }
    }

    private byte[] comment() {
        return (": " + comment.get() + "\n").getBytes(UTF_8);
    }

    private void tick() {
        long still = System.nanoTime() - movedAtNanos;
        if (unsent > 0 && still > 2 * STUCK_NANOS) {
            request.getConnectionMetaData().getConnection().getEndPoint().close();
        } else if (unsent > 0 && still > STUCK_NANOS) {
            cut();
        } else if (unsent == 0 && still > silenceNanos) {
            silenceNanos = SILENCE_MS * 1_000_000;
            send(comment());
        }
    }

    private void clientLeft() {
        EofException why = new EofException("the client has left");
        request.getConnectionMetaData().getConnection().getEndPoint().close(why);
        writing.abort(why);
    }

    /** What is not begun is not sent any more. */
    private void cut() {
        synchronized (this) {
            if (ended) {
                return;
            }
            frames.forEach(frame -> unsent -= frame.length);
            frames.clear();
            add(lastWord.get());
            ended = true;
        }
        gone.run();
    }

    /** Jetty says the same on one thread after the other. */
    private final class Writing extends IteratingCallback {

        private ByteBuffer part = ByteBuffer.allocate(0);
        private int slice;
        private boolean last;

        @Override
        protected Action process() {
            boolean roomAgain = false;
            synchronized (EventWriter.this) {
                unsent -= slice;
                if (slice > 0) {
                    movedAtNanos = System.nanoTime();
                }
                slice = 0;
                if (unsent < ROOM / 2) {
                    giveBack();
                }
                if (full && unsent < ROOM / 2) {
                    full = false;
                    roomAgain = true;
                }
                if (!part.hasRemaining()) {
                    part = next();
                }
                if (!part.hasRemaining() && last) {
                    return Action.SUCCEEDED;
                }
                last = ended && part.remaining() <= SLICE && frames.isEmpty();
            }
            if (roomAgain) {
                room.run();
            }
            if (!part.hasRemaining() && !last) {
                return Action.IDLE;
            }
            ByteBuffer written = part.slice(part.position(), Math.min(SLICE, part.remaining()));
            slice = written.remaining();
            part.position(part.position() + slice);
            response.write(last, written, this);
            return Action.SCHEDULED;
        }

        /** One frame, or several small ones. */
        private ByteBuffer next() {
            byte[] first = frames.poll();
            if (first == null) {
                return ByteBuffer.allocate(0);
            }
            if (frames.isEmpty() || first.length + frames.peek().length > JOINED) {
                return ByteBuffer.wrap(first);
            }
            ByteArrayOutputStream joined = new ByteArrayOutputStream(2 * first.length);
            joined.writeBytes(first);
            while (!frames.isEmpty() && joined.size() + frames.peek().length <= JOINED) {
                joined.writeBytes(frames.poll());
            }
            return ByteBuffer.wrap(joined.toByteArray());
        }

        @Override
        protected void onCompleteSuccess() {
            over();
            callback.succeeded();
        }

        @Override
        protected void onCompleteFailure(Throwable cause) {
            boolean early = over();
            (early ? left : gone).run();
            callback.failed(cause);
        }

        /** @return whether it had not ended before */
        private boolean over() {
            Runnable then;
            boolean early;
            synchronized (EventWriter.this) {
                early = !ended;
                ended = true;
                frames.clear();
                giveBack();
                budget.release(promised);
                promised = 0;
                then = done;
            }
            ticks.cancel(false);
            WatchfulEndPoint.unwatch(request);
            then.run();
            return early;
        }

        @Override
        public InvocationType getInvocationType() {
            return InvocationType.NON_BLOCKING;
        }
    }
}
