package io.github.taskdispatcher.wire;

import com.fasterxml.jackson.core.JsonToken;
import java.util.List;

/** Reads and writes the frames of both directions. Stateless, any thread. */
public final class Frames {

    /** The longest error text kept, in characters; the rest is cut off. */
    public static final int MAX_ERROR_LENGTH = 8192;

    /** The longest message of a progress kept, in characters; the rest is cut off. */
    public static final int MAX_PROGRESS_LENGTH = 500;

    /** The longest id a frame may name, in characters. */
    static final int MAX_ID_LENGTH = 64;

    private Frames() {}

    /**
     * What the beginning of a worker's message names.
     *
     * @param type null when it comes later
     * @param taskId as sent and unchecked; null when it comes later
     */
    public record Beginning(String type, String taskId) {}

    /** The fields any frame may have, whatever their order in it. */
    private static final class Fields {
        String type;
        String taskId;
        String workerId;
        String message;
        String code;
        String error;
        RawJson result;
        RawJson payload;
        RawJson chunk;
        Double duration;
        Double progress;
        boolean oddProgress;
        final HelloFields hello = new HelloFields();
        final ErrorDetails.Reading details = new ErrorDetails.Reading();
    }

    /**
     * Reads what a worker sent.
     *
     * @param frame the text of the frame in UTF-8; the result of a {@code task_complete} and a chunk are views of it
     * @throws BadFrameException when it is not a message of a worker
     */
    public static FromWorker fromWorker(byte[] frame) throws BadFrameException {
        Fields fields = read(frame);
        return switch (typeOf(fields)) {
            case "ready" -> new FromWorker.Ready();
            case "ping" -> new FromWorker.Ping();
            case "hello" -> fields.hello.message();
            case "task_progress" -> progress(fields);
            case "task_chunk" -> chunk(fields);
            case "task_complete" ->
                new FromWorker.TaskComplete(
                        requireTaskId(fields), fields.result == null ? NULL : fields.result, fields.duration);
            case "task_error" ->
                new FromWorker.TaskError(
                        requireTaskId(fields),
                        fields.error == null || fields.error.isBlank() ? "Worker reported an error" : fields.error,
                        fields.duration,
                        fields.details.details());
            // Without the task it names: what a newer worker says of its task must not fail it.
            default -> throw new BadFrameException("unknown type", null);
        };
    }

    /** Reads what stands in the beginning of a message whose rest is not there, in UTF-8. */
    public static Beginning beginning(byte[] head) {
        Fields fields = new Fields();
        try {
            read(head, fields);
        } catch (BadFrameException cut) {
            // As it is: what stands before the cut is read.
        }
        return new Beginning(fields.type, fields.taskId);
    }

    /**
     * Reads what a gateway sent; for workers written in Java.
     *
     * @return the message, or null for a type this version does not know, which a worker ignores
     * @throws BadFrameException when it is no message at all
     */
    public static ToWorker toWorker(byte[] frame) throws BadFrameException {
        Fields fields = read(frame);
        return switch (typeOf(fields)) {
            case "connected" -> new ToWorker.Connected(fields.workerId, fields.message);
            case "task" -> new ToWorker.Task(requireTaskId(fields), fields.payload == null ? NULL : fields.payload);
            case "cancel" -> new ToWorker.Cancel(requireTaskId(fields));
            case "ack" -> new ToWorker.Ack(requireTaskId(fields));
            case "pong" -> new ToWorker.Pong();
            case "error" -> new ToWorker.Error(fields.code, fields.message, fields.taskId);
            default -> null;
        };
    }

    private static FromWorker progress(Fields fields) throws BadFrameException {
        String taskId = requireTaskId(fields);
        if (fields.oddProgress) {
            throw new BadFrameException("progress must be a number from 0 to 1", null);
        }
        String message = fields.message == null ? null : cut(fields.message, MAX_PROGRESS_LENGTH);
        return new FromWorker.TaskProgress(taskId, fields.progress, message);
    }

    private static FromWorker chunk(Fields fields) throws BadFrameException {
        String taskId = requireTaskId(fields);
        if (fields.chunk == null) {
            throw new BadFrameException("chunk is missing", null);
        }
        return new FromWorker.TaskChunk(taskId, fields.chunk);
    }

    /** The frame of a worker's message, in UTF-8. */
    public static byte[] write(FromWorker message) {
        if (message instanceof FromWorker.Ready) {
            return new JsonText(32).member("type", "ready").end();
        }
        if (message instanceof FromWorker.Ping) {
            return new JsonText(32).member("type", "ping").end();
        }
        if (message instanceof FromWorker.Hello hello) {
            return HelloFields.write(hello);
        }
        if (message instanceof FromWorker.TaskProgress progress) {
            JsonText json = new JsonText(128).member("type", "task_progress").member("taskId", progress.taskId());
            if (progress.progress() != null) {
                json.member("progress", RawJson.of(progress.progress().toString()));
            }
            return progress.message() == null
                    ? json.end()
                    : json.member("message", progress.message()).end();
        }
        if (message instanceof FromWorker.TaskChunk said) {
            return new JsonText(96 + said.chunk().length())
                    .member("type", "task_chunk")
                    .member("taskId", said.taskId())
                    .member("chunk", said.chunk())
                    .end();
        }
        if (message instanceof FromWorker.TaskComplete complete) {
            JsonText json = new JsonText(128 + complete.result().length())
                    .member("type", "task_complete")
                    .member("taskId", complete.taskId())
                    .member("result", complete.result());
            return withDuration(json, complete.duration());
        }
        FromWorker.TaskError failed = (FromWorker.TaskError) message;
        JsonText json = new JsonText(128 + failed.error().length())
                .member("type", "task_error")
                .member("taskId", failed.taskId())
                .member("error", failed.error());
        return withDuration(failed.details().addTo(json), failed.duration());
    }

