package io.github.taskdispatcher.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.function.IntFunction;

/** Bodies that are valid, and that cost some parsers more than their length says. */
public enum HostileJson {
    TEXT(number -> "\"" + "x".repeat(1_000) + "\""),
    NUMBERS(number -> "1"),
    LONG_NUMBERS(number -> "-" + "9".repeat(499) + "." + "9".repeat(500)),
    ESCAPES(number -> "\"" + "\\u0000".repeat(1_000) + "\""),
    SHORT_ESCAPES(number -> "\"" + "\\n".repeat(1_000) + "\""),
    SMALL_OBJECTS(number -> "{\"k\":" + number + "}"),
    EMPTY_OBJECTS(number -> "{}"),
    DEEP_ARRAYS(number -> "[".repeat(60) + "]".repeat(60)),
    DEEP_OBJECTS(number -> "{\"a\":".repeat(60) + "1" + "}".repeat(60)),
    WHITE_SPACE(number -> " \n\t".repeat(300) + "1"),
    CHINESE(number -> "\"" + "\u8bf7".repeat(300) + "\""),
    NAMES(null),
    ESCAPED_NAMES(null);

    private final IntFunction<String> item;

    HostileJson(IntFunction<String> item) {
        this.item = item;
    }

    /**
     * A body of this shape: an object whose {@code data} has it.
     *
     * @param bytes how long it is at least, and not much longer
     * @param salt other names for another number
     */
    public byte[] body(int bytes, int salt) {
        StringBuilder json = new StringBuilder(bytes + 4_000).append("{\"data\":{");
        if (item == null) {
            String name = "\"" + (this == NAMES ? "" : "\\u0000") + salt + '-';
            for (int i = 0; json.length() < bytes; i++) {
                json.append(i == 0 ? "" : ",").append(name).append(i).append("\":1");
            }
            return json.append("}}").toString().getBytes(UTF_8);
        }
        json.append("\"a\":[");
        int length = json.length();
        for (int i = 0; length < bytes; i++) {
            String next = (i == 0 ? "" : ",") + item.apply(i);
            json.append(next);
            length += this == CHINESE ? 3 * next.length() : next.length();
        }
        return json.append("]}}").toString().getBytes(UTF_8);
    }
}
