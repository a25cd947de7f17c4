package io.github.taskdispatcher.wire;

import com.fasterxml.jackson.core.JsonToken;

/**
 * What a worker says of an error beside its text, for clients of an HTTP API whose errors have it. Each is null where the worker
 * did not say it, or said something that is none.
 *
 * @param status of HTTP, 400 to 599
 * @param code a word for programs
 * @param errorType the kind of error, {@code type} in the error object of the OpenAI API
 * @param param the parameter at fault
 * @param retryAfter in seconds, from 0 to {@link #MAX_RETRY_AFTER}
 */
public record ErrorDetails(Integer status, String code, String errorType, String param, Integer retryAfter) {

    /** The worker said nothing beside the text. */
    public static final ErrorDetails NONE = new ErrorDetails(null, null, null, null, null);

    /** The longest that is kept of {@code code}, {@code errorType} and {@code param}, in characters. */
    public static final int MAX_WORD_LENGTH = 200;

    /** A day. */
    public static final int MAX_RETRY_AFTER = 86_400;

    /** What {@link #addTo} wrote. */
    public static ErrorDetails of(byte[] json) throws MalformedJsonException {
        Reading reading = new Reading();
        try (JsonMembers members = JsonMembers.of(json)) {
            while (members.next()) {
                String name = members.name();
                reading.read(name, members, members.value());
            }
        }
        return reading.details();
    }

    /** Adds what there is to an object. */
    public JsonText addTo(JsonText json) {
        if (status != null) {
            json.member("status", status);
        }
        if (code != null) {
            json.member("code", code);
        }
        if (errorType != null) {
            json.member("errorType", errorType);
        }
        if (param != null) {
            json.member("param", param);
        }
        return retryAfter == null ? json : json.member("retryAfter", retryAfter);
    }

    /** What is collected while the members of a message go by. */
    static final class Reading {

        private Integer status;
        private String code;
        private String errorType;
        private String param;
        private Integer retryAfter;

        /** Reads one of the members; any other is passed over. */
        void read(String name, JsonMembers members, JsonToken value) throws MalformedJsonException {
            switch (name) {
                case "status" -> {
                    double number = number(members, value);
                    status = number == Math.rint(number) ? within(number, 400, 599) : null;
                }
                case "code" -> code(word(members, value));
                case "errorType" -> errorType = word(members, value);
                case "param" -> param = word(members, value);
                // Half a second to wait is a second to wait.
                case "retryAfter" -> retryAfter = within(Math.ceil(number(members, value)), 0, MAX_RETRY_AFTER);
                default -> members.skip();
            }
        }

        void code(String word) {
            code = word == null || word.isBlank() ? null : cut(word);
        }

        ErrorDetails details() {
            ErrorDetails said = new ErrorDetails(status, code, errorType, param, retryAfter);
            return said.equals(NONE) ? NONE : said;
        }

        /** NaN when it is no number. */
        private static double number(JsonMembers members, JsonToken value) throws MalformedJsonException {
            if (!value.isNumeric()) {
                members.skip();
                return Double.NaN;
            }
            return members.number();
        }

        private static Integer within(double number, int min, int max) {
            return number >= min && number <= max ? (int) number : null;
        }

        private static String word(JsonMembers members, JsonToken value) throws MalformedJsonException {
            if (value != JsonToken.VALUE_STRING) {
                members.skip();
                return null;
            }
            String text = members.text();
            return text.isBlank() ? null : cut(text);
        }

        private static String cut(String text) {
            return Frames.cut(text, MAX_WORD_LENGTH);
        }
    }
}
