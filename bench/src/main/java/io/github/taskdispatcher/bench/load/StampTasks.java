package io.github.taskdispatcher.bench.load;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Synchronous tasks from one connection whose workers say when they got them: measures the way there alone. Works because all
 * processes of a machine share its monotonic clock.
 */
public final class StampTasks implements Caller {

    private static final byte[] AT = "\"at\":".getBytes(US_ASCII);

    private final EchoTask task;
    private final Histogram nanos = new Histogram(TimeUnit.MINUTES.toNanos(1), 3);
    private long left;
    private long sentAt;

    public StampTasks(String path, String group, int dataBytes, int count) {
        task = new EchoTask(path, group, dataBytes, false);
        left = count;
    }

    @Override
    public ByteBuffer next(int connection) {
        ByteBuffer request = task.request(left--);
        sentAt = System.nanoTime();
        return request;
    }

    @Override
    public String answered(int connection, int status, ByteBuffer body) {
        int from = EchoTask.find(body, AT);
        if (status != 200 || from < 0) {
            return "no time of arrival";
        }
        long at = 0;
        for (int i = from; body.get(i) >= '0' && body.get(i) <= '9'; i++) {
            at = at * 10 + body.get(i) - '0';
        }
        if (at < sentAt) {
            return "arrived before it was sent";
        }
        nanos.recordValue(at - sentAt);
        return null;
    }

    @Override
    public boolean finished() {
        return left == 0;
    }

    /** From the client's request to the worker's receipt. */
    public Histogram nanos() {
        return nanos;
    }
}
