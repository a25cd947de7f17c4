package io.github.taskdispatcher.wire;

/** What a gateway says to a worker. A worker ignores a {@code type} it does not know. */
public sealed interface ToWorker {

    /**
     * The first message on every connection.
     *
     * @param workerId {@code W<n>-<8 hex>}, this connection's name over all gateways
     * @param message a greeting for people
     */
    record Connected(String workerId, String message) implements ToWorker {}

    /**
     * Work: answer with {@code task_complete} or {@code task_error} bearing the same id.
     *
     * @param payload an object with {@code model}, and {@code messages} and {@code data} as far as the client sent them; in a
     *     gateway as it is kept, see {@link StoredPayload}
     */
    record Task(String taskId, RawJson payload) implements ToWorker {}

    /** The answer nobody waits for any more: the task has ended without this worker. It may stop, or answer in vain. */
    record Cancel(String taskId) implements ToWorker {}

    /** The answer to this task is recorded, or was; only for a worker that said hello. */
    record Ack(String taskId) implements ToWorker {}

    /** The answer to {@code ping}. */
    record Pong() implements ToWorker {}

    /**
     * Something the worker sent could not be used; the connection stays open.
     *
     * @param code one of the codes in docs/protocol.md, stable
     * @param message the same for people
     * @param taskId the task it is about, or null
     */
    record Error(String code, String message, String taskId) implements ToWorker {}
}
