package io.github.taskdispatcher.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonToken;
import io.github.taskdispatcher.gateway.config.GatewayConfig.TaskLimits;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.wire.JsonMembers;
import io.github.taskdispatcher.wire.JsonText;
import io.github.taskdispatcher.wire.MalformedJsonException;
import io.github.taskdispatcher.wire.RawJson;

/**
 * The body of {@code POST /api/openai}, read once.
 *
 * @param group that runs it
 * @param model its name as JSON text without the quotes; empty for the default model
 * @param payload what the worker gets: {@code model}, and {@code messages} and {@code data} byte for byte as sent
 * @param times how long it may take
 * @param async whether to answer at once
 * @param stream whether to answer with what the worker says as it comes; not both
 */
record SubmitRequest(GroupName group, String model, byte[] payload, Times times, boolean async, boolean stream) {

    /**
     * How long a task may take, in ms from acceptance.
     *
     * @param timeoutMs until it ends, within the configured bounds
     * @param queueTimeoutMs until a worker gets it, at least 1 and less than that; 0 for as long as that
     */
    record Times(long timeoutMs, long queueTimeoutMs) {}

    static final String NOTHING_TO_DO = "Invalid request: data or messages required";

    private static final int MAX_MODEL_LENGTH = 256;
    private static final RawJson DEFAULT_MODEL = RawJson.of("\"default\"");

    /** What is collected while the members go by, in whatever order. */
    private static final class Reading {
        RawJson data;
        RawJson messages;
        RawJson model = DEFAULT_MODEL;
        GroupName group = GroupName.DEFAULT;
        double timeoutMs;
        double queueTimeoutMs = Double.NaN;
        boolean async;
        boolean stream;
    }

    /** @throws BadRequest naming the first thing wrong with it */
    static SubmitRequest parse(byte[] body, TaskLimits limits) throws BadRequest {
        Reading reading = new Reading();
        reading.timeoutMs = limits.defaultTimeoutMs();
        try (JsonMembers members = JsonMembers.of(body)) {
            while (members.next()) {
                readMember(members, reading);
            }
        } catch (MalformedJsonException e) {
            throw e.getMessage().equals("empty") ? invalid(null) : invalid("the body is " + e.getMessage());
        }
        if (reading.data == null && (reading.messages == null || !reading.messages.hasItems())) {
            throw invalid(null);
        }
        if (reading.async && reading.stream) {
            throw invalid("async and stream cannot both be true: submit it async, then read /api/task/{id}/events");
        }
        long timeoutMs = limits.clampTimeout(reading.timeoutMs);
        return new SubmitRequest(
                reading.group,
                model(reading),
                payload(reading),
                new Times(timeoutMs, limits.queueTimeout(reading.queueTimeoutMs, timeoutMs)),
                reading.async,
                reading.stream);
    }

    private static void readMember(JsonMembers members, Reading reading) throws MalformedJsonException, BadRequest {
        String name = members.name();
        JsonToken value = members.value();
        if (value == JsonToken.VALUE_NULL) {
            members.skip();
            return;
        }
        switch (name) {
            case "data" -> {
                require(value == JsonToken.START_OBJECT, "data must be an object");
                reading.data = members.raw();
            }
            case "messages" -> {
                require(value == JsonToken.START_ARRAY, "messages must be an array");
                RawJson messages = members.rawArrayOfObjects();
                require(messages != null, "messages must be an array of objects");
                reading.messages = messages;
            }
            case "model" -> {
                require(value == JsonToken.VALUE_STRING, "model must be a string");
                RawJson model = members.raw();
                require(
                        model.length() <= MAX_MODEL_LENGTH + 2,
                        "model must have at most " + MAX_MODEL_LENGTH + " characters");
                reading.model = model;
            }
            case "group" -> {
                require(value == JsonToken.VALUE_STRING, "group must be a string");
                reading.group = group(members.text());
            }
            case "timeout" -> {
                require(value.isNumeric(), "timeout must be a number of milliseconds");
                reading.timeoutMs = members.number();
            }
            case "queueTimeout" -> {
                require(value.isNumeric(), "queueTimeout must be a number of milliseconds");
                reading.queueTimeoutMs = members.number();
            }
            case "async" -> {
                require(value.isBoolean(), "async must be true or false");
                reading.async = value == JsonToken.VALUE_TRUE;
            }
            case "stream" -> {
                require(value.isBoolean(), "stream must be true or false");
                reading.stream = value == JsonToken.VALUE_TRUE;
            }
            default -> members.skip();
        }
    }

    /** The group of a name as it came in; an empty one means the default. */
    static GroupName group(String name) throws BadRequest {
        if (name == null || name.isEmpty()) {
            return GroupName.DEFAULT;
        }
        return GroupName.parse(name).orElseThrow(() -> invalid("group must be " + GroupName.RULE));
    }

    private static String model(Reading reading) {
        RawJson model = reading.model;
        return model.equals(DEFAULT_MODEL)
                ? ""
                : new String(model.bytes(), model.offset() + 1, model.length() - 2, UTF_8);
    }

    private static byte[] payload(Reading reading) {
        int size = 64
                + reading.model.length()
                + (reading.messages == null ? 0 : reading.messages.length())
                + (reading.data == null ? 0 : reading.data.length());
        JsonText json = new JsonText(size).member("model", reading.model);
        if (reading.messages != null) {
            json.member("messages", reading.messages);
        }
        if (reading.data != null) {
            json.member("data", reading.data);
        }
        return reading.stream ? json.member("stream", RawJson.of("true")).end() : json.end();
    }

    private static void require(boolean holds, String message) throws BadRequest {
        if (!holds) {
            throw invalid(message);
        }
    }

    private static BadRequest invalid(String message) {
        return new BadRequest(
                ErrorCode.INVALID_REQUEST, message == null ? NOTHING_TO_DO : "Invalid request: " + message);
    }
}
