package io.github.taskdispatcher.task;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * How far a task is. The legal changes are listed here and nowhere else:
 *
 * <pre>
 * queued    -&gt; executing   a worker's free slot took it
 * queued    -&gt; failed      its deadline passed
 * queued    -&gt; cancelled   its client asked for it
 * executing -&gt; queued      the worker or its gateway was lost before the task could have reached it
 * executing -&gt; completed   the worker answered with a result
 * executing -&gt; failed      the worker answered with an error, was lost, or the deadline passed
 * executing -&gt; cancelled   its client asked for it; what its worker still answers changes nothing
 * </pre>
 *
 * <p>{@code completed}, {@code failed} and {@code cancelled} are final.
 */
public enum TaskStatus {
    QUEUED,
    EXECUTING,
    COMPLETED,
    FAILED,
    CANCELLED;

    private final String word = name().toLowerCase(Locale.ROOT);

    /** The word on the wire, in Redis and in logs: the lower-case name. */
    public String word() {
        return word;
    }

    /** Whether the task has its one outcome; it will never change again. */
    public boolean ended() {
        return this == COMPLETED || this == FAILED || this == CANCELLED;
    }

    /** The statuses that may follow this one; empty for a final one. */
    public Set<TaskStatus> next() {
        return switch (this) {
            case QUEUED -> EnumSet.of(EXECUTING, FAILED, CANCELLED);
            case EXECUTING -> EnumSet.of(QUEUED, COMPLETED, FAILED, CANCELLED);
            case COMPLETED, FAILED, CANCELLED -> EnumSet.noneOf(TaskStatus.class);
        };
    }

    /**
     * The status of a word.
     *
     * @throws IllegalArgumentException when it is none of them
     */
    public static TaskStatus of(String word) {
        for (TaskStatus status : values()) {
            if (status.word.equals(word)) {
                return status;
            }
        }
        throw new IllegalArgumentException("not a task status: " + word);
    }

    @Override
    public String toString() {
        return word;
    }
}
