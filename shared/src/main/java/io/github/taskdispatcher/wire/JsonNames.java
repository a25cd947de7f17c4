package io.github.taskdispatcher.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * The names of the objects that are open at one point of a JSON text; finds a name that its object has already.
 *
 * <p>A name stays where it is in the text. It takes 8 bytes here, in a large object up to 36, until its object is closed.
 * The time is linear in the length of the text, whatever the names are: the hash has a secret key, so a peer cannot choose
 * names that collide. Two names are equal when they are equal without their escapes.
 *
 * <p>Not for several threads.
 */
final class JsonNames {

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** An object with at most so many names has them in the list; a larger one has a table. */
    private static final int LISTED = 8;

    private static final int FIRST_SLOTS = 32;

    /** As deep as most texts are. */
    private static final int FIRST_DEPTH = 4;

    /** Ends an unescaped name; no byte of UTF-8. */
    private static final byte END = (byte) 0xff;

    private static final long KEY;
    private static final long FACTOR;

    static {
        SecureRandom random = new SecureRandom();
        KEY = random.nextLong();
        FACTOR = random.nextLong() | 1;
    }

    private final byte[] source;

    /**
     * The names of the small open objects, those of the innermost last. A name is half of its hash in the upper 32 bits, and
     * where it begins in the lower: twice the index in the source, or twice the index in {@link #unescaped} plus one. No
     * name is 0: one in the source has at least a brace and a quotation mark before it.
     */
    private long[] list = new long[LISTED];

    private int listed;

    /** Names that are written with escapes, without them, each followed by {@link #END}. */
    private byte[] unescaped = {};

    private int unescapedSize;

    /** By depth: how many names the object has. */
    private int[] counts = new int[FIRST_DEPTH];

    /** By depth: the names of a large object, in the manner of the list, each at the first free slot from its hash on. */
    private long[][] tables = new long[FIRST_DEPTH][];

    /** By depth: how much of {@link #unescaped} is not the object's. */
    private int[] unescapedBefore = new int[FIRST_DEPTH];

    private int depth = -1;

    JsonNames(byte[] source) {
        this.source = source;
    }

    /** An object begins. */
    void open() {
        depth++;
        if (depth == counts.length) {
            counts = Arrays.copyOf(counts, 2 * depth);
            tables = Arrays.copyOf(tables, 2 * depth);
            unescapedBefore = Arrays.copyOf(unescapedBefore, 2 * depth);
        }
        counts[depth] = 0;
        unescapedBefore[depth] = unescapedSize;
    }

    /** The innermost object ends. */
    void close() {
        if (tables[depth] == null) {
            listed -= counts[depth];
        } else {
            tables[depth] = null;
        }
        unescapedSize = unescapedBefore[depth];
        depth--;
    }

    /** Adds a name without escapes, by where it is in the source; false when the innermost object has it already. */
    boolean add(int from, int to) {
        return add(source, from, to - from, 2L * from);
    }

    /**
     * Adds a name that is written with escapes; false when the innermost object has it already.
     *
     * @param name in UTF-8, without its escapes
     */
    boolean add(byte[] name) {
        int from = unescapedSize;
        int needed = from + name.length + 1;
        if (needed > unescaped.length) {
            unescaped = Arrays.copyOf(unescaped, Math.max(needed, 2 * unescaped.length));
        }
        System.arraycopy(name, 0, unescaped, from, name.length);
        unescaped[needed - 1] = END;
        unescapedSize = needed;
        return add(unescaped, from, name.length, 2L * from + 1);
    }

    private boolean add(byte[] bytes, int from, int length, long place) {
        long name = hash(bytes, from, length) & 0xffff_ffff_0000_0000L | place;
        long[] table = tables[depth];
        int count = counts[depth]++;
        if (table != null) {
            return addToTable(table, bytes, from, length, name);
        }
        for (int i = listed - count; i < listed; i++) {
            if (list[i] >>> 32 == name >>> 32 && isSame(list[i], bytes, from, length)) {
                return false;
            }
        }
        if (count == LISTED) {
            tables[depth] = tableOfListed();
            insert(tables[depth], name);
            return true;
        }
        if (listed == list.length) {
            list = Arrays.copyOf(list, 2 * listed);
        }
        list[listed++] = name;
        return true;
    }

    /** Moves the names of the innermost object out of the list. */
    private long[] tableOfListed() {
        long[] table = new long[FIRST_SLOTS];
        for (int i = 0; i < LISTED; i++) {
            insert(table, list[--listed]);
        }
        return table;
    }

    private boolean addToTable(long[] table, byte[] bytes, int from, int length, long name) {
        int slot = firstSlot(table, name);
        while (table[slot] != 0) {
            if (table[slot] >>> 32 == name >>> 32 && isSame(table[slot], bytes, from, length)) {
                return false;
            }
            slot = slot + 1 & table.length - 1;
        }
        table[slot] = name;
        if (counts[depth] * 3L > table.length * 2L) {
            long[] larger = new long[2 * table.length];
            for (long moved : table) {
                if (moved != 0) {
                    insert(larger, moved);
                }
            }
            tables[depth] = larger;
        }
        return true;
    }

    private static void insert(long[] table, long name) {
        int slot = firstSlot(table, name);
        while (table[slot] != 0) {
            slot = slot + 1 & table.length - 1;
        }
        table[slot] = name;
    }

    /** The upper bits of the hash. */
    private static int firstSlot(long[] table, long name) {
        return (int) (name >>> Long.numberOfLeadingZeros(table.length - 1));
    }

    private boolean isSame(long known, byte[] bytes, int from, int length) {
        boolean isUnescaped = (known & 1) == 1;
        byte[] where = isUnescaped ? unescaped : source;
        int start = (int) ((known & 0xffff_ffffL) >>> 1);
        int end = start + length;
        if (end >= where.length
                || where[end] != (isUnescaped ? END : '"')
                || !Arrays.equals(bytes, from, from + length, where, start, end)) {
            return false;
        }
        // One without its escapes may have a quotation mark in it, where a name in the source ends.
        for (int i = start; !isUnescaped && bytes != source && i < end; i++) {
            if (where[i] == '"') {
                return false;
            }
        }
        return true;
    }

    private static long hash(byte[] bytes, int from, int length) {
        long hash = KEY ^ length;
        int i = from;
        int end = from + length;
        for (; i + 8 <= end; i += 8) {
            hash = mix(hash ^ (long) LONGS.get(bytes, i));
        }
        long rest = 0;
        if (i + 8 <= bytes.length) {
            // The bytes behind the name count nothing.
            rest = (long) LONGS.get(bytes, i) & (1L << 8 * (end - i)) - 1;
        } else {
            for (int shift = 0; i < end; i++, shift += 8) {
                rest |= (bytes[i] & 0xffL) << shift;
            }
        }
        return mix(mix(hash ^ rest) ^ KEY);
    }

    /** Both halves of the product, so that each bit depends on all. */
    private static long mix(long word) {
        return word * FACTOR ^ Math.multiplyHigh(word, FACTOR);
    }
}
