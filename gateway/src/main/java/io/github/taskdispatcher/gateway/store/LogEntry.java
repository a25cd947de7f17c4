package io.github.taskdispatcher.gateway.store;

import java.util.Locale;

/**
 * One line of the system log.
 *
 * @param at Redis time in ms
 * @param gateway whose line it is
 * @param group, task, worker what it is about; each empty where it is about none
 * @param text the beginning of a request, a result or an error, or a reason; empty for none
 * @param bytes the whole size of what {@code text} is the beginning of, -1 where there is none
 * @param waitMs how long an ended task waited, -1 where not known
 * @param runMs how long it ran, -1 where not known or it never did
 */
public record LogEntry(
        long at,
        Kind kind,
        String gateway,
        String group,
        String task,
        String worker,
        String text,
        long bytes,
        long waitMs,
        long runMs) {

    /** What happened. */
    public enum Kind {
        ACCEPTED,
        REFUSED,
        DELIVERED,
        COMPLETED,
        FAILED,
        CANCELLED,
        WORKER_JOINED,
        WORKER_LEFT,
        GATEWAY_STARTED,
        GATEWAY_STOPPING,
        /** More happened than the log takes; {@code bytes} says how much is missing. */
        SKIPPED;

        /** As it stands in the log. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** The kind of a word; {@link #SKIPPED} for one of a later version. */
        public static Kind of(String word) {
            for (Kind kind : values()) {
                if (kind.word().equals(word)) {
                    return kind;
                }
            }
            return SKIPPED;
        }
    }

    /** The same with what is known once the task has ended. */
    public LogEntry with(long wait, long run) {
        return new LogEntry(at, kind, gateway, group, task, worker, text, bytes, wait, run);
    }
}
