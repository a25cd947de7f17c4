package io.github.taskdispatcher.gateway.it;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.WebSocket;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** A worker whose tasks take a while. Its tasks and the timer run on the threads of the JDK's client and of the timer. */
final class PacedWorker implements WebSocket.Listener, AutoCloseable {

    /** A task it got, and by which clock. */
    record Got(String taskId, long nanos) {}

    /** The tasks it got, in order. */
    final List<Got> got = new CopyOnWriteArrayList<>();

    private final ScheduledExecutorService timer;
    private final long runMs;
    private final boolean honoursCancel;
    private final WebSocket socket;
    private final CompletableFuture<Void> connected = new CompletableFuture<>();
    private final StringBuilder frame = new StringBuilder();
    private ScheduledFuture<?> running;
    private String runningId;
    private CompletableFuture<?> sent = CompletableFuture.completedFuture(null);

    /** Connects and is ready. */
    PacedWorker(
            GatewayProcess gateway, String group, long runMs, boolean honoursCancel, ScheduledExecutorService timer) {
        this.timer = timer;
        this.runMs = runMs;
        this.honoursCancel = honoursCancel;
        URI uri = URI.create("ws://127.0.0.1:" + gateway.port() + "/ws?group=" + group);
        socket = GatewayProcess.HTTP.newWebSocketBuilder().buildAsync(uri, this).join();
        connected.orTimeout(40, TimeUnit.SECONDS).join();
        say("{\"type\":\"ready\"}");
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
        frame.append(part);
        if (last) {
            JsonNode message = parse(frame.toString());
            frame.setLength(0);
            take(message.path("type").asText(), message.path("taskId").asText());
        }
        from.request(1);
        return null;
    }

    private synchronized void take(String type, String taskId) {
        if (type.equals("connected")) {
            connected.complete(null);
        } else if (type.equals("task")) {
            got.add(new Got(taskId, System.nanoTime()));
            runningId = taskId;
            running = timer.schedule(
                    () -> say("{\"type\":\"task_complete\",\"taskId\":\"" + taskId + "\",\"result\":1}"),
                    runMs,
                    TimeUnit.MILLISECONDS);
        } else if (type.equals("cancel") && honoursCancel && taskId.equals(runningId) && running.cancel(false)) {
            say("{\"type\":\"ready\"}");
        }
    }

    private synchronized void say(String text) {
        sent = sent.handle((done, failure) -> null).thenCompose(ignored -> socket.sendText(text, true));
    }

    private static JsonNode parse(String text) {
        try {
            return GatewayProcess.JSON.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        socket.abort();
    }
}
