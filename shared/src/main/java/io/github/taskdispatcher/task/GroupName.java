package io.github.taskdispatcher.task;

import java.util.Optional;

/**
 * The name of a group: a set of interchangeable workers and the queue in front of them.
 *
 * <p>1 to 64 characters of {@code A-Z a-z 0-9 . _ -}. Nothing else, because the name stands inside Redis keys (as the
 * hash tag), channel names and log lines, and must never change what they mean.
 *
 * @param text the name itself, never null
 */
public record GroupName(String text) {

    /** The longest name, in characters. */
    public static final int MAX_LENGTH = 64;

    /** What a name must be, for error messages: "group must be ...". */
    public static final String RULE = "1 to " + MAX_LENGTH + " characters of A-Z a-z 0-9 . _ -";

    /** The group of a task or worker that names none. */
    public static final GroupName DEFAULT = new GroupName("default");

    /** @throws IllegalArgumentException when the text is not a group name */
    public GroupName {
        if (!isValid(text)) {
            throw new IllegalArgumentException("not a group name");
        }
    }

    /** The name, or empty when the text is none; an empty text is none (the caller decides whether that means default). */
    public static Optional<GroupName> parse(String text) {
        return isValid(text) ? Optional.of(new GroupName(text)) : Optional.empty();
    }

    private static boolean isValid(String text) {
        if (text == null || text.isEmpty() || text.length() > MAX_LENGTH) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean allowed = c >= 'a' && c <= 'z'
                    || c >= 'A' && c <= 'Z'
                    || c >= '0' && c <= '9'
                    || c == '.'
                    || c == '_'
                    || c == '-';
            if (!allowed) {
                return false;
            }
        }
        return true;
    }

    /**
     * A 16-bit hash of the name (FNV-1a, 32 bits folded). It stands in every {@link TaskId}, so it must stay as it is for
     * ever: a gateway that computed it otherwise would not find the tasks of the others.
     *
     * @return 0 to 65535
     */
    public int hash16() {
        int hash = 0x811c9dc5;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x01000193;
        }
        return (hash >>> 16) ^ (hash & 0xffff);
    }

    @Override
    public String toString() {
        return text;
    }
}
