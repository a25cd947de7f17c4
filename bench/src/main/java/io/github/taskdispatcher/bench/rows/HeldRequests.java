package io.github.taskdispatcher.bench.rows;

import io.github.taskdispatcher.bench.load.Caller;
import io.github.taskdispatcher.bench.load.ClosedLoop;
import io.github.taskdispatcher.bench.load.HttpFraming;
import io.github.taskdispatcher.bench.load.SyncTasks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/** Synchronous requests, one on each connection, that are sent at once and wait in the background. */
final class HeldRequests implements AutoCloseable {

    private final ClosedLoop loop;
    private final CompletableFuture<ClosedLoop.Result> result;

    HeldRequests(InetSocketAddress address, String group, int count, int dataBytes) throws IOException {
        loop = new ClosedLoop(address, count, new HttpFraming());
        Caller tasks = new SyncTasks(count, TaskRows.SUBMIT, group, dataBytes);
        int[] asked = {0};
        Caller once = new Caller() {
            @Override
            public ByteBuffer next(int connection) {
                asked[0]++;
                return tasks.next(connection);
            }

            @Override
            public String answered(int connection, int status, ByteBuffer body) {
                return tasks.answered(connection, status, body);
            }

            @Override
            public boolean finished() {
                return asked[0] >= count;
            }
        };
        result = CompletableFuture.supplyAsync(() -> {
            try {
                return loop.run(once, TaskRows.AT_MOST);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** Waits until all are answered. */
    ClosedLoop.Result await() {
        return result.join();
    }

    @Override
    public void close() throws IOException {
        loop.close();
    }
}
