package io.github.taskdispatcher.bench.load;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;

/**
 * What a worker of the benchmark reads from a gateway's frames: by their known form, without parsing them. The load
 * generator checks every result, so a form that changed is noticed at once.
 */
public final class Worker {

    private static final byte[] TASK = "{\"type\":\"task\"".getBytes(US_ASCII);
    private static final byte[] CONNECTED = "{\"type\":\"connected\"".getBytes(US_ASCII);
    private static final byte[] TASK_ID = "\"taskId\":\"".getBytes(US_ASCII);
    private static final byte[] DATA = "\"data\":".getBytes(US_ASCII);
    private static final byte[] READY = "{\"type\":\"ready\"}".getBytes(US_ASCII);
    private static final byte[] COMPLETE = "{\"type\":\"task_complete\",\"taskId\":\"".getBytes(US_ASCII);
    private static final byte[] RESULT = "\",\"result\":".getBytes(US_ASCII);
    private static final byte[] END = {'}'};
    private static final int ID_LENGTH = 36;

    private Worker() {}

    /** Whether this is the first message of a gateway. */
    public static boolean isConnected(ByteBuffer message) {
        return startsWith(message, CONNECTED);
    }

    /** Whether this hands a task out. */
    public static boolean isTask(ByteBuffer message) {
        return startsWith(message, TASK);
    }

    /** Says that the worker takes tasks. */
    public static void ready(WorkerSockets.Socket socket) {
        socket.send(WorkerSockets.TEXT, ByteBuffer.wrap(READY));
    }

    /** Answers the task of this message with its own {@code payload.data}. */
    public static void echo(WorkerSockets.Socket socket, ByteBuffer task) {
        int data = EchoTask.find(task, DATA);
        // data is the payload's last member, and the payload the message's.
        complete(socket, id(task), task.slice(data, task.limit() - 2 - data));
    }

    /** A view of the id in a task's message. */
    public static ByteBuffer id(ByteBuffer task) {
        return task.slice(EchoTask.find(task, TASK_ID), ID_LENGTH);
    }

    /** Answers a task. */
    public static void complete(WorkerSockets.Socket socket, ByteBuffer id, ByteBuffer result) {
        socket.send(
                WorkerSockets.TEXT,
                ByteBuffer.wrap(COMPLETE),
                id,
                ByteBuffer.wrap(RESULT),
                result,
                ByteBuffer.wrap(END));
    }

    private static boolean startsWith(ByteBuffer message, byte[] start) {
        if (message.remaining() < start.length) {
            return false;
        }
        for (int i = 0; i < start.length; i++) {
            if (message.get(message.position() + i) != start[i]) {
                return false;
            }
        }
        return true;
    }
}
