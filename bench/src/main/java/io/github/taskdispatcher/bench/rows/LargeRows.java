package io.github.taskdispatcher.bench.rows;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.taskdispatcher.bench.load.ClosedLoop;
import io.github.taskdispatcher.bench.load.HttpFraming;
import io.github.taskdispatcher.bench.load.Repeated;
import io.github.taskdispatcher.bench.load.SyncTasks;
import io.github.taskdispatcher.bench.report.Figure;
import io.github.taskdispatcher.bench.report.Sample;
import io.github.taskdispatcher.bench.stack.JvmMemory;
import io.github.taskdispatcher.bench.stack.Meter;
import io.github.taskdispatcher.bench.stack.Stack;
import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** One megabyte in, one megabyte out; beside it what the way alone costs, and how often the gateway holds it. */
public final class LargeRows {

    static final String TASKS = "1 MB C=4";
    static final String RELAY = "1 MB relay C=4";
    static final String HELD = "1 MB held";

    /** The names of the rows. */
    public static final List<String> NAMES = List.of(TASKS, RELAY, HELD);

    private static final String GROUP = "large";
    private static final int BYTES = 1 << 20;
    private static final int CONNECTIONS = 4;
    private static final int HELD_TASKS = 16;

    private final Stack stack;
    private final Stack.Gateway gateway;
    private final Stack.Bare bare;
    private final Plan plan;
    private final long worker;
    private final long mirror;

    /** Starts workers and mirrors. */
    public LargeRows(Stack stack, Stack.Gateway gateway, Stack.Bare bare, Plan plan) throws IOException {
        this.stack = stack;
        this.gateway = gateway;
        this.bare = bare;
        this.plan = plan;
        worker = stack.addWorkers(gateway.workers(GROUP), CONNECTIONS, "echo");
        mirror = stack.addWorkers(bare.mirrors(), CONNECTIONS * 2, "mirror");
    }

    public List<Row> rows() {
        byte[] request = ReferenceRows.post("/relay", "x".repeat(BYTES));
        byte[] body = "x".repeat(BYTES).getBytes(US_ASCII);
        return List.of(
                new LoadRow(
                        TASKS,
                        gateway.address(),
                        new HttpFraming(),
                        CONNECTIONS,
                        plan.seconds(),
                        () -> new SyncTasks(CONNECTIONS, TaskRows.SUBMIT, GROUP, BYTES),
                        () -> Meter.of(List.of(gateway.pid()), stack.redis(), List.of(worker))),
                new LoadRow(
                        RELAY,
                        bare.address(),
                        new HttpFraming(),
                        CONNECTIONS,
                        plan.seconds(),
                        () -> new Repeated(CONNECTIONS, request, -1, body),
                        () -> Meter.of(List.of(bare.pid()), stack.redis(), List.of(mirror))),
                new HeldTasks());
    }

    /** Tasks that stay with their workers while the heap is looked at. */
    private final class HeldTasks implements Row {

        @Override
        public String name() {
            return HELD;
        }

        @Override
        public List<Sample> measure(int round) throws Exception {
            // Another one each time: the gateway may not know yet that the last round's workers have gone.
            String group = "large-held-" + round;
            try (HoldingWorkers workers = new HoldingWorkers(gateway.workers(group), HELD_TASKS)) {
                JvmMemory.Held before = JvmMemory.afterCollection(gateway.pid());
                try (HeldRequests requests = new HeldRequests(gateway.address(), group, HELD_TASKS, BYTES)) {
                    workers.awaitTasks(HELD_TASKS);
                    JvmMemory.Held during = JvmMemory.afterCollection(gateway.pid());
                    workers.release();
                    ClosedLoop.Result result = requests.await();
                    double copies = (during.heapBytes() - before.heapBytes()) / (double) HELD_TASKS / BYTES;
                    return List.of(new Sample(
                            HELD,
                            round,
                            new EnumMap<>(Map.of(Figure.COPIES, Math.max(0, copies))),
                            result.errors(),
                            result.firstError()));
                }
            }
        }
    }

    /** Ends workers and mirrors. */
    public void stop() {
        stack.stopWorkers(worker);
        stack.stopWorkers(mirror);
    }
}
