package io.github.taskdispatcher.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.Objects;

/**
 * A piece of JSON as it was sent: the UTF-8 bytes of one value, known to be well-formed, never interpreted.
 *
 * <p>A view: the bytes may lie inside a larger message, which stays alive as long as the view does. Nobody writes into
 * them after they were handed over.
 *
 * @param bytes the array the value lies in
 * @param offset where it starts
 * @param length how many bytes it takes
 */
public record RawJson(byte[] bytes, int offset, int length) {

    public RawJson {
        Objects.checkFromIndexSize(offset, length, bytes.length);
    }

    /** The value that fills the array. */
    public static RawJson of(byte[] bytes) {
        return new RawJson(bytes, 0, bytes.length);
    }

    /** The value of this text; the caller vouches that it is JSON. */
    public static RawJson of(String json) {
        return of(json.getBytes(UTF_8));
    }

    /** The value alone, in an array of its own; the array itself when the value fills it. */
    public byte[] toBytes() {
        return length == bytes.length ? bytes : Arrays.copyOfRange(bytes, offset, offset + length);
    }

    /** Of an array or an object: whether there is anything in it. */
    public boolean hasItems() {
        for (int i = offset + 1; i < offset + length - 1; i++) {
            if (!Character.isWhitespace(bytes[i])) {
                return true;
            }
        }
        return false;
    }

    /** Appends the value to {@code target} at {@code at}; returns the index behind it. */
    public int copyTo(byte[] target, int at) {
        System.arraycopy(bytes, offset, target, at, length);
        return at + length;
    }

    /** Equal when the bytes are, wherever they lie. */
    @Override
    public boolean equals(Object other) {
        return other instanceof RawJson that
                && Arrays.equals(bytes, offset, offset + length, that.bytes, that.offset, that.offset + that.length);
    }

    @Override
    public int hashCode() {
        int hash = 1;
        for (int i = offset; i < offset + length; i++) {
            hash = 31 * hash + bytes[i];
        }
        return hash;
    }

    /** The JSON text. */
    @Override
    public String toString() {
        return new String(bytes, offset, length, UTF_8);
    }
}
