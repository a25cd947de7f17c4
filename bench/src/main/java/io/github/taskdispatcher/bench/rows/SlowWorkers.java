package io.github.taskdispatcher.bench.rows;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.taskdispatcher.bench.load.Worker;
import io.github.taskdispatcher.bench.load.WorkerSockets;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Workers of this process that take a while for each task. They know no {@code cancel}: each task runs to its end. */
final class SlowWorkers implements AutoCloseable {

    private static final byte[] RESULT = "{}".getBytes(US_ASCII);

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final AtomicLong handedOut = new AtomicLong();
    private final CountDownLatch connected;
    private final long runMs;
    private final WorkerSockets sockets;

    /** Returns when all are connected and ready. */
    SlowWorkers(URI uri, int count, long runMs) throws IOException, InterruptedException {
        this.runMs = runMs;
        connected = new CountDownLatch(count);
        sockets = new WorkerSockets(this::message);
        for (int i = 0; i < count; i++) {
            sockets.connect(uri);
        }
        if (!connected.await(30, TimeUnit.SECONDS)) {
            throw new IOException("the slow workers were not connected");
        }
    }

    private void message(WorkerSockets.Socket socket, int opcode, ByteBuffer message) {
        if (Worker.isConnected(message)) {
            Worker.ready(socket);
            connected.countDown();
        } else if (Worker.isTask(message)) {
            handedOut.incrementAndGet();
            ByteBuffer view = Worker.id(message);
            ByteBuffer id = ByteBuffer.allocate(view.remaining()).put(view).flip();
            timer.schedule(
                    () -> sockets.execute(() -> Worker.complete(socket, id, ByteBuffer.wrap(RESULT))),
                    runMs,
                    TimeUnit.MILLISECONDS);
        }
    }

    /** How many tasks they got so far. */
    long handedOut() {
        return handedOut.get();
    }

    @Override
    public void close() throws IOException {
        timer.shutdownNow();
        sockets.close();
    }
}
