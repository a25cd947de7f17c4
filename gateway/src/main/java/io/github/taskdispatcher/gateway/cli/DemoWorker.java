package io.github.taskdispatcher.gateway.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.taskdispatcher.wire.BadFrameException;
import io.github.taskdispatcher.wire.Frames;
import io.github.taskdispatcher.wire.FromWorker;
import io.github.taskdispatcher.wire.RawJson;
import io.github.taskdispatcher.wire.ToWorker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The demo's worker: answers with its name, after as many milliseconds as the task's {@code takes} says. */
final class DemoWorker implements WebSocket.Listener {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final String name;
    private final HttpClient http;
    private final StringBuilder frame = new StringBuilder();
    private volatile CountDownLatch connected = new CountDownLatch(1);
    private volatile boolean holdNext;
    private volatile String held;
    private volatile WebSocket socket;
    private CompletableFuture<?> sent = CompletableFuture.completedFuture(null);

    DemoWorker(String name, HttpClient http, int port) {
        this.name = name;
        this.http = http;
        connect(port);
    }

    private void connect(int port) {
        URI uri = URI.create("ws://127.0.0.1:" + port + "/ws?group=default");
        socket = http.newWebSocketBuilder().buildAsync(uri, this).join();
    }

    void awaitConnected(Duration limit) {
        try {
            if (!connected.await(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IllegalStateException("the " + name + " was not greeted");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Works on the next task until it is told to move. */
    void holdNext() {
        holdNext = true;
    }

    boolean holds(String taskId) {
        return taskId.equals(held);
    }

    /** Dials in elsewhere and brings the answer it still has. */
    void moveTo(int port) {
        socket.abort();
        connected = new CountDownLatch(1);
        connect(port);
        awaitConnected(Duration.ofSeconds(10));
        answer(held);
    }

    void close() {
        socket.abort();
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
        frame.append(part);
        if (last) {
            byte[] whole = frame.toString().getBytes(UTF_8);
            frame.setLength(0);
            try {
                receive(Frames.toWorker(whole), from);
            } catch (BadFrameException | IOException e) {
                throw new IllegalStateException("the gateway sent something odd", e);
            }
        }
        from.request(1);
        return null;
    }

    private void receive(ToWorker message, WebSocket from) throws IOException {
        if (message instanceof ToWorker.Connected) {
            socket = from;
            send(new FromWorker.Ready());
            connected.countDown();
        } else if (message instanceof ToWorker.Task task) {
            if (holdNext) {
                holdNext = false;
                held = task.taskId();
                return;
            }
            long takes = JSON.readTree(task.payload().toBytes())
                    .path("data")
                    .path("takes")
                    .asLong(0);
            CompletableFuture.delayedExecutor(takes, TimeUnit.MILLISECONDS).execute(() -> answer(task.taskId()));
        }
    }

    private void answer(String taskId) {
        try {
            RawJson result = RawJson.of(JSON.writeValueAsBytes(java.util.Map.of("by", name)));
            send(new FromWorker.TaskComplete(taskId, result, null));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One after the other: a frame is refused while the one before is on its way. */
    private synchronized void send(FromWorker message) {
        String text = new String(Frames.write(message), UTF_8);
        WebSocket to = socket;
        sent = sent.handle((done, failure) -> null).thenCompose(before -> to.sendText(text, true));
    }
}
