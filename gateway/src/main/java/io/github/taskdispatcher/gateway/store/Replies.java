package io.github.taskdispatcher.gateway.store;

import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import java.util.List;

/** The words the store answers with; the meaning of each stands in the header of its script. */
public final class Replies {

    private Replies() {}

    /** To {@link TaskStore#submit}. */
    public sealed interface Submitted {
        /** Whether the task is stored. */
        default boolean isAccepted() {
            return !(this instanceof NoWorker
                    || this instanceof Full
                    || this instanceof NotInTime
                    || this instanceof Late);
        }

        /** When the stored task was accepted, Redis time in ms; 0 when none is stored. */
        default long acceptedAt() {
            return 0;
        }

        /** Executing on a worker of this gateway; to be sent. */
        record Assigned(String workerId, String token, long acceptedAt) implements Submitted {}

        /** Executing on another gateway's worker. */
        record Remote(long acceptedAt) implements Submitted {}

        record Queued(long acceptedAt) implements Submitted {}

        /** Accepted by an earlier run of the same call; worker and token are empty unless it is this gateway's to send. */
        record Exists(TaskStatus status, String workerId, String token, long acceptedAt) implements Submitted {}

        record NoWorker() implements Submitted {}

        record Full() implements Submitted {}

        /**
         * Others wait, and no worker could end the task before its deadline; nothing stored.
         *
         * @param lateByMs how much too late a worker would be free, an estimate, at least 0
         */
        record NotInTime(long lateByMs) implements Submitted {}

        /** Ran after its time; nothing stored. */
        record Late() implements Submitted {}
    }

    /** To {@link TaskStore#join}. */
    public enum Joined {
        JOINED,
        KNOWN,
        GONE,
        LATE
    }

    /** To {@link TaskStore#ready}. {@code task} is set with {@link Word#TASK} only. */
    public record Ready(Word word, Assignment task) {
        public enum Word {
            IDLE,
            TASK,
            BUSY,
            UNKNOWN,
            GONE,
            LATE
        }
    }

    /**
     * To {@link TaskStore#complete}.
     *
     * @param next the worker's current assignment, or null
     * @param now with {@link Outcome#EARLY} the time to offer the answer again with, else 0
     */
    public record Completed(Outcome outcome, Assignment next, long now) {
        public enum Outcome {
            RECORDED,
            REPLAYED,
            STALE,
            UNKNOWN,
            EARLY,
            LATE
        }
    }

    /** To {@link TaskStore#withdraw}. */
    public enum Withdrawn {
        WITHDRAWN,
        RUNNING,
        SHARED,
        UNKNOWN,
        LATE
    }

    /** To {@link TaskStore#cancel}. */
    public enum Cancelled {
        /** It is now. */
        CANCELLED,
        /** It was before. */
        ALREADY,
        /** It ended otherwise. */
        ENDED,
        /** A client asked for it since its client left. */
        WANTED,
        UNKNOWN
    }

    /** A task that was cancelled while a worker of this gateway worked on it. */
    public record Told(TaskId id, String workerId) {}

    /** An assignment this gateway has yet to claim. */
    public record Unclaimed(TaskId id, String workerId, String token) {}

    /** To {@link TaskStore#beat}. {@code cancelled} names each task for half a minute. */
    public record Beat(boolean lapsed, List<Unclaimed> unclaimed, List<Told> cancelled) {}

    /**
     * To {@link TaskStore#sweep}.
     *
     * @param ended the tasks it ended; none of them is named to anybody else
     * @param more whether more may be overdue, which no call ends at once
     */
    public record Swept(List<TaskId> ended, boolean more) {}

    /**
     * A task as a client may see it.
     *
     * @param enqueuedAt, startedAt, endedAt Redis time in ms, 0 when not (yet) so
     * @param workerId null before it was assigned
     * @param outcome once it ended, else null
     * @param position place in the queue from 1, 0 when it does not wait
     * @param note what {@link NewTask#note} said
     * @param progress what its worker said, null when it said nothing, or the task does not run
     */
    public record TaskView(
            TaskStatus status,
            long enqueuedAt,
            long startedAt,
            String workerId,
            long endedAt,
            Outcome outcome,
            long position,
            String note,
            Progress progress) {}
}
