package io.github.taskdispatcher.gateway.ws;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.taskdispatcher.gateway.config.GatewayConfig.TaskLimits;
import io.github.taskdispatcher.gateway.dispatch.Dispatcher;
import io.github.taskdispatcher.gateway.dispatch.WorkerSession;
import io.github.taskdispatcher.gateway.dispatch.WorkerSocket;
import io.github.taskdispatcher.gateway.limits.ByteBudget;
import io.github.taskdispatcher.gateway.limits.RateLimit;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskStatus;
import io.github.taskdispatcher.wire.BadFrameException;
import io.github.taskdispatcher.wire.Frames;
import io.github.taskdispatcher.wire.FromWorker;
import io.github.taskdispatcher.wire.ToWorker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.exceptions.MessageTooLargeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One worker's WebSocket. Frames arrive one after the other on WebSocket threads; sending is for any thread. A worker that
 * reads nothing, or says too much of no use, is cut off.
 */
public final class WorkerEndpoint extends Session.Listener.AbstractAutoDemanding implements WorkerSocket {

    private static final Logger log = LoggerFactory.getLogger(WorkerEndpoint.class);
    private static final String DISCONNECTED = "Worker disconnected";
    private static final String TOO_LARGE = "Result too large";
    private static final int CHATTER_BURST = 200;
    private static final int CHATTER_PER_SECOND = 20;
    /** A message that the worker has not read by then, and at this speed, never will be. */
    private static final long UNREAD_LIMIT_MS = 60_000;

    private static final long SLOWEST_BYTES_PER_MS = 50;

    private record Unsent(int bytes, long sinceNanos) {}

    private final Dispatcher dispatcher;
    private final GroupName group;
    private final int maxResultBytes;
    private final long maxUnsentBytes;
    private final ByteBudget results;
    private final Supplier<Optional<Runnable>> slots;
    /** For what costs the worker nothing and brings nothing on: pings, nonsense, foreign answers. */
    private final RateLimit chatter = new RateLimit(CHATTER_BURST, CHATTER_PER_SECOND, System.nanoTime());

    private final Deque<Unsent> unsent = new ArrayDeque<>();
    private long unsentBytes;
    private volatile Runnable slot = () -> {};
    private volatile WorkerSession worker;
    private volatile String reason = DISCONNECTED;

    /**
     * @param results memory for results that Redis has not taken yet
     * @param slots takes a place for this worker; what gives it back, or empty when there is none
     */
    WorkerEndpoint(
            Dispatcher dispatcher,
            GroupName group,
            TaskLimits limits,
            ByteBudget results,
            Supplier<Optional<Runnable>> slots) {
        this.dispatcher = dispatcher;
        this.group = group;
        maxResultBytes = limits.maxResultBytes();
        maxUnsentBytes = 2L * limits.maxBodyBytes() + (1 << 20);
        this.results = results;
        this.slots = slots;
    }

    @Override
    public void onWebSocketOpen(Session session) {
        super.onWebSocketOpen(session);
        Optional<Runnable> place = slots.get();
        if (place.isEmpty()) {
            close(1013, "as many workers as allowed are connected");
            return;
        }
        slot = place.get();
        worker = dispatcher.open(group, this);
        log.info("worker {} of group {} connected", worker, group);
    }

    @Override
    public void onWebSocketText(String text) {
        if (worker == null) {
            return;
        }
        worker.heard();
        try {
            receive(Frames.fromWorker(text.getBytes(UTF_8)));
        } catch (BadFrameException e) {
            if (chatters()) {
                send(new ToWorker.Error("bad_message", e.getMessage(), null));
            }
            if (e.taskId() != null) {
                fail(e.taskId(), "Invalid result");
            }
        } catch (RuntimeException e) {
            log.error("a frame of worker {} could not be handled", worker, e);
            send(new ToWorker.Error("internal", "the message could not be handled", null));
        }
    }

    private void receive(FromWorker message) {
        if (message instanceof FromWorker.TaskComplete complete) {
            complete(complete);
        } else if (message instanceof FromWorker.TaskError failed) {
            fail(failed.taskId(), failed.error());
        } else if (chatters()) {
            if (message instanceof FromWorker.Ready) {
                worker.ready();
            } else if (message instanceof FromWorker.Ping) {
                send(new ToWorker.Pong());
            }
        }
    }

