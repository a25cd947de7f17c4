package io.github.taskdispatcher.gateway.ws;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.taskdispatcher.gateway.config.GatewayConfig.TaskLimits;
import io.github.taskdispatcher.gateway.limits.ByteBudget;
import io.github.taskdispatcher.gateway.limits.RateLimit;
import io.github.taskdispatcher.gateway.store.ChunkStore;
import io.github.taskdispatcher.gateway.store.Departure;
import io.github.taskdispatcher.gateway.store.Failure;
import io.github.taskdispatcher.gateway.worker.WorkerConnection;
import io.github.taskdispatcher.gateway.worker.WorkerSocket;
import io.github.taskdispatcher.gateway.worker.Workers;
import io.github.taskdispatcher.task.TaskStatus;
import io.github.taskdispatcher.wire.BadFrameException;
import io.github.taskdispatcher.wire.Frames;
import io.github.taskdispatcher.wire.FromWorker;
import io.github.taskdispatcher.wire.ToWorker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.CloseStatus;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.FrameHandler;
import org.eclipse.jetty.websocket.core.OpCode;
import org.eclipse.jetty.websocket.core.WebSocketCoreSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One worker's WebSocket. Frames arrive one after the other on the thread that read them. A large message is parsed elsewhere,
 * and the next frame is read after it. Sending is for any thread. A worker that reads nothing, or says too much of no use, is
 * cut off.
 */
final class WorkerEndpoint implements FrameHandler, WorkerSocket {

    private static final Logger log = LoggerFactory.getLogger(WorkerEndpoint.class);
    private static final String DISCONNECTED = "Worker disconnected";
    private static final String TOO_LARGE = "Result too large";
    private static final String INVALID = "Invalid result";
    private static final int CHATTER_BURST = 200;
    private static final int CHATTER_PER_SECOND = 20;
    /** How long the worker's own close is waited for. */
    private static final long CLOSE_LIMIT_MS = 10_000;

    /** The largest message that is parsed on the thread that read it, in bytes: the worst one takes about a millisecond. */
    private static final int SMALL_MESSAGE_BYTES = 64 * 1024;

    private final Workers workers;
    private final WorkerPlace place;
    private final int maxResultBytes;
    private final int maxTaskBytes;
    private final ByteBudget results;
    private final Executor heavy;
    /** For what costs the worker nothing and brings nothing on: pings, nonsense, foreign answers. */
    private final RateLimit chatter = new RateLimit(CHATTER_BURST, CHATTER_PER_SECOND, System.nanoTime());

    private final MessageBuffer message;
    private volatile CoreSession session;
    private volatile OutgoingMessages outgoing;
    private volatile Runnable giveBack = () -> {};
    private volatile WorkerConnection worker;
    private volatile String reason = DISCONNECTED;
    private volatile boolean closedHere;
    /** Completes when the socket is closed. */
    private final CompletableFuture<Void> gone = new CompletableFuture<>();

    /** Done when no message is parsed elsewhere. */
    private volatile CompletableFuture<Void> parsed = CompletableFuture.completedFuture(null);

    /**
     * @param results memory for messages that have not come whole, and for results that Redis has not taken yet
     * @param heavy for parsing large messages: may use a part of the cores only
     */
    WorkerEndpoint(Workers workers, WorkerPlace place, TaskLimits limits, ByteBudget results, Executor heavy) {
        this.workers = workers;
        this.place = place;
        maxResultBytes = limits.maxResultBytes();
        message = new MessageBuffer(2L * maxResultBytes, results);
        maxTaskBytes = limits.maxBodyBytes();
        this.results = results;
        this.heavy = heavy;
    }

    @Override
    public void onOpen(CoreSession opened, Callback callback) {
        session = opened;
        outgoing = new OutgoingMessages(opened, maxTaskBytes, results, this::broken);
        callback.succeeded();
        Optional<Runnable> taken = place.taking().apply(this);
        if (taken.isPresent()) {
            giveBack = taken.get();
            worker = workers.open(place.group(), place.holder(), this);
            log.info("worker {} of group {} connected", worker, place.group());
        } else {
            close(1013, "as many workers as allowed are connected");
        }
        opened.demand();
    }

