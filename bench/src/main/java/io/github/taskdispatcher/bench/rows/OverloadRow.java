package io.github.taskdispatcher.bench.rows;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.taskdispatcher.bench.load.Caller;
import io.github.taskdispatcher.bench.load.ClosedLoop;
import io.github.taskdispatcher.bench.load.HttpFraming;
import io.github.taskdispatcher.bench.report.Figure;
import io.github.taskdispatcher.bench.report.Sample;
import io.github.taskdispatcher.bench.stack.Stack;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Many more synchronous tasks than the workers can do: what the workers complete nevertheless. */
public final class OverloadRow implements Row {

    /** The name of the row. */
    public static final String NAME = "overload";

    private static final int LOAD = 20;
    private static final int WORKERS = 4;
    private static final int RUN_MS = 200;
    private static final int TIMEOUT_MS = 1_000;
    /** As many as are held at once, and some for the refusals. */
    private static final int CONNECTIONS = 256;
    /** Longer than the timeout: a queue in which each task waits for its timeout is there by then. */
    private static final double BEFORE = 3;

    private final Stack.Gateway gateway;
    private final Plan plan;

    public OverloadRow(Stack.Gateway gateway, Plan plan) {
        this.gateway = gateway;
        this.plan = plan;
    }

    @Override
    public String name() {
        return NAME;
    }

    /** Submits at a steady pace, and counts the answers from one time to another. */
    private static final class Crowd implements Caller {
        private static final String NOT_IN_TIME = "\"not_in_time\"";
        private static final String TASK_TIMEOUT = "\"task_timeout\"";

        final ByteBuffer[] requests = new ByteBuffer[CONNECTIONS];
        final long gapNanos = TimeUnit.MILLISECONDS.toNanos(RUN_MS) / (WORKERS * LOAD);
        final long from;
        final long to;
        long nextAt = System.nanoTime();
        long completed;
        long refused;
        long late;

        Crowd(String group, double seconds) {
            from = nextAt + (long) (BEFORE * 1e9);
            to = from + (long) (seconds * 1e9);
            String body = "{\"group\":\"" + group + "\",\"timeout\":" + TIMEOUT_MS + ",\"data\":{}}";
            String request = "POST " + TaskRows.SUBMIT
                    + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                    + body.length() + "\r\n\r\n" + body;
            for (int i = 0; i < CONNECTIONS; i++) {
                requests[i] = ByteBuffer.wrap(request.getBytes(US_ASCII));
            }
        }

        @Override
        public ByteBuffer next(int connection) {
            if (System.nanoTime() < nextAt) {
                return null;
            }
            nextAt += gapNanos;
            return requests[connection].rewind();
        }

        @Override
        public String answered(int connection, int status, ByteBuffer body) {
            long now = System.nanoTime();
            boolean counts = now >= from && now < to;
            if (status == 200) {
                completed += counts ? 1 : 0;
            } else if (status == 503 && has(body, NOT_IN_TIME)) {
                refused += counts ? 1 : 0;
            } else if (status == 500 && has(body, TASK_TIMEOUT)) {
                late += counts ? 1 : 0;
            } else {
                return "neither completed, refused nor too late";
            }
            return null;
        }

        private static boolean has(ByteBuffer body, String word) {
            byte[] bytes = new byte[body.remaining()];
            body.duplicate().get(bytes);
            return new String(bytes, US_ASCII).contains(word);
        }
    }

    @Override
    public List<Sample> measure(int round) throws Exception {
        // Another group each time: nothing is known of its run times.
        String group = NAME + "-" + round;
        double seconds = Math.max(2, plan.seconds());
        try (SlowWorkers workers = new SlowWorkers(gateway.workers(group), WORKERS, RUN_MS);
                ClosedLoop loop = new ClosedLoop(gateway.address(), CONNECTIONS, new HttpFraming())) {
            Crowd crowd = new Crowd(group, seconds);
            ClosedLoop.Result result = loop.run(crowd, (long) ((BEFORE + seconds) * 1e9));
            Map<Figure, Double> figures = new EnumMap<>(Figure.class);
            figures.put(Figure.RATE, crowd.completed / seconds);
            figures.put(Figure.GOODPUT, crowd.completed * RUN_MS / (10.0 * WORKERS * seconds));
            String note = String.format(
                    Locale.ROOT,
                    "%d times what %d workers can do; %,d/s refused, %,d/s too late, %,d handed out in all",
                    LOAD,
                    WORKERS,
                    (long) (crowd.refused / seconds),
                    (long) (crowd.late / seconds),
                    workers.handedOut());
            return List.of(new Sample(NAME, round, figures, result.errors(), result.firstError(), note));
        }
    }
}