    /** The frame of a gateway's message, in UTF-8. */
    public static byte[] write(ToWorker message) {
        if (message instanceof ToWorker.Task task) {
            List<RawJson> payload = StoredPayload.pieces(task.payload());
            int size = payload.stream().mapToInt(RawJson::length).sum();
            // As long as it is, if the id has 36 characters: a large one is not copied once more.
            return new JsonText(TASK_BYTES + size)
                    .member("type", "task")
                    .member("taskId", task.taskId())
                    .member("payload", payload)
                    .end();
        }
        if (message instanceof ToWorker.Connected connected) {
            return new JsonText(128)
                    .member("type", "connected")
                    .member("workerId", connected.workerId())
                    .member("message", connected.message())
                    .end();
        }
        if (message instanceof ToWorker.Cancel cancel) {
            return new JsonText(96)
                    .member("type", "cancel")
                    .member("taskId", cancel.taskId())
                    .end();
        }
        if (message instanceof ToWorker.Ack ack) {
            return new JsonText(96)
                    .member("type", "ack")
                    .member("taskId", ack.taskId())
                    .end();
        }
        if (message instanceof ToWorker.Pong) {
            return new JsonText(32).member("type", "pong").end();
        }
        ToWorker.Error error = (ToWorker.Error) message;
        JsonText json = new JsonText(160)
                .member("type", "error")
                .member("code", error.code())
                .member("message", error.message());
        return error.taskId() == null
                ? json.end()
                : json.member("taskId", error.taskId()).end();
    }

    private static final RawJson NULL = RawJson.of("null");

    private static final int TASK_BYTES =
            "{'type':'task','taskId':'00000000-0000-0000-0000-000000000000','payload':}".length();

    private static byte[] withDuration(JsonText json, Double duration) {
        return duration == null
                ? json.end()
                : json.member("duration", Math.round(duration)).end();
    }

    private static Fields read(byte[] frame) throws BadFrameException {
        Fields fields = new Fields();
        read(frame, fields);
        return fields;
    }

    private static void read(byte[] frame, Fields fields) throws BadFrameException {
        try (JsonMembers members = JsonMembers.of(frame)) {
            while (members.next()) {
                readMember(members, fields);
            }
        } catch (MalformedJsonException e) {
            throw new BadFrameException("the message is " + e.getMessage(), fields.taskId, e.isText());
        }
    }

    private static void readMember(JsonMembers members, Fields fields)
            throws MalformedJsonException, BadFrameException {
        String name = members.name();
        JsonToken value = members.value();
        switch (name) {
            case "type" -> fields.type = textOrNull(members, value);
            case "taskId" -> fields.taskId = id(members, value, fields);
            case "workerId" -> fields.workerId = textOrNull(members, value);
            case "code" -> {
                fields.code = textOrNull(members, value);
                fields.details.code(fields.code);
            }
            case "status", "errorType", "param", "retryAfter" -> fields.details.read(name, members, value);
            case "message" -> fields.message = textOrNull(members, value);
            case "result" -> fields.result = members.raw();
            case "payload" -> fields.payload = members.raw();
            case "chunk" -> fields.chunk = members.raw();
            case "error" -> fields.error = errorText(members, value);
            case "duration" -> fields.duration = durationOrNull(members, value);
            case "progress" -> readProgress(members, value, fields);
            case "protocol", "slots", "models", "labels", "name", "resume" -> fields.hello.read(name, members, value);
            default -> members.skip();
        }
    }

    private static String textOrNull(JsonMembers members, JsonToken value) throws MalformedJsonException {
        if (value == JsonToken.VALUE_STRING) {
            return members.text();
        }
        members.skip();
        return null;
    }

    private static String id(JsonMembers members, JsonToken value, Fields fields)
            throws MalformedJsonException, BadFrameException {
        String text = textOrNull(members, value);
        if (text != null && text.length() > MAX_ID_LENGTH) {
            throw new BadFrameException("taskId is too long", fields.taskId);
        }
        return text;
    }

    private static String errorText(JsonMembers members, JsonToken value) throws MalformedJsonException {
        if (value == JsonToken.VALUE_NULL) {
            members.skip();
            return null;
        }
        String text =
                value == JsonToken.VALUE_STRING ? members.text() : members.raw().toString();
        return cut(text, MAX_ERROR_LENGTH);
    }

    /** The beginning, not ending within a character. */
    static String cut(String text, int length) {
        if (text.length() <= length) {
            return text;
        }
        boolean splitsPair = Character.isHighSurrogate(text.charAt(length - 1));
        return text.substring(0, splitsPair ? length - 1 : length);
    }

    private static void readProgress(JsonMembers members, JsonToken value, Fields fields)
            throws MalformedJsonException {
        if (value.isNumeric()) {
            double progress = members.number();
            fields.oddProgress = !(progress >= 0 && progress <= 1);
            fields.progress = progress;
        } else {
            fields.oddProgress = value != JsonToken.VALUE_NULL;
            members.skip();
        }
    }

    private static Double durationOrNull(JsonMembers members, JsonToken value) throws MalformedJsonException {
        if (value.isNumeric()) {
            double duration = members.number();
            return duration >= 0 && duration <= Long.MAX_VALUE ? duration : null;
        }
        members.skip();
        return null;
    }

    private static String typeOf(Fields fields) throws BadFrameException {
        if (fields.type == null) {
            throw new BadFrameException("type must be a string", fields.taskId);
        }
        return fields.type;
    }

    private static String requireTaskId(Fields fields) throws BadFrameException {
        if (fields.taskId == null) {
            throw new BadFrameException("taskId must be a string", null);
        }
        return fields.taskId;
    }
}
