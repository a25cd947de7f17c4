package io.github.taskdispatcher.bench.rows;

import io.github.taskdispatcher.bench.load.ClosedLoop;
import io.github.taskdispatcher.bench.load.HttpFraming;
import io.github.taskdispatcher.bench.load.StampTasks;
import io.github.taskdispatcher.bench.report.Figure;
import io.github.taskdispatcher.bench.report.Sample;
import io.github.taskdispatcher.bench.stack.JvmMemory;
import io.github.taskdispatcher.bench.stack.Meter;
import io.github.taskdispatcher.bench.stack.Moment;
import io.github.taskdispatcher.bench.stack.Proc;
import io.github.taskdispatcher.bench.stack.Stack;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Thousands of workers that have nothing to do: what they cost, and how soon a task reaches one. */
public final class IdleWorkerRows implements Row {

    /** What its rows' names begin with. */
    public static final String NAME = "idle workers";

    private static final String GROUP = "idle";
    private static final int TASKS = 300;
    /** Files a gateway has open beside its workers' sockets, with room. */
    private static final int OTHER_FILES = 300;

    private final Stack stack;
    private final Stack.Gateway gateway;
    private final Plan plan;

    public IdleWorkerRows(Stack stack, Stack.Gateway gateway, Plan plan) {
        this.stack = stack;
        this.gateway = gateway;
        this.plan = plan;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Sample> measure(int round) throws Exception {
        List<Sample> samples = new ArrayList<>();
        List<Long> processes = new ArrayList<>();
        processes.add(stack.addWorkers(gateway.workers("warm"), 1, "stamp"));
        Reached one = reach("warm");
        JvmMemory.Held empty = JvmMemory.afterCollection(gateway.pid());
        int connected = 0;
        for (int count : plan.idleWorkers()) {
            String row = row(count);
            if (Proc.openFilesLimit() < count + OTHER_FILES) {
                String error = "a process may open " + Proc.openFilesLimit() + " files, " + (count + OTHER_FILES)
                        + " are needed: raise ulimit -n";
                samples.add(new Sample(row, round, Map.of(), 1, error));
                continue;
            }
            long startedAt = System.nanoTime();
            processes.add(stack.addWorkers(gateway.workers(GROUP), count - connected, "stamp"));
            awaitIdle(count);
            Map<Figure, Double> figures = new EnumMap<>(Figure.class);
            figures.put(Figure.CONNECT_RATE, (count - connected) / ((System.nanoTime() - startedAt) / 1e9));
            connected = count;
            look(figures, empty, count);
            Reached all = reach(GROUP);
            figures.put(Figure.P50, all.ms(50));
            figures.put(Figure.P99, all.ms(99));
            awaitIdle(count);
            samples.add(new Sample(
                    row,
                    round,
                    figures,
                    all.result().errors(),
                    all.result().firstError(),
                    "p50 and p99 from the request to the worker; with one worker " + Figure.P50.format(one.ms(50))
                            + " ms p50"));
        }
        processes.forEach(stack::stopWorkers);
        return samples;
    }

    /** The name of the row with so many. */
    static String row(int count) {
        return String.format(Locale.ROOT, "%s %,d", NAME, count);
    }

    private void look(Map<Figure, Double> figures, JvmMemory.Held empty, int count)
            throws IOException, InterruptedException {
        JvmMemory.Held full = JvmMemory.afterCollection(gateway.pid());
        figures.put(Figure.SOCKET_KIB, (full.bytes() - empty.bytes()) / 1024.0 / count);
        figures.put(Figure.SOCKET_HEAP_KIB, (full.heapBytes() - empty.heapBytes()) / 1024.0 / count);
        // Not the first pings: then the compiler takes more than they do, once in the gateway's life. Then two rounds,
        // for its last work still makes one differ from the next by a fifth.
        awaitPings();
        Meter idle = Meter.of(List.of(gateway.pid()), stack.redis(), List.of());
        awaitPings();
        awaitPings();
        figures.put(Figure.CORE, idle.percentOfCore());
        figures.put(Figure.RSS, Proc.rssMib(gateway.pid()));
    }

    /** So long that each worker is pinged once, see {@link Plan#full}. */
    private void awaitPings() throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep((long) (plan.idleSeconds() * 1000));
    }

    private record Reached(ClosedLoop.Result result, StampTasks tasks) {
        double ms(double percentile) {
            return tasks.nanos().getValueAtPercentile(percentile) / 1e6;
        }
    }

    private Reached reach(String group) throws IOException {
        StampTasks tasks = new StampTasks(TaskRows.SUBMIT, group, TaskRows.DATA_BYTES, TASKS);
        try (ClosedLoop loop = new ClosedLoop(gateway.address(), 1, new HttpFraming())) {
            return new Reached(loop.run(tasks, TaskRows.AT_MOST), tasks);
        }
    }

    /** How many workers Redis knows as idle. */
    private long idle() {
        return stack.redis().commands().zcard(RoomyGateway.PREFIX + "{" + GROUP + "}:idle");
    }

    private void awaitIdle(int count) throws IOException, InterruptedException {
        Moment.await(60, () -> idle() >= count, () -> "only " + idle() + " of " + count + " workers are idle");
    }
}
