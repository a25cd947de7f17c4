package io.github.taskdispatcher.gateway.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.taskdispatcher.wire.ErrorDetails;
import io.github.taskdispatcher.wire.JsonText;
import io.github.taskdispatcher.wire.MalformedJsonException;
import java.util.Arrays;

/**
 * Why a task failed, as the value of its {@link Outcome} holds it: the text in UTF-8 and, where the worker said more, a NUL and
 * that as JSON. A text has no NUL of its own.
 */
public record Failure(String text, ErrorDetails details) {

    /** What {@link #toBytes} made. */
    public static Failure of(byte[] value) {
        int end = end(value);
        String text = new String(value, 0, end, UTF_8);
        if (end == value.length) {
            return new Failure(text, ErrorDetails.NONE);
        }
        try {
            return new Failure(text, ErrorDetails.of(Arrays.copyOfRange(value, end + 1, value.length)));
        } catch (MalformedJsonException cut) {
            return new Failure(text, ErrorDetails.NONE);
        }
    }

    /** The text alone. */
    public static byte[] textOf(byte[] value) {
        int end = end(value);
        return end == value.length ? value : Arrays.copyOf(value, end);
    }

    private static int end(byte[] value) {
        int end = 0;
        while (end < value.length && value[end] != 0) {
            end++;
        }
        return end;
    }

    /** As it is stored. */
    public byte[] toBytes() {
        byte[] words = text.replace('\0', '\ufffd').getBytes(UTF_8);
        if (details.equals(ErrorDetails.NONE)) {
            return words;
        }
        byte[] more = details.addTo(new JsonText(256)).end();
        byte[] all = Arrays.copyOf(words, words.length + 1 + more.length);
        System.arraycopy(more, 0, all, words.length + 1, more.length);
        return all;
    }
}
