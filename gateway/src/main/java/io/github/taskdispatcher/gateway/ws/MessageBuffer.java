package io.github.taskdispatcher.gateway.ws;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Puts the pieces of one message together. For one thread at a time. */
final class MessageBuffer {

    private static final byte[] NOTHING = {};

    private final long limit;
    private byte[] bytes = NOTHING;
    private int size;

    /** @param limit of a message, in bytes */
    MessageBuffer(long limit) {
        this.limit = Math.min(limit, Integer.MAX_VALUE - 8);
    }

    long limit() {
        return limit;
    }

    /** Takes one more piece; false when the message becomes too large, which forgets it. */
    boolean append(ByteBuffer piece) {
        int more = piece.remaining();
        if (size + (long) more > limit) {
            bytes = NOTHING;
            size = 0;
            return false;
        }
        if (size + more > bytes.length) {
            // Most messages are one piece: no larger than it is.
            int larger = size == 0 ? more : (int) Math.min(limit, Math.max(size + (long) more, bytes.length * 2L));
            bytes = Arrays.copyOf(bytes, larger);
        }
        piece.get(bytes, size, more);
        size += more;
        return true;
    }

    /** The whole message; the buffer is empty then. */
    byte[] take() {
        byte[] whole = size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
        bytes = NOTHING;
        size = 0;
        return whole;
    }
}
