package io.github.taskdispatcher.gateway.ws;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.taskdispatcher.gateway.dispatch.Dispatcher;
import io.github.taskdispatcher.gateway.dispatch.WorkerSession;
import io.github.taskdispatcher.gateway.dispatch.WorkerSocket;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskStatus;
import io.github.taskdispatcher.wire.BadFrameException;
import io.github.taskdispatcher.wire.Frames;
import io.github.taskdispatcher.wire.FromWorker;
import io.github.taskdispatcher.wire.ToWorker;
import java.nio.ByteBuffer;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.exceptions.MessageTooLargeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One worker's WebSocket. Frames arrive one after the other on WebSocket threads; sending is for any thread. */
public final class WorkerEndpoint extends Session.Listener.AbstractAutoDemanding implements WorkerSocket {

    private static final Logger log = LoggerFactory.getLogger(WorkerEndpoint.class);
    private static final String DISCONNECTED = "Worker disconnected";
    private static final String TOO_LARGE = "Result too large";

    private final Dispatcher dispatcher;
    private final GroupName group;
    private final int maxResultBytes;
    private volatile WorkerSession worker;
    private volatile String reason = DISCONNECTED;

    public WorkerEndpoint(Dispatcher dispatcher, GroupName group, int maxResultBytes) {
        this.dispatcher = dispatcher;
        this.group = group;
        this.maxResultBytes = maxResultBytes;
    }

    @Override
    public void onWebSocketOpen(Session session) {
        super.onWebSocketOpen(session);
        worker = dispatcher.open(group, this);
        log.info("worker {} of group {} connected", worker, group);
    }

    @Override
    public void onWebSocketText(String text) {
        worker.heard();
        try {
            receive(Frames.fromWorker(text.getBytes(UTF_8)));
        } catch (BadFrameException e) {
            send(new ToWorker.Error("bad_message", e.getMessage(), null));
            if (e.taskId() != null) {
                worker.answer(e.taskId(), TaskStatus.FAILED, "Invalid result".getBytes(UTF_8));
            }
        } catch (RuntimeException e) {
            log.error("a frame of worker {} could not be handled", worker, e);
            send(new ToWorker.Error("internal", "the message could not be handled", null));
        }
    }

    private void receive(FromWorker message) {
        if (message instanceof FromWorker.Ready) {
            worker.ready();
        } else if (message instanceof FromWorker.Ping) {
            send(new ToWorker.Pong());
        } else if (message instanceof FromWorker.TaskComplete complete) {
            complete(complete);
        } else if (message instanceof FromWorker.TaskError failed) {
            worker.answer(failed.taskId(), TaskStatus.FAILED, failed.error().getBytes(UTF_8));
        }
    }

    private void complete(FromWorker.TaskComplete complete) {
        if (complete.result().length() > maxResultBytes) {
            send(new ToWorker.Error(
                    "too_large", "a result has at most " + maxResultBytes + " bytes", complete.taskId()));
            worker.answer(complete.taskId(), TaskStatus.FAILED, TOO_LARGE.getBytes(UTF_8));
            return;
        }
        worker.answer(complete.taskId(), TaskStatus.COMPLETED, complete.result().toBytes());
    }

    @Override
    public void onWebSocketBinary(ByteBuffer payload, Callback callback) {
        callback.succeed();
        close(1003, "text frames only");
    }

    @Override
    public void onWebSocketPong(ByteBuffer payload) {
        worker.heard();
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
        session.sendText(new String(Frames.write(message), UTF_8), Callback.from(() -> {}, this::broken));
    }

    @Override
    public void ping() {
        Session session = getSession();
        if (session != null && session.isOpen()) {
            session.sendPing(ByteBuffer.allocate(0), Callback.from(() -> {}, this::broken));
        }
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
