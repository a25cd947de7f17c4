package io.github.taskdispatcher.gateway.it;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A worker as its owner would write it for the OpenAI face: a string, a list of numbers, no OpenAI object. What it is asked says
 * what it does: {@code words ...} (each a chunk, where a stream is asked for), {@code objects} (chunks), {@code fail}, {@code lost} (its socket breaks), {@code slow} and {@code impatient} (no answer), {@code status 429} (an error of that status), {@code cancel} (another
 * client cancels it), {@code tool} (a call of the tool {@code add}, then what that said), else an echo. More words may follow.
 */
final class ModelWorker implements AutoCloseable {

    /** A chunk as a worker of OpenAI's own kind says it. */
    static final String OBJECT = "{ \"id\":\"own\", \"object\":\"chat.completion.chunk\",\"choices\":"
            + "[{\"index\":0,\"delta\":{\"content\":\"a\"}, \"finish_reason\":null}],\"x\":12345678901234567890}";

    private static final String TOOL_CALL =
            "{\"id\":\"own\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":"
                    + "[{\"index\":0,\"finish_reason\":\"tool_calls\",\"message\":{\"role\":\"assistant\",\"content\":null,\"tool_calls\":"
                    + "[{\"id\":\"call_1\",\"type\":\"function\",\"function\":{\"name\":\"add\",\"arguments\":\"{\\\"a\\\":40,\\\"b\\\":2}\"}}]}}]}";

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
        String[] words = content.split(" ");
        switch (words[0]) {
            case "status" ->
                socket.send("{\"type\":\"task_error\",\"taskId\":\"" + id + "\",\"error\":\"no luck\",\"status\":"
                        + words[1] + "}");
            case "cancel" -> gateway.cancel(id);
            case "tool" ->
                socket.complete(id, toolCallOrEnd(payload.path("body").path("messages")));
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

    private static String toolCallOrEnd(JsonNode messages) {
        JsonNode last = messages.path(messages.size() - 1);
        return last.path("role").asText().equals("tool")
                ? TextNode.valueOf("the tool said " + text(last.path("content")))
                        .toString()
                : TOOL_CALL;
    }

    /** What the user said first, or what there is to complete or to embed. */
    private static String content(JsonNode body) {
        if (body.has("prompt")) {
            return body.path("prompt").asText();
        }
        JsonNode said = body.has("messages") ? body.path("messages") : body.path("input");
        for (JsonNode message : said) {
            if (message.path("role").asText().equals("user")) {
                return text(message.path("content"));
            }
        }
        return said.isArray() ? said.path(0).asText() : said.asText();
    }

    /** A text, or one that is sent as parts. */
    private static String text(JsonNode content) {
        return content.isArray() ? String.join("", content.findValuesAsText("text")) : content.asText();
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
