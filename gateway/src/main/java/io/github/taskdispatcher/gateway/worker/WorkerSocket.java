package io.github.taskdispatcher.gateway.worker;

import io.github.taskdispatcher.wire.ToWorker;

/** One worker's connection, as dispatch needs it; {@code ws} has the real one. Any thread, none of the calls blocks. */
public interface WorkerSocket {

    /** Sends a message; one that cannot be written closes the connection, which is then told to the session. */
    void send(ToWorker message);

    /** Sends a ping; the pong, like every frame, is told to the session. */
    void ping();

    /** Closes with this code and reason. */
    void close(int code, String reason);
}
