package io.github.taskdispatcher.bench.rows;

import io.github.taskdispatcher.bench.load.AsyncTasks;
import io.github.taskdispatcher.bench.load.ClosedLoop;
import io.github.taskdispatcher.bench.load.HttpFraming;
import io.github.taskdispatcher.bench.load.SyncTasks;
import io.github.taskdispatcher.bench.report.Figure;
import io.github.taskdispatcher.bench.report.Sample;
import io.github.taskdispatcher.bench.stack.Meter;
import io.github.taskdispatcher.bench.stack.Stack;
import io.github.taskdispatcher.gateway.config.Setting;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Two gateways with workers that echo at once: small tasks end to end. */
public final class TaskRows {

    static final String SUBMIT = "/api/openai";
    static final String TASK = "/api/task/";
    /** A task's {@code data}, in bytes: as large as the peers' task. */
    static final int DATA_BYTES = 200;

    /** For what waits for a number of things, not for a time. */
    static final long AT_MOST = TimeUnit.MINUTES.toNanos(2);

    private static final int[] CONNECTIONS = {1, 16, 64, 256};
    private static final int ASYNC_CONNECTIONS = 64;
    /** As many as the peers have. */
    private static final int WORKERS = 64;

    /** The group whose workers are all at the other gateway. */
    private static final String FAR = "far";

    private static final String WITHOUT_FILE = near(64) + ", no file";

    /** Results expire while the run goes on, as they do in a gateway that has run for long. */
    private static final Map<Setting, String> SETTINGS = Map.of(Setting.TASK_RESULT_TTL_MS, "60000");

    private final Stack stack;
    private final Stack.Gateway near;
    private final Stack.Gateway far;
    private final Plan plan;
    private final List<Long> workers = new ArrayList<>();
    private final List<Long> farWorkers = new ArrayList<>();

    /** Starts gateways and workers. */
    public TaskRows(Stack stack, Plan plan) throws IOException, InterruptedException {
        this.stack = stack;
        this.plan = plan;
        near = stack.addGateway(SETTINGS);
        far = stack.addGateway(SETTINGS);
        addWorkers();
        for (int i = 0; i < plan.workerProcesses(); i++) {
            farWorkers.add(stack.addWorkers(far.workers(FAR), WORKERS / plan.workerProcesses(), "echo"));
        }
    }

    private void addWorkers() throws IOException {
        for (int i = 0; i < plan.workerProcesses(); i++) {
            workers.add(stack.addWorkers(near.workers(null), WORKERS / plan.workerProcesses(), "echo"));
        }
    }

    /** Runs until the compilers have done most of their work. */
    public void warmUp() throws IOException {
        for (String group : new String[] {FAR, null}) {
            try (ClosedLoop loop = new ClosedLoop(near.address(), 64, new HttpFraming())) {
                loop.run(new SyncTasks(64, SUBMIT, group, DATA_BYTES), (long) (plan.warmUpSeconds() * 5e8));
            }
        }
    }

    /** The names of the rows. */
    public static List<String> names(Plan plan) {
        List<String> names = new ArrayList<>();
        for (int connections : CONNECTIONS) {
            names.add(near(connections));
            names.add(far(connections));
        }
        names.add(async(plan));
        names.add(StreamRow.name(plan));
        names.add(WITHOUT_FILE);
        return names;
    }

    /** The name of the row with one gateway. */
    static String near(int connections) {
        return "sync C=" + connections;
    }

    /** The name of the row with client and worker on different gateways. */
    static String far(int connections) {
        return "two gateways C=" + connections;
    }

    private static String async(Plan plan) {
        return String.format(Locale.ROOT, "async %,d", plan.asyncTasks());
    }

    public List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        for (int connections : CONNECTIONS) {
            rows.add(sync(near(connections), null, connections));
        }
        for (int connections : CONNECTIONS) {
            rows.add(sync(far(connections), FAR, connections));
        }
        rows.add(new Async());
        rows.add(new StreamRow(stack, near, far, plan));
        rows.add(new WithoutFile(sync(WITHOUT_FILE, null, 64)));
        return rows;
    }

    private Row sync(String name, String group, int connections) {
        return new LoadRow(
                name,
                near.address(),
                new HttpFraming(),
                connections,
                plan.seconds(),
                () -> new SyncTasks(connections, SUBMIT, group, DATA_BYTES),
                this::meter);
    }

    private Meter meter() {
        List<Long> all = new ArrayList<>(workers);
        all.addAll(farWorkers);
        return Meter.of(List.of(near.pid(), far.pid()), stack.redis(), all);
    }

    /** A row while Redis keeps no file. */
    private final class WithoutFile implements Row {

        private final Row row;

        WithoutFile(Row row) {
            this.row = row;
        }

        @Override
        public String name() {
            return row.name();
        }

        @Override
        public List<Sample> measure(int round) throws Exception {
            stack.redis().keepFile(false);
            try {
                return row.measure(round);
            } finally {
                stack.redis().keepFile(true);
            }
        }
    }

    private final class Async implements Row {

        @Override
        public String name() {
            return async(plan);
        }

        @Override
        public List<Sample> measure(int round) throws IOException {
            AsyncTasks tasks = new AsyncTasks(ASYNC_CONNECTIONS, SUBMIT, null, DATA_BYTES);
            try (ClosedLoop loop = new ClosedLoop(near.address(), ASYNC_CONNECTIONS, new HttpFraming())) {
                Meter used = meter();
                ClosedLoop.Result submitted = loop.run(tasks.submit(plan.asyncTasks()), AT_MOST);
                int accepted = tasks.accepted().size();
                ClosedLoop.Result polled = loop.run(tasks.pollUntilDone(TASK), AT_MOST);
                Map<Figure, Double> figures = used.perTask(accepted);
                figures.put(Figure.RATE, accepted / (submitted.seconds() + polled.seconds()));
                LoadRow.putTimes(figures, submitted.nanos());
                String error = submitted.firstError() == null ? polled.firstError() : submitted.firstError();
                return List.of(new Sample(
                        name(),
                        round,
                        figures,
                        submitted.errors() + polled.errors(),
                        error,
                        String.format(
                                Locale.ROOT,
                                "submitted in %.2f s, all done after %.2f s, %.2f polls each; p50 and p99 of submitting",
                                submitted.seconds(),
                                submitted.seconds() + polled.seconds(),
                                polled.answered() / (double) accepted)));
            }
        }
    }

    /** The gateway that clients ask. */
    public Stack.Gateway near() {
        return near;
    }

    /** The gateway that workers of the other group are at. */
    public Stack.Gateway far() {
        return far;
    }

    /** Takes other programs as workers of the first gateway. */
    public List<Long> replaceWorkers(List<ProcessBuilder> programs) throws IOException {
        workers.forEach(stack::stopWorkers);
        workers.clear();
        for (ProcessBuilder program : programs) {
            workers.add(stack.addWorkers(program));
        }
        return List.copyOf(workers);
    }

    /** Ends gateways and workers. */
    public void stop() {
        workers.forEach(stack::stopWorkers);
        farWorkers.forEach(stack::stopWorkers);
        near.kill();
        far.kill();
    }
}
