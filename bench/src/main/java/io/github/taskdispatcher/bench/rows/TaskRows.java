package io.github.taskdispatcher.bench.rows;

import io.github.taskdispatcher.bench.load.ClosedLoop;
import io.github.taskdispatcher.bench.load.HttpFraming;
import io.github.taskdispatcher.bench.load.SyncTasks;
import io.github.taskdispatcher.bench.stack.Meter;
import io.github.taskdispatcher.bench.stack.Stack;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Two gateways with workers that echo at once: tasks end to end. */
public final class TaskRows implements AutoCloseable {

    /** A task's {@code data}, in bytes: as large as the peers' task. */
    private static final int DATA_BYTES = 200;

    private static final String PATH = "/api/openai";
    private static final int[] CONNECTIONS = {1, 16, 64, 256};
    /** Two processes with 32 each, as the peers have. */
    private static final int PROCESSES = 2;

    private static final int WORKERS = 32;
    /** The group whose workers are all at the other gateway. */
    private static final String FAR = "far";

    private final Stack stack;
    private final Stack.Gateway near;
    private final Plan plan;

    /** Starts all of it and warms it up. */
    public TaskRows(Path home, Path dir, Plan plan) throws IOException, InterruptedException {
        this.plan = plan;
        stack = new Stack(home, dir);
        near = stack.addGateway(Map.of());
        Stack.Gateway far = stack.addGateway(Map.of());
        for (int i = 0; i < PROCESSES; i++) {
            stack.addWorkers(near.workers(null), WORKERS, "echo");
            stack.addWorkers(far.workers(FAR), WORKERS, "echo");
        }
    }

    /** Runs until the compilers have done most of their work. */
    public void warmUp() throws IOException {
        for (String group : new String[] {FAR, null}) {
            try (ClosedLoop loop = new ClosedLoop(near.address(), 64, new HttpFraming())) {
                loop.run(new SyncTasks(64, PATH, group, DATA_BYTES), (long) (plan.warmUpSeconds() * 5e8));
            }
        }
    }

    public List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        for (int connections : CONNECTIONS) {
            rows.add(sync("sync C=" + connections, null, connections));
        }
        for (int connections : CONNECTIONS) {
            rows.add(sync("two gateways C=" + connections, FAR, connections));
        }
        return rows;
    }

    private Row sync(String name, String group, int connections) {
        return new LoadRow(
                name,
                near.address(),
                new HttpFraming(),
                connections,
                plan.seconds(),
                () -> new SyncTasks(connections, PATH, group, DATA_BYTES),
                () -> Meter.of(stack));
    }

    public Stack stack() {
        return stack;
    }

    @Override
    public void close() {
        stack.close();
    }
}
