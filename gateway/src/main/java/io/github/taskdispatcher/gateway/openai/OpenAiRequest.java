package io.github.taskdispatcher.gateway.openai;

import com.fasterxml.jackson.core.JsonToken;
import io.github.taskdispatcher.gateway.http.BadRequest;
import io.github.taskdispatcher.gateway.http.ErrorCode;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.wire.JsonMembers;
import io.github.taskdispatcher.wire.MalformedJsonException;
import io.github.taskdispatcher.wire.RawJson;
import io.github.taskdispatcher.wire.StoredPayload;

/**
 * The body of a {@code POST /v1/...}, read once; what is not listed here is the worker's business.
 *
 * @param path the endpoint's
 * @param model as it was sent, or {@code default}
 * @param group as it was sent, or null
 * @param timeoutMs as it was sent; NaN when it was not
 * @param queueTimeoutMs likewise
 * @param echo what a response repeats of it; a background one is answered at once, with an object to follow the task by
 * @param encoding of embeddings
 * @param includesUsage whether a stream ends with a chunk that tells the usage
 */
record OpenAiRequest(
        String path,
        String model,
        GroupName group,
        double timeoutMs,
        double queueTimeoutMs,
        boolean stream,
        TaskMetadata.Echo echo,
        Embeddings.Encoding encoding,
        boolean includesUsage,
        RawJson messages,
        RawJson data,
        RawJson body) {

    private static final int MAX_MODEL_LENGTH = 256;

    /** Of an {@code encoding_format} that is no text. */
    private static final String OTHER_ENCODING = "other";

    /** More than OpenAI's 16 pairs of 64 and 512 characters take. */
    private static final int MAX_METADATA_BYTES = 16 * 1024;

    /** What is collected while the members go by, in whatever order. */
    private static final class Reading {
        private final Endpoint endpoint;
        private String model = "default";
        private GroupName group;
        private double timeoutMs = Double.NaN;
        private double queueTimeoutMs = Double.NaN;
        private boolean stream;
        private boolean background;
        private String encodingFormat;
        private boolean includesUsage;
        private RawJson messages;
        private RawJson data;
        private RawJson metadata;
        private boolean hasRequired;

        Reading(Endpoint endpoint) {
            this.endpoint = endpoint;
            hasRequired = endpoint.required() == null;
        }
    }

    /** @throws BadRequest naming the first thing wrong with it */
    static OpenAiRequest parse(String path, byte[] body) throws BadRequest {
        Reading reading = new Reading(Endpoint.of(path));
        try (JsonMembers members = JsonMembers.of(body)) {
            while (members.next()) {
                readMember(members, reading);
            }
        } catch (MalformedJsonException e) {
            throw new BadRequest(ErrorCode.INVALID_REQUEST, "Invalid request: the body is " + e.getMessage());
        }
        if (!reading.hasRequired) {
            throw new BadParameter(reading.endpoint.required(), "is required");
        }
        return new OpenAiRequest(
                path,
                reading.model,
                reading.group,
                reading.timeoutMs,
                reading.queueTimeoutMs,
                reading.stream,
                reading.endpoint == Endpoint.RESPONSES
                        ? new TaskMetadata.Echo(reading.background, reading.metadata)
                        : TaskMetadata.Echo.NONE,
                Embeddings.Encoding.of(reading.encodingFormat),
                reading.includesUsage,
                reading.messages,
                reading.data,
                trimmed(body));
    }

    private static void readMember(JsonMembers members, Reading reading) throws MalformedJsonException, BadRequest {
        String name = members.name();
        JsonToken value = members.value();
        if (value == JsonToken.VALUE_NULL) {
            members.skip();
            return;
        }
        if (name.equals(reading.endpoint.required())) {
            reading.hasRequired = true;
        }
        switch (name) {
            case "messages" -> {
                if (reading.endpoint == Endpoint.CHAT || value == JsonToken.START_ARRAY) {
                    require(value == JsonToken.START_ARRAY, name, "must be an array");
                    reading.messages = members.rawArrayOfObjects();
                    require(reading.messages != null, name, "must be an array of objects");
                    require(
                            reading.endpoint != Endpoint.CHAT || reading.messages.hasItems(),
                            name,
                            "must have at least one message");
                } else {
                    members.skip();
                }
            }
            case "data" -> {
                if (value == JsonToken.START_OBJECT) {
                    reading.data = members.raw();
                } else {
                    members.skip();
                }
            }
            case "model" -> {
                require(value == JsonToken.VALUE_STRING, name, "must be a string");
                reading.model = members.text();
                require(
                        !reading.model.isEmpty() && reading.model.length() <= MAX_MODEL_LENGTH,
                        name,
                        "must have 1 to " + MAX_MODEL_LENGTH + " characters");
            }
            case "group" -> {
                require(value == JsonToken.VALUE_STRING, name, "must be a string");
                reading.group = group(name, members.text());
            }
            case "timeout" -> {
                require(value.isNumeric(), name, "must be a number of milliseconds");
                reading.timeoutMs = members.number();
            }
            case "queueTimeout" -> {
                require(value.isNumeric(), name, "must be a number of milliseconds");
                reading.queueTimeoutMs = members.number();
            }
            case "stream" -> {
                require(value.isBoolean(), name, "must be true or false");
                reading.stream = value == JsonToken.VALUE_TRUE;
            }
            case "background" -> {
                require(value.isBoolean(), name, "must be true or false");
                reading.background = value == JsonToken.VALUE_TRUE;
            }
            case "metadata" -> {
                if (reading.endpoint == Endpoint.RESPONSES && value == JsonToken.START_OBJECT) {
                    reading.metadata = members.raw();
                    require(
                            reading.metadata.length() <= MAX_METADATA_BYTES,
                            name,
                            "must have at most " + MAX_METADATA_BYTES + " bytes");
                } else {
                    members.skip();
                }
            }
            case "previous_response_id" -> {
                if (reading.endpoint == Endpoint.RESPONSES && value == JsonToken.VALUE_STRING) {
                    require(
                            ResponseMapper.taskId(members.text()).isEmpty(),
                            name,
                            "names a response of this gateway, which keeps no conversations: send all of it as input");
                } else {
                    members.skip();
                }
            }
            case "stream_options" -> {
                if (value == JsonToken.START_OBJECT) {
                    reading.includesUsage = includesUsage(members.raw());
                } else {
                    members.skip();
                }
            }
            case "encoding_format" -> {
                if (value == JsonToken.VALUE_STRING) {
                    reading.encodingFormat = members.text();
                } else {
                    reading.encodingFormat = value == JsonToken.VALUE_NULL ? null : OTHER_ENCODING;
                    members.skip();
                }
            }
            default -> members.skip();
        }
    }

    private static boolean includesUsage(RawJson options) throws MalformedJsonException {
        boolean included = false;
        try (JsonMembers members = JsonMembers.of(options.toBytes())) {
            while (members.next()) {
                boolean named = members.name().equals("include_usage");
                included |= named && members.value() == JsonToken.VALUE_TRUE;
                members.skip();
            }
        }
        return included;
    }

    /** Whether to answer at once. */
    boolean background() {
        return echo.background();
    }

    /** The group of this name; null for an empty one. */
    static GroupName group(String where, String name) throws BadRequest {
        if (name.isEmpty()) {
            return null;
        }
        return GroupName.parse(name)
                .orElseThrow(() -> new BadParameter(
                        where, "must be 1 to " + GroupName.MAX_LENGTH + " characters of A-Z a-z 0-9 . _ -"));
    }

    /** What is kept for the worker; the body is in it byte for byte. */
    byte[] payload(String workersModel) {
        return StoredPayload.of(workersModel, path, body, stream, messages, data);
    }

    /** Without white space around it. */
    private static RawJson trimmed(byte[] body) {
        int from = 0;
        int to = body.length;
        while (from < to && body[from] <= ' ' && body[from] >= 0) {
            from++;
        }
        while (to > from && body[to - 1] <= ' ' && body[to - 1] >= 0) {
            to--;
        }
        return new RawJson(body, from, to - from);
    }

    private static void require(boolean holds, String name, String what) throws BadRequest {
        if (!holds) {
            throw new BadParameter(name, what);
        }
    }
}
