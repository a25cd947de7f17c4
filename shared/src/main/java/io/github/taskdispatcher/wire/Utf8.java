package io.github.taskdispatcher.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Checks that bytes are UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
final class Utf8 {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long HIGH_BITS = 0x8080808080808080L;

    private Utf8() {}

    static boolean isValid(byte[] bytes) {
        int i = 0;
        int length = bytes.length;
        while (i < length) {
            // Most of what comes is ASCII: eight bytes at a time.
            if (i + 8 <= length && ((long) LONGS.get(bytes, i) & HIGH_BITS) == 0) {
                i += 8;
                continue;
            }
            int b = bytes[i];
            if (b >= 0) {
                i++;
                continue;
            }
            int size = sequenceLength(bytes, i, length);
            if (size == 0) {
                return false;
            }
            i += size;
        }
        return true;
    }

    /** The length of the valid sequence at {@code i}, whose first byte is not ASCII; 0 when it is not valid. */
    private static int sequenceLength(byte[] bytes, int i, int length) {
        int first = bytes[i] & 0xff;
        if (first >= 0xc2 && first <= 0xdf) {
            return i + 1 < length && isContinuation(bytes[i + 1]) ? 2 : 0;
        }
        if (first >= 0xe0 && first <= 0xef) {
            if (i + 2 >= length || !isContinuation(bytes[i + 1]) || !isContinuation(bytes[i + 2])) {
                return 0;
            }
            int second = bytes[i + 1] & 0xff;
            boolean overlong = first == 0xe0 && second < 0xa0;
            boolean surrogate = first == 0xed && second > 0x9f;
            return overlong || surrogate ? 0 : 3;
        }
        if (first >= 0xf0 && first <= 0xf4) {
            if (i + 3 >= length
                    || !isContinuation(bytes[i + 1])
                    || !isContinuation(bytes[i + 2])
                    || !isContinuation(bytes[i + 3])) {
                return 0;
            }
            int second = bytes[i + 1] & 0xff;
            boolean overlong = first == 0xf0 && second < 0x90;
            boolean tooLarge = first == 0xf4 && second > 0x8f;
            return overlong || tooLarge ? 0 : 4;
        }
        return 0;
    }

    private static boolean isContinuation(byte b) {
        return (b & 0xc0) == 0x80;
    }
}
