package io.github.taskdispatcher.bench.load;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * A process with many workers that stream: {@code StreamWorkers URL COUNT CHUNKS CHUNKS_PER_SECOND}. Each says its task's chunks at that
 * pace, see {@link Streams} for what they are, and then completes it. Says READY when all are connected and ends with its standard input.
 */
public final class StreamWorkers {

    private static final byte[] CHUNK = "{\"type\":\"task_chunk\",\"taskId\":\"".getBytes(US_ASCII);
    private static final byte[] TEXT = "\",\"chunk\":".getBytes(US_ASCII);
    private static final byte[] END = {'}'};
    private static final byte[] DONE = "\"done\"".getBytes(US_ASCII);
    private static final long TICK_MS = 2;

    private static final class Stream {
        final WorkerSockets.Socket socket;
        final ByteBuffer task;
        final long startedAt = System.nanoTime();
        int said;

        Stream(WorkerSockets.Socket socket, ByteBuffer task) {
            this.socket = socket;
            this.task = task;
        }
    }

    private final int chunks;
    private final long paceNanos;
    private final WorkerSockets sockets;
    private final CountDownLatch connected;
    private final List<Stream> streams = new ArrayList<>();

    private StreamWorkers(int count, int chunks, int perSecond) throws IOException {
        this.chunks = chunks;
        paceNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
        connected = new CountDownLatch(count);
        sockets = new WorkerSockets(this::message);
    }

    /** @param args URL, number of workers, chunks of a task, and of those in a second */
    public static void main(String[] args) throws IOException, InterruptedException {
        int count = Integer.parseInt(args[1]);
        StreamWorkers workers = new StreamWorkers(count, Integer.parseInt(args[2]), Integer.parseInt(args[3]));
        for (int i = 0; i < count; i++) {
            workers.sockets.connect(URI.create(args[0]));
        }
        workers.connected.await();
        Executors.newSingleThreadScheduledExecutor()
                .scheduleWithFixedDelay(
                        () -> workers.sockets.execute(workers::sayWhatIsDue), TICK_MS, TICK_MS, TimeUnit.MILLISECONDS);
        System.out.println("READY");
        while (System.in.read() >= 0) {
            // Only its end is waited for.
        }
        System.exit(0);
    }

    private void message(WorkerSockets.Socket socket, int opcode, ByteBuffer message) {
        if (Worker.isTask(message)) {
            ByteBuffer id = Worker.id(message);
            streams.add(new Stream(
                    socket, ByteBuffer.allocate(id.remaining()).put(id).flip()));
        } else if (Worker.isConnected(message)) {
            Worker.ready(socket);
            connected.countDown();
        }
    }

    private void sayWhatIsDue() {
        streams.removeIf(stream -> {
            while (stream.said < chunks && System.nanoTime() - stream.startedAt >= stream.said * paceNanos) {
                stream.said++;
                stream.socket.send(
                        WorkerSockets.TEXT,
                        ByteBuffer.wrap(CHUNK),
                        stream.task.duplicate(),
                        ByteBuffer.wrap(TEXT),
                        Streams.chunk(stream.said),
                        ByteBuffer.wrap(END));
            }
            boolean over = System.nanoTime() - stream.startedAt >= chunks * paceNanos;
            if (over) {
                Worker.complete(stream.socket, stream.task.duplicate(), ByteBuffer.wrap(DONE));
            }
            return over;
        });
    }
}
