package io.github.taskdispatcher.task;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The id of a task: a UUID of version 8 in its canonical lower-case form. Its first four hex digits are
 * {@link GroupName#hash16()} of the task's group, so that any gateway finds the group, and with it the key, from the id
 * alone; the other 106 free bits are random, so that nobody guesses an id.
 *
 * @param text 36 characters, for example {@code 1e9651fd-6aa1-8b2c-9d5e-0242ac120002}
 */
public record TaskId(String text) {

    private static final int LENGTH = 36;
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final HexFormat HEX = HexFormat.of();

    /** @throws IllegalArgumentException when the text is not such an id */
    public TaskId {
        if (!isValid(text)) {
            throw new IllegalArgumentException("not a task id");
        }
    }

    /** A new id for a task of this group. Any thread. */
    public static TaskId next(GroupName group) {
        byte[] random = new byte[16];
        RANDOM.nextBytes(random);
        int hash = group.hash16();
        random[0] = (byte) (hash >>> 8);
        random[1] = (byte) hash;
        random[6] = (byte) (0x80 | random[6] & 0x0f);
        random[8] = (byte) (0x80 | random[8] & 0x3f);
        StringBuilder text = new StringBuilder(LENGTH);
        for (int i = 0; i < 16; i++) {
            if (i == 4 || i == 6 || i == 8 || i == 10) {
                text.append('-');
            }
            HEX.toHexDigits(text, random[i]);
        }
        return new TaskId(text.toString());
    }

    /** The id, or empty for anything but the canonical form; upper case is refused. */
    public static Optional<TaskId> parse(String text) {
        return isValid(text) ? Optional.of(new TaskId(text)) : Optional.empty();
    }

    private static boolean isValid(String text) {
        if (text == null || text.length() != LENGTH) {
            return false;
        }
        for (int i = 0; i < LENGTH; i++) {
            char c = text.charAt(i);
            boolean hyphen = i == 8 || i == 13 || i == 18 || i == 23;
            boolean hex = c >= '0' && c <= '9' || c >= 'a' && c <= 'f';
            if (hyphen ? c != '-' : !hex) {
                return false;
            }
        }
        return text.charAt(14) == '8' && "89ab".indexOf(text.charAt(19)) >= 0;
    }

    /** The {@link GroupName#hash16()} of the task's group. */
    public int groupHash() {
        return HexFormat.fromHexDigits(text, 0, 4);
    }

    /** Whether a task of this group may bear this id. */
    public boolean mayBeOf(GroupName group) {
        return groupHash() == group.hash16();
    }

    @Override
    public String toString() {
        return text;
    }
}
