package io.github.taskdispatcher.bench.rows;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.taskdispatcher.bench.load.Worker;
import io.github.taskdispatcher.bench.load.WorkerSockets;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** One worker that completes its task when it is told to, and measures how soon it has the next. */
final class BacklogWorker implements AutoCloseable {

    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final byte[] RESULT = "{}".getBytes(US_ASCII);

    private final WorkerSockets sockets;
    private WorkerSockets.Socket socket;
    private ByteBuffer taskId;
    private boolean connected;
    private long arrivedAt;

    /** Returns when it is connected. */
    BacklogWorker(URI uri) throws IOException, InterruptedException {
        sockets = new WorkerSockets(this::message);
        sockets.connect(uri);
        await(() -> connected, "it was not connected");
    }

    private synchronized void message(WorkerSockets.Socket from, int opcode, ByteBuffer message) {
        if (Worker.isConnected(message)) {
            Worker.ready(from);
            connected = true;
            notifyAll();
        } else if (Worker.isTask(message)) {
            arrivedAt = System.nanoTime();
            socket = from;
            ByteBuffer id = Worker.id(message);
            taskId = ByteBuffer.allocate(id.remaining()).put(id).flip();
            notifyAll();
        }
    }

    /** Waits until it has a task. */
    void awaitTask() throws IOException, InterruptedException {
        await(() -> taskId != null, "no task came");
    }

    private synchronized void await(BooleanSupplier what, String otherwise) throws IOException, InterruptedException {
        long giveUpAt = System.nanoTime() + LIMIT_NANOS;
        while (!what.getAsBoolean()) {
            wait(1000);
            if (System.nanoTime() > giveUpAt) {
                throw new IOException("the backlog's worker: " + otherwise);
            }
        }
    }

    /** Completes its task and waits for the next; returns how long that took, in ns. */
    long complete() throws IOException, InterruptedException {
        long[] sentAt = new long[1];
        synchronized (this) {
            ByteBuffer id = taskId;
            taskId = null;
            sockets.execute(() -> {
                synchronized (this) {
                    sentAt[0] = System.nanoTime();
                    Worker.complete(socket, id, ByteBuffer.wrap(RESULT));
                }
            });
            awaitTask();
            return arrivedAt - sentAt[0];
        }
    }

    @Override
    public void close() throws IOException {
        sockets.close();
    }
}
