package io.github.taskdispatcher.bench.rows;

import io.github.taskdispatcher.bench.load.ClosedLoop;
import io.github.taskdispatcher.bench.report.Figure;
import io.github.taskdispatcher.bench.report.Sample;
import io.github.taskdispatcher.bench.stack.JvmMemory;
import io.github.taskdispatcher.bench.stack.Meter;
import io.github.taskdispatcher.bench.stack.Moment;
import io.github.taskdispatcher.bench.stack.Stack;
import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Many requests that a gateway holds while their tasks wait for the one worker there is; then 64 come. */
public final class HeldRequestRows implements Row {

    private static final int WORKERS = 64;

    private final Stack stack;
    private final Stack.Gateway gateway;
    private final Plan plan;

    public HeldRequestRows(Stack stack, Stack.Gateway gateway, Plan plan) {
        this.stack = stack;
        this.gateway = gateway;
        this.plan = plan;
    }

    @Override
    public String name() {
        return name(plan.heldRequests());
    }

    /** The name of the row with so many. */
    public static String name(int requests) {
        return String.format(Locale.ROOT, "held requests %,d", requests);
    }

    @Override
    public List<Sample> measure(int round) throws Exception {
        int count = plan.heldRequests();
        // Another one each time: the gateway may not know yet that the last round's workers have gone.
        String group = "held-" + round;
        Map<Figure, Double> figures = new EnumMap<>(Figure.class);
        try (HoldingWorkers one = new HoldingWorkers(gateway.workers(group), 1)) {
            JvmMemory.Held before = JvmMemory.afterCollection(gateway.pid());
            try (HeldRequests requests = new HeldRequests(gateway.address(), group, count, TaskRows.DATA_BYTES)) {
                one.awaitTasks(1);
                awaitQueue(group, count - 1);
                JvmMemory.Held during = JvmMemory.afterCollection(gateway.pid());
                figures.put(Figure.HELD_KIB, (during.bytes() - before.bytes()) / 1024.0 / count);
                Meter idle = Meter.of(List.of(gateway.pid()), stack.redis(), List.of());
                TimeUnit.MILLISECONDS.sleep((long) (plan.idleSeconds() * 1000 / 3));
                figures.put(Figure.CORE, idle.percentOfCore());
                long releasedAt = System.nanoTime();
                one.release();
                try (HoldingWorkers many = new HoldingWorkers(gateway.workers(group), 0)) {
                    many.release();
                    many.add(gateway.workers(group), WORKERS);
                    ClosedLoop.Result result = requests.await();
                    figures.put(Figure.RATE, count / ((System.nanoTime() - releasedAt) / 1e9));
                    return List.of(new Sample(name(), round, figures, result.errors(), result.firstError()));
                }
            }
        }
    }

    private void awaitQueue(String group, int length) throws IOException, InterruptedException {
        String key = RoomyGateway.PREFIX + "{" + group + "}:queue";
        Moment.await(
                60,
                () -> stack.redis().commands().llen(key) >= length,
                () -> "the queue does not become " + length + " long");
    }
}