    @Override
    public void onFrame(Frame frame, Callback callback) {
        MessageBuffer.Message ended = null;
        // Once it is closed here, only the worker's own close is waited for.
        if (worker != null && !closedHere && session.isOutputOpen()) {
            worker.heard();
            ended = handle(frame);
        }
        callback.succeeded();
        if (ended != null && ended.text().length > SMALL_MESSAGE_BYTES) {
            readElsewhere(ended);
        } else {
            if (ended != null) {
                read(ended);
            }
            session.demand();
        }
    }

    /** The message that this frame ends; null when it ends none. */
    private MessageBuffer.Message handle(Frame frame) {
        switch (frame.getOpCode()) {
            case OpCode.TEXT, OpCode.CONTINUATION -> {
                return messageEndedBy(frame);
            }
            case OpCode.PING -> pong(frame.getPayload());
            case OpCode.BINARY -> close(1003, "text frames only");
            default -> {
                // A pong has done its part; a close is answered when the callback is completed.
            }
        }
        return null;
    }

    private void pong(ByteBuffer payload) {
        // Its bytes lie in the buffer that is read into next.
        ByteBuffer copy = ByteBuffer.allocate(payload.remaining()).put(payload).flip();
        outgoing.pong(copy);
    }

    private MessageBuffer.Message messageEndedBy(Frame frame) {
        if (!message.append(frame.getPayload())) {
            reason = TOO_LARGE;
            close(1009, "a message has at most " + message.limit() + " bytes");
            return null;
        }
        return frame.isFin() ? message.take() : null;
    }

