package io.github.taskdispatcher.gateway.ws;

import io.github.taskdispatcher.gateway.limits.ByteBudget;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Puts the pieces of one message together. A message takes {@link #FREE_BYTES} freely; what is above comes out of a budget that
 * all workers share. When the budget has no room, the buffer keeps the beginning of the message and discards the rest.
 *
 * <p>Any thread, one after the other; {@link #close} at any time.
 */
final class MessageBuffer {

    /** What the unfinished message of each socket may take beside the budget, in bytes. */
    static final int FREE_BYTES = 256 * 1024;

    /** How much is kept of a message for which there is no memory, in bytes: enough to tell the task it names. */
    static final int HEAD_BYTES = 64 * 1024;

    private static final byte[] NOTHING = {};

    /**
     * A message that has ended.
     *
     * @param text the whole message, or its beginning, which does not end within a character
     * @param borrowed what it holds of the shared budget, in bytes: the receiver gives it back
     * @param whole false when there was no memory for the rest
     */
    record Message(byte[] text, long borrowed, boolean whole) {}

    private final long limit;
    private final ByteBudget shared;
    private byte[] bytes = NOTHING;
    /** How much of the message is kept. */
    private int size;
    /** How much of it has come. */
    private long received;

    private long borrowed;
    private boolean whole = true;
    private boolean closed;

    /**
     * @param limit of a message, in bytes
     * @param shared memory for the messages of all workers
     */
    MessageBuffer(long limit, ByteBudget shared) {
        this.limit = Math.min(limit, Integer.MAX_VALUE - 8);
        this.shared = shared;
    }

    long limit() {
        return limit;
    }

    /** Takes one more piece; false when the message becomes too large, which forgets it. */
    synchronized boolean append(ByteBuffer piece) {
        int more = piece.remaining();
        received += more;
        if (received > limit) {
            forget();
            return false;
        }
        if (closed || !whole) {
            return true;
        }
        if (!hasRoom(more)) {
            keepHead(piece);
            return true;
        }
        piece.get(bytes, size, more);
        size += more;
        return true;
    }

    private boolean hasRoom(int more) {
        if (size + more <= bytes.length) {
            return true;
        }
        // Most messages are one piece: no larger than it is.
        int larger = size == 0 ? more : (int) Math.min(limit, Math.max(size + (long) more, bytes.length * 2L));
        long needed = Math.max(0, larger - FREE_BYTES);
        if (!shared.tryExchange(borrowed, needed)) {
            return false;
        }
        borrowed = needed;
        bytes = Arrays.copyOf(bytes, larger);
        return true;
    }

    private void keepHead(ByteBuffer piece) {
        whole = false;
        byte[] head = Arrays.copyOf(bytes, HEAD_BYTES);
        int kept = Math.min(size, HEAD_BYTES);
        int more = Math.min(piece.remaining(), HEAD_BYTES - kept);
        piece.get(head, kept, more);
        kept += more;
        // The cut may go through a character. Names and ids before the text that is cut are ASCII, or go as well.
        while (kept > 0 && (head[kept - 1] & 0x80) != 0) {
            kept--;
        }
        bytes = head;
        size = kept;
        shared.release(borrowed);
        borrowed = 0;
    }

    /** The message that has come; the buffer is empty then. */
    synchronized Message take() {
        Message message = new Message(size == bytes.length ? bytes : Arrays.copyOf(bytes, size), borrowed, whole);
        borrowed = 0;
        forget();
        return message;
    }

    /** The socket is closed: forgets what has come, and keeps nothing of what still comes. */
    synchronized void close() {
        closed = true;
        forget();
    }

    private void forget() {
        shared.release(borrowed);
        borrowed = 0;
        bytes = NOTHING;
        size = 0;
        received = 0;
        whole = true;
    }
}
