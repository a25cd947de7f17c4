package io.github.taskdispatcher.bench.rows;

import io.github.taskdispatcher.bench.load.Streams;
import io.github.taskdispatcher.bench.report.Figure;
import io.github.taskdispatcher.bench.report.Sample;
import io.github.taskdispatcher.bench.stack.Meter;
import io.github.taskdispatcher.bench.stack.Moment;
import io.github.taskdispatcher.bench.stack.Stack;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Many streams at once, read from one gateway while their workers are at the other: what a chunk costs, and how late it comes. */
final class StreamRow implements Row {

    private static final String GROUP = "streams";
    private static final int CHUNKS_PER_SECOND = 50;
    /** How much longer a stream is than what is measured of it, in seconds: to begin and to end. */
    private static final double BEFORE = 2;

    private static final double AFTER = 1;

    private final Stack stack;
    private final Stack.Gateway near;
    private final Stack.Gateway far;
    private final Plan plan;

    StreamRow(Stack stack, Stack.Gateway near, Stack.Gateway far, Plan plan) {
        this.stack = stack;
        this.near = near;
        this.far = far;
        this.plan = plan;
    }

    @Override
    public String name() {
        return name(plan);
    }

    static String name(Plan plan) {
        return String.format(Locale.ROOT, "streams %,d", plan.streams());
    }

    @Override
    public List<Sample> measure(int round) throws Exception {
        int chunks = (int) ((BEFORE + plan.seconds() + AFTER) * CHUNKS_PER_SECOND);
        // Another group each time: the gateway may not know yet that the last round's workers have gone.
        String group = GROUP + "-" + round;
        long workers = stack.addStreamWorkers(far.workers(group), plan.streams(), chunks, CHUNKS_PER_SECOND);
        awaitIdle(group);
        try (Streams streams = new Streams(near.address(), group, plan.streams(), chunks)) {
            Streams.Result before = streams.read((long) (BEFORE * 1e9));
            Meter used = Meter.of(List.of(near.pid(), far.pid()), stack.redis(), List.of(workers));
            Streams.Result during = streams.read((long) (plan.seconds() * 1e9));
            Map<Figure, Double> figures = used.perTask(during.chunks());
            figures.put(Figure.RATE, during.chunks() / during.seconds());
            LoadRow.putTimes(figures, during.nanos());
            Streams.Result after = streams.read(TaskRows.AT_MOST);
            long errors = before.errors() + during.errors() + after.errors() + after.open();
            String unended = after.open() > 0 ? after.open() + " streams did not end" : null;
            String error = Stream.of(before.firstError(), during.firstError(), after.firstError(), unended)
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElse(null);
            String note = String.format(
                    Locale.ROOT,
                    "each figure is per chunk; the workers say %,d chunks/s",
                    plan.streams() * CHUNKS_PER_SECOND);
            return List.of(new Sample(name(), round, figures, errors, error, note));
        } finally {
            stack.stopWorkers(workers);
        }
    }

    private void awaitIdle(String group) throws Exception {
        Moment.await(
                (int) TimeUnit.NANOSECONDS.toSeconds(TaskRows.AT_MOST),
                () -> stack.redis().commands().zcard("td:{" + group + "}:idle") >= plan.streams(),
                () -> "not all workers that stream are idle");
    }
}
