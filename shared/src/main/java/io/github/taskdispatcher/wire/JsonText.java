package io.github.taskdispatcher.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.util.Arrays;
import java.util.List;

/**
 * Writes a small JSON object by hand: fixed names, a few strings and numbers, and raw values copied in. Not for several
 * threads.
 *
 * <pre>{@code
 * byte[] json = new JsonText(64).member("status", "queued").member("position", 3).end();
 * }</pre>
 */
public final class JsonText {

    private static final byte[] NULL = {'n', 'u', 'l', 'l'};

    private byte[] bytes;
    private int size;

    /** @param expected how many bytes the object will take, about; it grows when needed */
    public JsonText(int expected) {
        bytes = new byte[Math.max(16, expected)];
        bytes[size++] = '{';
    }

    /** A string, or null. Half a surrogate pair, which UTF-8 cannot say, becomes {@code ?}. */
    public JsonText member(String name, String value) {
        name(name);
        if (value == null) {
            return append(NULL);
        }
        return append((byte) '"')
                .append(JsonStringEncoder.getInstance().quoteAsUTF8(wellFormed(value)))
                .append((byte) '"');
    }

    /** The encoder throws on half a pair, and a peer may send one, as an escape. */
    private static String wellFormed(String value) {
        for (int i = 0; i < value.length(); i++) {
            if (Character.isSurrogate(value.charAt(i))) {
                return new String(value.getBytes(UTF_8), UTF_8);
            }
        }
        return value;
    }

    /** A whole number. */
    public JsonText member(String name, long value) {
        name(name);
        return append(Long.toString(value).getBytes(UTF_8));
    }

    /** A raw value, copied as it is; null becomes {@code null}. */
    public JsonText member(String name, RawJson value) {
        name(name);
        if (value == null) {
            return append(NULL);
        }
        ensure(value.length());
        size = value.copyTo(bytes, size);
        return this;
    }

    /** A raw value that lies in pieces, copied one behind the other. */
    public JsonText member(String name, List<RawJson> pieces) {
        name(name);
        for (RawJson piece : pieces) {
            ensure(piece.length());
            size = piece.copyTo(bytes, size);
        }
        return this;
    }

    /** Closes the object. */
    public byte[] end() {
        append((byte) '}');
        return size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
    }

    private void name(String name) {
        if (size > 1) {
            append((byte) ',');
        }
        append((byte) '"').append(name.getBytes(UTF_8)).append((byte) '"').append((byte) ':');
    }

    private JsonText append(byte[] more) {
        ensure(more.length);
        System.arraycopy(more, 0, bytes, size, more.length);
        size += more.length;
        return this;
    }

    private JsonText append(byte b) {
        ensure(1);
        bytes[size++] = b;
        return this;
    }

    private void ensure(int more) {
        if (size + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(size + more + 1, bytes.length * 2));
        }
    }
}