    /** Counts a message that is no answer; false, and the end, when there are too many. */
    private boolean chatters() {
        boolean allowed;
        synchronized (chatter) {
            allowed = chatter.allows(System.nanoTime());
        }
        if (!allowed) {
            close(1008, "too many messages");
        }
        return allowed;
    }

    private void complete(FromWorker.TaskComplete complete) {
        int size = complete.result().length();
        if (size > maxResultBytes) {
            send(new ToWorker.Error(
                    "too_large", "a result has at most " + maxResultBytes + " bytes", complete.taskId()));
            fail(complete.taskId(), TOO_LARGE);
        } else if (!results.tryTake(size)) {
            send(new ToWorker.Error(
                    "retry_later", "no memory for one more result, send it again later", complete.taskId()));
        } else {
            answer(complete.taskId(), TaskStatus.COMPLETED, complete.result().toBytes())
                    .whenComplete((counted, failure) -> results.release(size));
        }
    }

    private void fail(String taskId, String error) {
        answer(taskId, TaskStatus.FAILED, error.getBytes(UTF_8));
    }

    private CompletableFuture<Boolean> answer(String taskId, TaskStatus status, byte[] value) {
        return worker.answer(taskId, status, value).whenComplete((counted, failure) -> {
            if (failure == null && !counted) {
                chatters();
            }
        });
    }

    @Override
    public void onWebSocketBinary(ByteBuffer payload, Callback callback) {
        callback.succeed();
        close(1003, "text frames only");
    }

    @Override
    public void onWebSocketPong(ByteBuffer payload) {
        if (worker != null) {
            worker.heard();
        }
    }

    @Override
    public void onWebSocketError(Throwable cause) {
        if (cause instanceof MessageTooLargeException) {
            reason = TOO_LARGE;
        }
        log.debug("worker {}: {}", worker, cause.toString());
    }

    @Override
    public void onWebSocketClose(int code, String text, Callback callback) {
        callback.succeed();
        slot.run();
        if (worker != null) {
            log.info("worker {} of group {} left, code {}", worker, group, code);
            worker.closed(reason);
        }
    }

    @Override
    public void send(ToWorker message) {
        Session session = getSession();
        if (session == null || !session.isOpen()) {
            return;
        }
        String text = new String(Frames.write(message), UTF_8);
        int bytes = text.length();
        boolean tooMuch;
        synchronized (unsent) {
            tooMuch = unsentBytes + bytes > maxUnsentBytes;
            unsentBytes += bytes;
            unsent.addLast(new Unsent(bytes, System.nanoTime()));
        }
        if (tooMuch) {
            broken(new IOException("the worker reads nothing"));
            return;
        }
        session.sendText(text, Callback.from(this::sent, this::broken));
    }

    private void sent() {
        synchronized (unsent) {
            unsentBytes -= unsent.removeFirst().bytes();
        }
    }

    private boolean readsNothing() {
        synchronized (unsent) {
            Unsent oldest = unsent.peekFirst();
            return oldest != null
                    && (System.nanoTime() - oldest.sinceNanos()) / 1_000_000
                            > UNREAD_LIMIT_MS + oldest.bytes() / SLOWEST_BYTES_PER_MS;
        }
    }

    @Override
    public void ping() {
        Session session = getSession();
        if (session == null || !session.isOpen()) {
            return;
        }
        if (readsNothing()) {
            broken(new IOException("the worker reads nothing"));
            return;
        }
        session.sendPing(ByteBuffer.allocate(0), Callback.from(() -> {}, this::broken));
    }

    /** A frame could not be written: the link is dead whatever the peer thinks. Jetty tells {@code onWebSocketClose}. */
    private void broken(Throwable cause) {
        log.debug("worker {} cannot be written to: {}", worker, cause.toString());
        Session session = getSession();
        if (session != null) {
            session.disconnect();
        }
    }

    @Override
    public void close(int code, String text) {
        Session session = getSession();
        if (session != null) {
            session.close(code, text, Callback.from(() -> {}, cause -> session.disconnect()));
        }
    }
}
