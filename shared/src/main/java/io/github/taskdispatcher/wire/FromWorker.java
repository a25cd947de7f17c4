package io.github.taskdispatcher.wire;

/**
 * What a worker says. {@code taskId} is what the worker sent, not yet checked to be an id; the gateway compares it with
 * the task it gave to that very socket. {@code duration} is the worker's own measure in milliseconds, or null; nothing
 * depends on it.
 */
public sealed interface FromWorker {

    /** The worker can take a task. Sent once after {@link ToWorker.Connected}; each answer frees its slot again. */
    record Ready() implements FromWorker {}

    /**
     * The task is done.
     *
     * @param result any JSON value; {@code null} when the worker sent none
     */
    record TaskComplete(String taskId, RawJson result, Double duration) implements FromWorker {}

    /**
     * The task failed.
     *
     * @param error why, as the worker put it; anything but a string is taken as its JSON text
     */
    record TaskError(String taskId, String error, Double duration) implements FromWorker {}

    /** A sign of life, answered by {@link ToWorker.Pong}. */
    record Ping() implements FromWorker {}
}
