package io.github.taskdispatcher.wire;

import java.util.List;

/**
 * What a worker says. {@code taskId} is what the worker sent, not yet checked to be an id; the gateway compares it with
 * the task it gave to that very socket. {@code duration} is the worker's own measure in milliseconds, or null; nothing
 * depends on it.
 */
public sealed interface FromWorker {

    /** The worker can take a task. Sent once after {@link ToWorker.Connected}; each answer frees its slot again. */
    record Ready() implements FromWorker {}

    /**
     * What the worker is, said once, before {@code ready}; a worker that says nothing of itself is a plain one.
     *
     * @param protocol the version it speaks, 1
     * @param slots how many tasks it takes at once
     * @param models names of the models it serves, none twice
     * @param labels an object of its own making, for people; {@code null} when it sent none
     * @param name what it calls itself, or null
     * @param resume the tasks it was given before its link broke and still works on
     */
    record Hello(int protocol, int slots, List<String> models, RawJson labels, String name, List<String> resume)
            implements FromWorker {

        /** The most slots a worker may have, and the most tasks it may resume. */
        public static final int MAX_SLOTS = 256;

        /** The most models a worker may declare, each of at most {@link #MAX_NAME_LENGTH} characters. */
        public static final int MAX_MODELS = 256;

        /** The longest name of a model or a worker, in characters. */
        public static final int MAX_NAME_LENGTH = 200;
    }

    /**
     * How far the task is.
     *
     * @param progress from 0 to 1, or null when it says only the message
     * @param message for people, or null; at most {@link Frames#MAX_PROGRESS_LENGTH} characters are kept
     */
    record TaskProgress(String taskId, Double progress, String message) implements FromWorker {}

    /**
     * A piece of what the task will give, for a client that follows it.
     *
     * @param chunk any JSON value
     */
    record TaskChunk(String taskId, RawJson chunk) implements FromWorker {}

    /**
     * The task is done.
     *
     * @param result any JSON value; {@code null} when the worker sent none
     */
    record TaskComplete(String taskId, RawJson result, Double duration) implements FromWorker {}

    /**
     * The task failed.
     *
     * @param error why, as the worker put it; anything but a string is taken as its JSON text, and a blank one as none
     * @param details what else the worker said of it
     */
    record TaskError(String taskId, String error, Double duration, ErrorDetails details) implements FromWorker {

        /** An error with a text alone. */
        public TaskError(String taskId, String error, Double duration) {
            this(taskId, error, duration, ErrorDetails.NONE);
        }
    }

    /** A sign of life, answered by {@link ToWorker.Pong}. */
    record Ping() implements FromWorker {}
}
