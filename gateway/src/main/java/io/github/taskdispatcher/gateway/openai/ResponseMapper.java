package io.github.taskdispatcher.gateway.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonToken;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.wire.JsonMembers;
import io.github.taskdispatcher.wire.JsonText;
import io.github.taskdispatcher.wire.MalformedJsonException;
import io.github.taskdispatcher.wire.RawJson;
import java.util.List;
import java.util.Optional;

/**
 * What a worker said, as the object its endpoint returns. A worker that wrote that object itself is passed on byte for byte.
 *
 * @param model as the client sent it
 * @param createdAt in seconds since 1970
 * @param encoding of embeddings, as the client asked for it
 * @param echo what a response repeats of its request
 */
record ResponseMapper(
        Endpoint endpoint,
        TaskId task,
        String model,
        long createdAt,
        Embeddings.Encoding encoding,
        TaskMetadata.Echo echo) {

    private static final RawJson NULL = RawJson.of("null");
    private static final RawJson NOTHING = RawJson.of("{}");
    private static final RawJson NO_TOKENS = RawJson.of("{\"prompt_tokens\":0,\"total_tokens\":0}");

    /** Clients with types refuse a completed response without it. */
    private static final RawJson NO_TOKENS_OF_RESPONSE = RawJson.of(
            "{\"input_tokens\":0,\"input_tokens_details\":{\"cached_tokens\":0,\"cache_write_tokens\":0},\"output_tokens\":0,"
                    + "\"output_tokens_details\":{\"reasoning_tokens\":0},\"total_tokens\":0}");

    /**
     * The body, in parts.
     *
     * @param result JSON
     * @return null when it is nothing this endpoint could return
     */
    List<byte[]> of(byte[] result) {
        if (endpoint == Endpoint.OTHER) {
            return List.of(result);
        }
        Said said = read(result);
        if (said.own()) {
            return List.of(
                    switch (endpoint) {
                        case EMBEDDINGS -> Embeddings.encoded(result, encoding);
                        case RESPONSES -> identified(result);
                        default -> result;
                    });
        }
        RawJson value = said.value();
        RawJson content = said.content();
        return switch (endpoint) {
            case CHAT -> chat(textOf(content, value));
            case COMPLETIONS -> completion(textOf(content, value));
            case RESPONSES -> List.of(response("completed", textOf(content, value), null));
            case IMAGES -> content == null ? null : image(content);
            case EMBEDDINGS -> firstByte(value) == '[' ? embeddings(value) : null;
            case OTHER -> List.of(result);
        };
    }

    /** The text a worker said; null when it wrote the endpoint's object itself. */
    RawJson text(byte[] result) {
        Said said = read(result);
        return said.own() ? null : textOf(said.content(), said.value());
    }

    /**
     * A result, looked into.
     *
     * @param own whether it is the endpoint's object itself
     * @param content the string it is, or has as {@code content}; null when there is none
     */
    private record Said(RawJson value, boolean own, RawJson content) {}

    private Said read(byte[] result) {
        RawJson value = RawJson.of(result);
        byte first = firstByte(value);
        if (first == '"') {
            return new Said(value, false, value);
        }
        if (first != '{') {
            return new Said(value, false, null);
        }
        RawJson content = null;
        try (JsonMembers members = JsonMembers.of(result)) {
            while (members.next()) {
                String name = members.name();
                JsonToken token = members.value();
                if (token == JsonToken.START_ARRAY && name.equals(endpoint.marker())) {
                    return new Said(value, true, null);
                }
                if (token == JsonToken.VALUE_STRING && name.equals("content")) {
                    content = members.raw();
                } else {
                    members.skip();
                }
            }
        } catch (MalformedJsonException strange) {
            content = null;
        }
        return new Said(value, false, content);
    }

    /** What a worker of this endpoint should have said. */
    String expected() {
        return endpoint == Endpoint.EMBEDDINGS
                ? "Invalid result: an embedding is an array of numbers, several are an array of those"
                : "Invalid result: an image is a string, its URL or its base64";
    }

    private static byte firstByte(RawJson value) {
        for (int i = value.offset(); i < value.offset() + value.length(); i++) {
            if (value.bytes()[i] > ' ') {
                return value.bytes()[i];
            }
        }
        return 0;
    }

    /** The text, or whatever else it is as JSON in a string. */
    private static RawJson textOf(RawJson content, RawJson value) {
        return content == null ? quoted(value) : content;
    }

    /** The JSON text of a value as a JSON string. */
    static RawJson quoted(RawJson value) {
        byte[] object =
                new JsonText(value.length() + 64).member("", value.toString()).end();
        // The value of the one member.
        return new RawJson(object, 4, object.length - 5);
    }

    private List<byte[]> chat(RawJson text) {
        byte[] message = new JsonText(64 + text.length())
                .member("role", "assistant")
                .member("content", text)
                .member("refusal", NULL)
                .end();
        return object("chatcmpl-", "chat.completion", choice("message", RawJson.of(message)));
    }

    private List<byte[]> completion(RawJson text) {
        return object("cmpl-", "text_completion", choice("text", text));
    }

    private static RawJson choice(String name, RawJson value) {
        byte[] choice = new JsonText(96 + value.length())
                .member("index", 0)
                .member(name, value)
                .member("logprobs", NULL)
                .member("finish_reason", "stop")
                .end();
        return RawJson.of(choice);
    }

    private List<byte[]> object(String idPrefix, String type, RawJson choice) {
        return List.of(new JsonText(192 + choice.length())
                .member("id", idPrefix + task.text())
                .member("object", type)
                .member("created", createdAt)
                .member("model", model)
                .member("choices", inArray(choice))
                .end());
    }

    static RawJson inArray(RawJson... items) {
        int size = 2 + items.length;
        for (RawJson item : items) {
            size += item.length();
        }
        byte[] array = new byte[items.length == 0 ? 2 : size - 1];
        int at = 0;
        array[at++] = '[';
        for (int i = 0; i < items.length; i++) {
            if (i > 0) {
                array[at++] = ',';
            }
            at = items[i].copyTo(array, at);
        }
        array[at] = ']';
        return RawJson.of(array);
    }

    private List<byte[]> image(RawJson content) {
        String head = new String(content.bytes(), content.offset(), Math.min(8, content.length()), UTF_8);
        boolean url = head.startsWith("\"http:") || head.startsWith("\"https:") || head.startsWith("\"data:");
        byte[] image = new JsonText(32 + content.length())
                .member(url ? "url" : "b64_json", content)
                .end();
        return List.of(new JsonText(64 + image.length)
                .member("created", createdAt)
                .member("data", inArray(RawJson.of(image)))
                .end());
    }

    private List<byte[]> embeddings(RawJson value) {
        List<RawJson> vectors = Embeddings.of(value, encoding);
        if (vectors == null) {
            return null;
        }
        RawJson[] items = new RawJson[vectors.size()];
        for (int i = 0; i < items.length; i++) {
            items[i] = RawJson.of(new JsonText(64 + vectors.get(i).length())
                    .member("object", "embedding")
                    .member("index", i)
                    .member("embedding", vectors.get(i))
                    .end());
        }
        RawJson array = inArray(items);
        return List.of(new JsonText(160 + array.length())
                .member("object", "list")
                .member("data", array)
                .member("model", model)
                .member("usage", NO_TOKENS)
                .end());
    }

    // ---- responses ----------------------------------------------------------------------------------------------

    /** The id under which a response is found again. */
    static String responseId(TaskId id) {
        return "resp_" + id.text();
    }

    /** Whether this names a response, of this gateway or another server. */
    static boolean isResponseId(String name) {
        return name.startsWith("resp_");
    }

    /** The task of a response; empty when it is no such id. */
    static Optional<TaskId> taskId(String responseId) {
        return responseId.startsWith("resp_") ? TaskId.parse(responseId.substring(5)) : Optional.empty();
    }

    /**
     * A response object.
     *
     * @param text of its one message, or null
     * @param error an error object, or null
     */
    byte[] response(String status, RawJson text, byte[] error) {
        return new JsonText(512 + (text == null ? 0 : text.length()))
                .member("id", responseId(task))
                .member("object", "response")
                .member("created_at", createdAt)
                .member("status", status)
                .member("background", background())
                .member("error", error == null ? NULL : RawJson.of(error))
                .member("incomplete_details", NULL)
                .member("instructions", NULL)
                .member("metadata", echo.metadata() == null ? NOTHING : echo.metadata())
                .member("model", model)
                .member("output", text == null ? inArray() : inArray(message(text)))
                .member("parallel_tool_calls", RawJson.of("false"))
                .member("temperature", NULL)
                .member("tool_choice", "auto")
                .member("tools", inArray())
                .member("top_p", NULL)
                .member("usage", status.equals("completed") ? NO_TOKENS_OF_RESPONSE : NULL)
                .end();
    }

    private RawJson background() {
        return RawJson.of(echo.background() ? "true" : "false");
    }

    /**
     * A response object that the worker wrote, under the id by which the gateway finds it again, and with what the client asked
     * for: the worker's upstream has ids of its own, and was not told of the background.
     */
    byte[] identified(byte[] response) {
        JsonText written = new JsonText(response.length + 128).member("id", responseId(task));
        boolean tellsMetadata = false;
        try (JsonMembers members = JsonMembers.of(response)) {
            while (members.next()) {
                String name = members.name();
                JsonToken kind = members.value();
                if (name.equals("id") || name.equals("background")) {
                    members.skip();
                } else if (name.equals("metadata") && (kind == JsonToken.VALUE_NULL || echo.metadata() != null)) {
                    members.skip();
                } else {
                    tellsMetadata |= name.equals("metadata");
                    written.member(name, members.raw());
                }
            }
        } catch (MalformedJsonException strange) {
            return response;
        }
        written.member("background", background());
        if (!tellsMetadata) {
            written.member("metadata", echo.metadata() == null ? NOTHING : echo.metadata());
        }
        return written.end();
    }

    private RawJson message(RawJson text) {
        return message("completed", outputText(text));
    }

    /** The message of a response. */
    RawJson message(String status, RawJson... content) {
        return RawJson.of(new JsonText(160)
                .member("type", "message")
                .member("id", messageId(task))
                .member("status", status)
                .member("role", "assistant")
                .member("content", inArray(content))
                .end());
    }

    static String messageId(TaskId id) {
        return "msg_" + id.text();
    }

    /** The content of a message. */
    static RawJson outputText(RawJson text) {
        return RawJson.of(new JsonText(64 + text.length())
                .member("type", "output_text")
                .member("text", text)
                .member("annotations", inArray())
                .end());
    }
}
