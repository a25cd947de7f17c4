package io.github.taskdispatcher.bench.load;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;

/**
 * Asynchronous tasks: a fixed number is submitted by one run of a loop, then polled until all are done by another. A task that
 * is not done when it is polled is polled again 5 ms later, and the others meanwhile.
 */
public final class AsyncTasks {

    private static final byte[] TASK_ID = "\"taskId\":\"".getBytes(US_ASCII);
    private static final byte[] COMPLETED = "\"status\":\"completed\"".getBytes(US_ASCII);
    private static final byte[] QUEUED = "\"status\":\"queued\"".getBytes(US_ASCII);
    private static final byte[] EXECUTING = "\"status\":\"executing\"".getBytes(US_ASCII);
    private static final long POLL_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    /**
     * A task that was accepted.
     *
     * @param number that its data carries
     */
    public record Accepted(String id, long number) {}

    private record Due(Accepted task, long at) {}

    private final EchoTask[] tasks;
    private final Deque<Accepted> accepted = new ArrayDeque<>();
    private long submitted;

    /** See {@link SyncTasks}. */
    public AsyncTasks(int connections, String path, String group, int dataBytes) {
        tasks = new EchoTask[connections];
        for (int i = 0; i < connections; i++) {
            tasks[i] = new EchoTask(path, group, dataBytes, true);
        }
    }

    /** What was accepted so far, oldest first, without what was taken from it. */
    public Deque<Accepted> accepted() {
        return accepted;
    }

    /** Submits so many more. */
    public Caller submit(int count) {
        long last = submitted + count;
        long[] numbers = new long[tasks.length];
        return new Caller() {
            @Override
            public ByteBuffer next(int connection) {
                numbers[connection] = submitted++;
                return tasks[connection].request(numbers[connection]);
            }

            @Override
            public String answered(int connection, int status, ByteBuffer body) {
                int id = EchoTask.find(body, TASK_ID);
                if (status != 200 || id < 0) {
                    return "not accepted";
                }
                byte[] text = new byte[36];
                body.get(id, text);
                accepted.add(new Accepted(new String(text, US_ASCII), numbers[connection]));
                return null;
            }

            @Override
            public boolean finished() {
                return submitted >= last;
            }
        };
    }

    /** Polls all that were accepted until each is done, and takes them. */
    public Caller pollUntilDone(String path) {
        Deque<Due> open = new ArrayDeque<>();
        accepted.forEach(task -> open.add(new Due(task, 0)));
        accepted.clear();
        Accepted[] asked = new Accepted[tasks.length];
        int[] left = {open.size()};
        return new Caller() {
            @Override
            public ByteBuffer next(int connection) {
                Due due = open.peek();
                if (due == null || due.at() > System.nanoTime()) {
                    return null;
                }
                asked[connection] = open.poll().task();
                return get(path, asked[connection].id());
            }

            @Override
            public String answered(int connection, int status, ByteBuffer body) {
                Accepted task = asked[connection];
                if (isWaiting(status, body)) {
                    open.add(new Due(task, System.nanoTime() + POLL_AGAIN_NANOS));
                    return null;
                }
                left[0]--;
                tasks[connection].request(task.number());
                boolean right =
                        status == 200 && EchoTask.find(body, COMPLETED) >= 0 && tasks[connection].isEchoedBy(body);
                return right ? null : "wrong outcome of " + task.id();
            }

            @Override
            public boolean finished() {
                return left[0] == 0;
            }
        };
    }

    /** Polls tasks that must not have ended yet, without end. */
    public static Caller pollWaiting(String path, java.util.function.Supplier<Accepted> which, int count) {
        int[] asked = {0};
        return new Caller() {
            @Override
            public ByteBuffer next(int connection) {
                asked[0]++;
                return get(path, which.get().id());
            }

            @Override
            public String answered(int connection, int status, ByteBuffer body) {
                return isWaiting(status, body) ? null : "not waiting";
            }

            @Override
            public boolean finished() {
                return asked[0] >= count;
            }
        };
    }

    private static boolean isWaiting(int status, ByteBuffer body) {
        return status == 200 && (EchoTask.find(body, EXECUTING) >= 0 || EchoTask.find(body, QUEUED) >= 0);
    }

    private static ByteBuffer get(String path, String id) {
        return ByteBuffer.wrap(("GET " + path + id + " HTTP/1.1\r\nHost: localhost\r\n\r\n").getBytes(US_ASCII));
    }
}
