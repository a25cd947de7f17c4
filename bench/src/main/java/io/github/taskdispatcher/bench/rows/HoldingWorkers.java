package io.github.taskdispatcher.bench.rows;

import io.github.taskdispatcher.bench.load.Worker;
import io.github.taskdispatcher.bench.load.WorkerSockets;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Workers in this process that keep their tasks until they are told to answer; from then on they echo at once. */
final class HoldingWorkers implements AutoCloseable {

    private static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(60);

    private record Held(WorkerSockets.Socket socket, ByteBuffer task) {}

    private final WorkerSockets sockets;
    private final List<Held> held = new ArrayList<>();
    private int ready;
    private boolean echoes;

    /** Returns when all are connected. */
    HoldingWorkers(URI uri, int count) throws IOException, InterruptedException {
        sockets = new WorkerSockets(this::message);
        add(uri, count);
    }

    /** Connects more; returns when all are. */
    void add(URI uri, int count) throws IOException, InterruptedException {
        for (int i = 0; i < count; i++) {
            sockets.connect(uri);
        }
        awaitAtLeast(count, false);
    }

    private synchronized void message(WorkerSockets.Socket socket, int opcode, ByteBuffer message) {
        if (Worker.isConnected(message)) {
            Worker.ready(socket);
            ready++;
        } else if (Worker.isTask(message)) {
            if (echoes) {
                Worker.echo(socket, message);
            } else {
                // The buffer is the socket's own and is used again.
                ByteBuffer copy =
                        ByteBuffer.allocate(message.remaining()).put(message).flip();
                held.add(new Held(socket, copy));
            }
        }
        notifyAll();
    }

    /** Waits until they hold so many tasks. */
    void awaitTasks(int count) throws IOException, InterruptedException {
        awaitAtLeast(count, true);
    }

    private synchronized void awaitAtLeast(int count, boolean tasks) throws IOException, InterruptedException {
        long giveUpAt = System.nanoTime() + LIMIT_NANOS;
        while ((tasks ? held.size() : ready) < count) {
            wait(1000);
            if (System.nanoTime() > giveUpAt) {
                throw new IOException(
                        "only " + held.size() + " of " + count + " tasks came, " + ready + " workers are connected");
            }
        }
    }

    /** Answers all tasks, and those that come. */
    void release() {
        sockets.execute(() -> {
            List<Held> all;
            synchronized (this) {
                echoes = true;
                all = List.copyOf(held);
                held.clear();
            }
            all.forEach(one -> Worker.echo(one.socket(), one.task()));
        });
    }

    @Override
    public void close() throws IOException {
        sockets.close();
    }
}
