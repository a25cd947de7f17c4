package io.github.taskdispatcher.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The payload of a task as a gateway keeps it. A worker gets the {@code messages} and the {@code data} of an OpenAI request
 * twice, in the {@code body} and beside it. The gateway keeps them once, in the body, with a note of where they are:
 *
 * <pre>{@code {"copies":[<model>,<from>,<length>,<from>,<length>],"model":...,"endpoint":...,"body":{...},"stream":false}}</pre>
 *
 * <p>{@code model} is the length of the model's member, behind which the copies go. {@code from} counts bytes back from the end of the payload: first of the messages, then of the data, {@code 0,0} where there
 * are none. {@link #pieces} makes of it what the worker gets, without reading the JSON again. Any other payload goes to the worker
 * as it is. Stateless, any thread.
 */
public final class StoredPayload {

    /** No payload of another kind begins so: each begins with its model. */
    private static final byte[] MARK = "{\"copies\":[".getBytes(UTF_8);

    private static final RawJson OPEN = RawJson.of("{");
    private static final RawJson MESSAGES = RawJson.of(",\"messages\":");
    private static final RawJson DATA = RawJson.of(",\"data\":");

    private static final byte[] MODEL = "\"model\":".getBytes(UTF_8);
    private static final byte[] ENDPOINT = ",\"endpoint\":".getBytes(UTF_8);
    private static final byte[] BODY = ",\"body\":".getBytes(UTF_8);
    private static final List<byte[]> ENDS =
            List.of(",\"stream\":true}".getBytes(UTF_8), ",\"stream\":false}".getBytes(UTF_8));

    /**
     * What a client sent.
     *
     * @param endpoint the path it was sent to, as JSON text without quotes; null when the payload does not say
     * @param body the request, or what is kept of it, a view of the payload
     */
    public record Sent(String endpoint, RawJson body) {}

    private StoredPayload() {}

    /**
     * The payload of an OpenAI request.
     *
     * @param model what the worker is told
     * @param endpoint the path of the request
     * @param body the request
     * @param messages the part of the body that is its messages, or null
     * @param data the part of the body that is its data, or null
     */
    public static byte[] of(
            String model, String endpoint, RawJson body, boolean stream, RawJson messages, RawJson data) {
        RawJson streams = RawJson.of(stream ? "true" : "false");
        JsonText json = new JsonText(160 + 2 * model.length() + endpoint.length() + body.length());
        if (messages != null || data != null) {
            int behind = ",\"stream\":".length() + streams.length() + 1;
            // Without its braces.
            int member =
                    new JsonText(16 + model.length()).member("model", model).end().length - 2;
            json.member(
                    "copies",
                    RawJson.of("[" + member + "," + place(messages, body, behind) + "," + place(data, body, behind)
                            + "]"));
        }
        return json.member("model", model)
                .member("endpoint", endpoint)
                .member("body", body)
                .member("stream", streams)
                .end();
    }

    private static String place(RawJson part, RawJson body, int behind) {
        if (part == null) {
            return "0,0";
        }
        if (part.bytes() != body.bytes()) {
            throw new IllegalArgumentException("not a part of the body");
        }
        return behind + body.offset() + body.length() - part.offset() + "," + part.length();
    }

    /** What the worker gets, as pieces to be written one behind the other; views of the payload. */
    static List<RawJson> pieces(RawJson payload) {
        if (!isMarked(payload)) {
            return List.of(payload);
        }
        byte[] bytes = payload.bytes();
        int end = payload.offset() + payload.length();
        int at = payload.offset() + MARK.length;
        int[] places = new int[5];
        for (int i = 0; i < places.length; i++) {
            for (; bytes[at] >= '0' && bytes[at] <= '9'; at++) {
                places[i] = places[i] * 10 + bytes[at] - '0';
            }
            at++;
        }
        // Behind the comma that ends the note.
        int model = at + 1;
        int rest = model + places[0];
        List<RawJson> pieces = new ArrayList<>();
        pieces.add(OPEN);
        pieces.add(new RawJson(bytes, model, places[0]));
        if (places[2] > 0) {
            pieces.add(MESSAGES);
            pieces.add(new RawJson(bytes, end - places[1], places[2]));
        }
        if (places[4] > 0) {
            pieces.add(DATA);
            pieces.add(new RawJson(bytes, end - places[3], places[4]));
        }
        pieces.add(new RawJson(bytes, rest, end - rest));
        return pieces;
    }

    /**
     * What the client sent, of a payload or of the beginning of one: of an OpenAI request the body, byte for byte. Of any other task the
     * payload itself, whose members are those of the request.
     */
    public static Sent sent(RawJson payload) {
        byte[] bytes = payload.bytes();
        int end = payload.offset() + payload.length();
        int at = payload.offset() + OPEN.length();
        if (isMarked(payload)) {
            at = payload.offset() + MARK.length;
            while (at < end && bytes[at] != ']') {
                at++;
            }
            at += 2;
        }
        int model = endOfString(bytes, behind(bytes, at, end, MODEL), end);
        int path = behind(bytes, model, end, ENDPOINT);
        int pathEnds = endOfString(bytes, path, end);
        int body = behind(bytes, pathEnds, end, BODY);
        if (body < 0) {
            return new Sent(null, payload);
        }
        int bodyEnds = end;
        for (byte[] tail : ENDS) {
            if (behind(bytes, end - tail.length, end, tail) == end && end - tail.length > body) {
                bodyEnds = end - tail.length;
            }
        }
        return new Sent(
                new String(bytes, path + 1, pathEnds - path - 2, UTF_8), new RawJson(bytes, body, bodyEnds - body));
    }

    /** The index behind this text; -1 when it does not stand there, or when {@code at} is -1. */
    private static int behind(byte[] bytes, int at, int end, byte[] text) {
        return at >= 0 && at + text.length <= end && Arrays.equals(bytes, at, at + text.length, text, 0, text.length)
                ? at + text.length
                : -1;
    }

    /** The index behind the string that begins at {@code at}; -1 when none does, or it has no end. */
    private static int endOfString(byte[] bytes, int at, int end) {
        if (at < 0 || at >= end || bytes[at] != '"') {
            return -1;
        }
        for (int i = at + 1; i < end; i++) {
            if (bytes[i] == '\\') {
                i++;
            } else if (bytes[i] == '"') {
                return i + 1;
            }
        }
        return -1;
    }

    private static boolean isMarked(RawJson payload) {
        int from = payload.offset();
        return payload.length() > MARK.length
                && Arrays.equals(payload.bytes(), from, from + MARK.length, MARK, 0, MARK.length);
    }
}