    /** No frame of this worker comes meanwhile: none is asked for. */
    private void readElsewhere(MessageBuffer.Message ended) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        parsed = done;
        Runnable reading = () -> {
            try {
                read(ended);
            } finally {
                done.complete(null);
            }
            session.demand();
        };
        try {
            heavy.execute(reading);
        } catch (RejectedExecutionException stopping) {
            reading.run();
        }
    }

    private void read(MessageBuffer.Message ended) {
        if (!ended.whole()) {
            noMemoryFor(Frames.beginning(ended.text()));
            return;
        }
        long borrowed = ended.borrowed();
        try {
            FromWorker said = Frames.fromWorker(ended.text());
            if (said instanceof FromWorker.TaskComplete complete) {
                borrowed = 0;
                complete(complete, ended.borrowed());
            } else if (said instanceof FromWorker.TaskChunk chunk) {
                borrowed = 0;
                chunk(chunk, ended.borrowed());
            } else {
                receive(said);
            }
        } catch (BadFrameException e) {
            refuse(e);
        } catch (RuntimeException e) {
            log.error("a frame of worker {} could not be handled", worker, e);
            send(new ToWorker.Error("internal", "the message could not be handled", null));
        } finally {
            results.release(borrowed);
        }
    }

    /** The rest of the message was discarded: the worker sends an answer again, and a chunk is lost. */
    private void noMemoryFor(Frames.Beginning message) {
        if (message.taskId() == null) {
            close(1013, "no memory for a message of this size, send it again later");
        } else if ("task_chunk".equals(message.type())) {
            if (!worker.chunk(message.taskId(), null, () -> {})) {
                chatters();
            }
        } else {
            retryLater(message.taskId());
        }
    }

    private void retryLater(String taskId) {
        send(new ToWorker.Error("retry_later", "no memory for one more result, send it again later", taskId));
    }

    private void refuse(BadFrameException bad) {
        if (!bad.isText()) {
            // Where the message ends may be wrong as well: RFC 6455, 8.1, fails the connection.
            reason = INVALID;
            close(1007, "a text frame holds UTF-8");
            return;
        }
        if (chatters()) {
            send(new ToWorker.Error("bad_message", bad.getMessage(), null));
        }
        if (bad.taskId() != null) {
            fail(bad.taskId(), INVALID);
        }
    }

    private void receive(FromWorker message) {
        if (message instanceof FromWorker.TaskError failed) {
            Failure failure = new Failure(failed.error(), failed.details());
            answer(failed.taskId(), TaskStatus.FAILED, failure.toBytes());
        } else if (message instanceof FromWorker.TaskProgress progress) {
            progress(progress);
        } else if (chatters()) {
            if (message instanceof FromWorker.Ready) {
                worker.ready();
            } else if (message instanceof FromWorker.Hello hello) {
                outgoing.slots(hello.slots());
                worker.hello(hello);
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

    private void progress(FromWorker.TaskProgress said) {
        if (!worker.progress(said.taskId(), said.progress(), said.message())) {
            chatters();
        }
    }

    /** @param borrowed what the message holds of the budget, which passes on to its chunk */
    private void chunk(FromWorker.TaskChunk said, long borrowed) {
        int size = said.chunk().length();
        boolean fits = size <= ChunkStore.MAX_CHUNK_BYTES;
        if (!fits) {
            send(new ToWorker.Error(
                    "too_large",
                    "a chunk has at most " + ChunkStore.MAX_CHUNK_BYTES + " bytes, this one is lost",
                    said.taskId()));
        }
        boolean kept = fits && results.tryExchange(borrowed, size);
        if (!kept) {
            results.release(borrowed);
        }
        // The frame it came in need not stay for it.
        byte[] json = kept ? said.chunk().toBytes() : null;
        if (!worker.chunk(said.taskId(), json, kept ? () -> results.release(size) : () -> {})) {
            chatters();
        }
    }

    /** @param borrowed what the message holds of the budget, which passes on to its result */
    private void complete(FromWorker.TaskComplete complete, long borrowed) {
        int size = complete.result().length();
        if (size > maxResultBytes) {
            results.release(borrowed);
            send(new ToWorker.Error(
                    "too_large", "a result has at most " + maxResultBytes + " bytes", complete.taskId()));
            fail(complete.taskId(), TOO_LARGE);
        } else if (!results.tryExchange(borrowed, size)) {
            results.release(borrowed);
            retryLater(complete.taskId());
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
    public void onError(Throwable cause, Callback callback) {
        log.debug("worker {}: {}", worker, cause.toString());
        callback.succeeded();
    }

    @Override
    public void onClosed(CloseStatus status, Callback callback) {
        callback.succeeded();
        outgoing.forget();
        message.close();
        gone.complete(null);
        giveBack.run();
        if (worker != null) {
            log.info("worker {} of group {} left, code {}", worker, place.group(), status.getCode());
            // What came before the end counts: the answer in a message that is still parsed.
            parsed.thenRun(() -> worker.closed(departure(status.getCode()), reason));
        }
    }

    /** A worker that closes normally, or that the gateway closes, gives up its task. */
    private Departure departure(int closeCode) {
        if (!reason.equals(DISCONNECTED)) {
            return Departure.FAULTY;
        }
        return closedHere || closeCode == 1000 || closeCode == 1001 ? Departure.CLOSED : Departure.LOST;
    }

    @Override
    public void send(ToWorker message) {
        outgoing.send(message);
    }

    @Override
    public void ping() {
        if (!session.isOutputOpen()) {
            return;
        }
        if (outgoing.readsNothing()) {
            broken(new IOException("the worker reads nothing"));
            return;
        }
        outgoing.ping();
    }

    /** A frame could not be written: the link is dead whatever the peer thinks. Jetty tells {@link #onClosed}. */
    private void broken(Throwable cause) {
        log.debug("worker {} cannot be written to: {}", worker, cause.toString());
        cutOff(cause);
    }

    /** Closes the connection now. Without a cause it would linger until the worker has read a Close frame, see http. */
    private void cutOff(Throwable cause) {
        if (session instanceof WebSocketCoreSession open) {
            open.getConnection().getEndPoint().close(cause);
        }
        session.abort();
    }

    @Override
    public void close(int code, String text) {
        closedHere = true;
        message.close();
        outgoing.close(code, text);
        // One that is frozen, or reads nothing, never answers; its place would be taken for good. Once the socket is
        // closed,
        // the timer lets go of it: else each refused worker would stay in memory for as long.
        gone.orTimeout(CLOSE_LIMIT_MS, TimeUnit.MILLISECONDS).exceptionally(late -> {
            cutOff(late);
            return null;
        });
    }
}
