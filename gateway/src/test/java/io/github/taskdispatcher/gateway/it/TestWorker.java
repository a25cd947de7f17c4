package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.WebSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A worker in the test's hands: what it got waits in a queue, what it says the test says. */
final class TestWorker implements WebSocket.Listener, AutoCloseable {

    final CompletableFuture<Integer> closed = new CompletableFuture<>();
    final String id;
    private final BlockingQueue<String> frames = new LinkedBlockingQueue<>();
    private final StringBuilder frame = new StringBuilder();
    private final WebSocket socket;
    /** The ids of all tasks it got, once for each time. */
    final Queue<String> received = new ConcurrentLinkedQueue<>();

    private boolean echoes;
    /** What it echoes instead of the payload; null for that. */
    private String answer;

    private CompletableFuture<?> sent = CompletableFuture.completedFuture(null);

    private TestWorker(int port, String group, boolean echoes) {
        this(port, group, echoes, null);
    }

    private TestWorker(int port, String group, boolean echoes, String key) {
        this.echoes = echoes;
        URI uri = URI.create("ws://127.0.0.1:" + port + "/ws" + (group == null ? "" : "?group=" + group));
        WebSocket.Builder builder = GatewayProcess.HTTP.newWebSocketBuilder();
        if (key != null) {
            builder.header("Authorization", "Bearer " + key);
        }
        socket = builder.buildAsync(uri, this).join();
        id = await("connected").path("workerId").asText();
    }

    /** Connected, has said nothing yet. */
    static TestWorker silent(GatewayProcess gateway, String group) {
        return new TestWorker(gateway.port(), group, false);
    }

    /** Connected with a key (null for none), has said nothing yet. */
    static TestWorker withKey(GatewayProcess gateway, String group, String key) {
        return new TestWorker(gateway.port(), group, false, key);
    }

    /** Answers each task from now on with this JSON, and is ready. */
    void answering(String json) {
        synchronized (this) {
            echoes = true;
            answer = json;
        }
        send("{\"type\":\"ready\"}");
    }

    /** Ready for a task, which the test will answer. */
    static TestWorker ready(GatewayProcess gateway, String group) {
        TestWorker worker = new TestWorker(gateway.port(), group, false);
        worker.send("{\"type\":\"ready\"}");
        return worker;
    }

    /** The same by way of another port. */
    static TestWorker ready(int port, String group) {
        TestWorker worker = new TestWorker(port, group, false);
        worker.send("{\"type\":\"ready\"}");
        return worker;
    }

    /** Answers each task at once with its payload. */
    static TestWorker echo(GatewayProcess gateway, String group) {
        TestWorker worker = new TestWorker(gateway.port(), group, true);
        worker.send("{\"type\":\"ready\"}");
        return worker;
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
        frame.append(part);
        if (last) {
            String whole = frame.toString();
            frame.setLength(0);
            take(whole);
        }
        from.request(1);
        return null;
    }

    private synchronized void take(String whole) {
        boolean task = whole.startsWith("{\"type\":\"task\"");
        if (task) {
            received.add(taskId(whole));
        }
        if (task && echoes) {
            String payload =
                    answer != null ? answer : whole.substring(whole.indexOf("\"payload\":") + 10, whole.length() - 1);
            begin("{\"type\":\"task_complete\",\"taskId\":\"" + taskId(whole) + "\",\"result\":" + payload + "}");
        } else {
            frames.add(whole);
        }
    }

    private static String taskId(String frame) {
        return frame.substring(frame.indexOf("taskId\":\"") + 9).substring(0, 36);
    }

    /** Answers what it got and has not answered yet, and from now on each task at once. */
    synchronized void echoFromNowOn() {
        echoes = true;
        List<String> waiting = new ArrayList<>();
        frames.drainTo(waiting);
        received.removeIf(id -> waiting.stream()
                .anyMatch(whole ->
                        whole.startsWith("{\"type\":\"task\"") && taskId(whole).equals(id)));
        waiting.forEach(this::take);
        if (waiting.isEmpty()) {
            begin("{\"type\":\"ready\"}");
        }
    }

    /** Sends after all that is being sent: the socket takes one message at a time. */
    private synchronized CompletableFuture<?> begin(String text) {
        sent = sent.handle((done, failure) -> null).thenCompose(ignored -> socket.sendText(text, true));
        return sent;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
        closed.complete(code);
        return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
        closed.complete(1006);
    }

    void send(String text) {
        begin(text).join();
    }

    /** The beginning of a message that never ends. */
    void sendPart(String text) {
        socket.sendText(text, false).join();
    }

    void complete(String taskId, String result) {
        send("{\"type\":\"task_complete\",\"taskId\":\"" + taskId + "\",\"result\":" + result + ",\"duration\":5}");
    }

    void fail(String taskId, String error) {
        send("{\"type\":\"task_error\",\"taskId\":\"" + taskId + "\",\"error\":" + error + "}");
    }

    /** The next frame of this type, within 40 s; fails on any other. */
    JsonNode await(String type) {
        JsonNode next = parse(awaitRaw());
        if (!next.path("type").asText().equals(type)) {
            throw new AssertionError("waited for " + type + ", got " + next);
        }
        return next;
    }

    String awaitRaw() {
        try {
            String next = frames.poll(40, TimeUnit.SECONDS);
            if (next == null) {
                throw new AssertionError("no frame came; closed: " + closed);
            }
            return next;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The id of the next task. */
    String awaitTask() {
        return await("task").path("taskId").asText();
    }

    boolean gotNothing() {
        return frames.isEmpty();
    }

    private static JsonNode parse(String text) {
        try {
            return GatewayProcess.JSON.readTree(text.getBytes(UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Cuts the connection without a goodbye. */
    void abort() {
        socket.abort();
        closed.complete(1006);
    }

    /** Waits a moment for the gateway's close: what the test submits next is not for this worker. */
    @Override
    public void close() {
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "")
                .exceptionally(gone -> null)
                .join();
        closed.completeOnTimeout(1006, 1, TimeUnit.SECONDS).join();
        socket.abort();
    }
}
