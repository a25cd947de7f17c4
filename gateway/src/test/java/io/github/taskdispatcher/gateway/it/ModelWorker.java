package io.github.taskdispatcher.gateway.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A worker as its owner would write it for the OpenAI face: a string, a list of numbers, no OpenAI object. What it is asked says
 * what it does: {@code words ...} (each a chunk, where a stream is asked for), {@code objects} (chunks), {@code fail}, {@code lost} (its socket breaks), {@code slow} and {@code impatient} (no answer), else an echo.
 */
final class ModelWorker implements AutoCloseable {

    /** A chunk as a worker of OpenAI's own kind says it. */
    static final String OBJECT = "{ \"id\":\"own\", \"object\":\"chat.completion.chunk\",\"choices\":"
            + "[{\"index\":0,\"delta\":{\"content\":\"a\"}, \"finish_reason\":null}],\"x\":12345678901234567890}";

    /** How many tasks asked each thing. */
    final Map<String, Integer> asked = new ConcurrentHashMap<>();

    /** The whole frame of the last task that asked each thing. */
    final Map<String, String> frames = new ConcurrentHashMap<>();

    private final GatewayProcess gateway;
    private final String group;
    private volatile TestWorker socket;
    private volatile boolean closed;

    ModelWorker(GatewayProcess gateway, String group) {
        this.gateway = gateway;
        this.group = group;
        socket = TestWorker.ready(gateway, group);
        Thread reader = new Thread(this::serve, "model worker");
        reader.setDaemon(true);
        reader.start();
    }

    private void serve() {
        while (!closed) {
            String frame;
            try {
                frame = socket.awaitRaw();
            } catch (AssertionError nothingCame) {
                continue;
            }
            JsonNode message = parse(frame);
            switch (message.path("type").asText()) {
                case "task" -> work(message, frame);
                case "cancel" -> socket.send("{\"type\":\"ready\"}");
                default -> {}
            }
        }
    }

    private void work(JsonNode message, String frame) {
        String id = message.path("taskId").asText();
        JsonNode payload = message.path("payload");
        String content = content(payload.path("body"));
        asked.merge(content, 1, Integer::sum);
        frames.put(content, frame);
        boolean streams = payload.path("stream").asBoolean();
        if (streams && content.startsWith("words ")) {
            sayWords(id, content.substring(6).split(" "));
            return;
        }
        if (streams && content.equals("objects")) {
            chunk(id, OBJECT);
            chunk(id, OBJECT.replace("\"a\"", "\"b\""));
            socket.complete(id, "null");
            return;
        }
        switch (content) {
            case "fail" -> socket.fail(id, "\"no luck\"");
            case "lost" -> {
                TestWorker next = TestWorker.ready(gateway, group);
                socket.abort();
                socket = next;
            }
            case "slow", "impatient" -> {}
            default -> socket.complete(id, result(payload.path("endpoint").asText(), content));
        }
    }

    /** Each word a piece; the last may say what becomes of the task. */
    private void sayWords(String id, String... words) {
        for (String word : words) {
            switch (word) {
                case "fail" -> {
                    socket.fail(id, "\"no luck\"");
                    return;
                }
                case "lost" -> {
                    TestWorker next = TestWorker.ready(gateway, group);
                    socket.abort();
                    socket = next;
                    return;
                }
                default -> chunk(id, TextNode.valueOf(word + ' ').toString());
            }
        }
        socket.complete(id, "null");
    }

    private void chunk(String id, String chunk) {
        socket.send("{\"type\":\"task_chunk\",\"taskId\":\"" + id + "\",\"chunk\":" + chunk + "}");
    }

    private static String content(JsonNode body) {
        if (body.has("messages")) {
            return body.path("messages").path(0).path("content").asText();
        }
        return body.has("prompt")
                ? body.path("prompt").asText()
                : body.path("input").asText();
    }

    private static String result(String endpoint, String content) {
        if (content.startsWith("{") || content.startsWith("[")) {
            return content;
        }
        String echo = TextNode.valueOf("echo: " + content).toString();
        return switch (endpoint) {
            case "/v1/completions" -> "{\"content\":" + echo + ",\"seconds\":1}";
            case "/v1/embeddings" -> "[0.5, 0.25]";
            case "/v1/images/generations" -> "\"https://example.com/cat.png\"";
            default -> echo;
        };
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
        closed = true;
        socket.close();
    }
}
