package io.github.taskdispatcher.bench.rows;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.taskdispatcher.bench.load.Caller;
import io.github.taskdispatcher.bench.load.ClosedLoop;
import io.github.taskdispatcher.bench.load.HostileBodies;
import io.github.taskdispatcher.bench.load.HttpFraming;
import io.github.taskdispatcher.bench.load.Paced;
import io.github.taskdispatcher.bench.load.Repeated;
import io.github.taskdispatcher.bench.load.SyncTasks;
import io.github.taskdispatcher.bench.report.Figure;
import io.github.taskdispatcher.bench.report.Sample;
import io.github.taskdispatcher.bench.stack.Stack;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Small tasks and {@code /livez}, alone, and while four clients send large bodies that are slow to parse. */
public final class HostileRow implements Row {

    /** The name of the row. */
    public static final String NAME = "hostile bodies";

    private static final int CLIENTS = 4;
    private static final String GROUP = "hostile";
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final Stack stack;
    private final Stack.Gateway gateway;
    private final Plan plan;
    private final long worker;

    /** Starts the worker of the small tasks. */
    public HostileRow(Stack stack, Stack.Gateway gateway, Plan plan) throws IOException {
        this.stack = stack;
        this.gateway = gateway;
        this.plan = plan;
        worker = stack.addWorkers(gateway.workers(GROUP), 1, "echo");
    }

    @Override
    public String name() {
        return NAME;
    }

    /** What the small requests took. */
    private record Small(ClosedLoop.Result tasks, ClosedLoop.Result livez) {}

    @Override
    public List<Sample> measure(int round) throws Exception {
        HostileBodies bodies = new HostileBodies(TaskRows.SUBMIT, plan.hostileBytes());
        // One round of each shape first: the gateway's compiler is no part of what is measured.
        ask(CLIENTS, bodies, plan.seconds()).join();
        Small alone = small();
        CompletableFuture<ClosedLoop.Result> sent = ask(CLIENTS, bodies, plan.seconds());
        Small beside = small();
        ClosedLoop.Result hostile = sent.join();

        Map<Figure, Double> figures = new EnumMap<>(Figure.class);
        LoadRow.putTimes(figures, beside.tasks().nanos());
        figures.put(Figure.LIVEZ_P99, p99(beside.livez()));
        figures.put(Figure.IDLE_P99, p99(alone.tasks()));
        figures.put(Figure.IDLE_LIVEZ_P99, p99(alone.livez()));
        long errors = 0;
        String error = null;
        for (ClosedLoop.Result result :
                List.of(alone.tasks(), alone.livez(), beside.tasks(), beside.livez(), hostile)) {
            errors += result.errors();
            error = error == null ? result.firstError() : error;
        }
        String note =
                String.format(Locale.ROOT, "%.1f bodies/s of %,d KB", hostile.rate(), plan.hostileBytes() / 1_000);
        return List.of(new Sample(NAME, round, figures, errors, error, note));
    }

    private Small small() {
        byte[] livez = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII);
        byte[] ok = "{\"status\":\"ok\"}".getBytes(US_ASCII);
        CompletableFuture<ClosedLoop.Result> alive =
                ask(1, new Paced(new Repeated(1, livez, -1, ok), PAUSE_NANOS), plan.seconds());
        CompletableFuture<ClosedLoop.Result> tasks = ask(
                1,
                new Paced(new SyncTasks(1, TaskRows.SUBMIT, GROUP, TaskRows.DATA_BYTES), PAUSE_NANOS),
                plan.seconds());
        return new Small(tasks.join(), alive.join());
    }

    private CompletableFuture<ClosedLoop.Result> ask(int connections, Caller caller, double seconds) {
        CompletableFuture<ClosedLoop.Result> result = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try (ClosedLoop loop = new ClosedLoop(gateway.address(), connections, new HttpFraming())) {
                        result.complete(loop.run(caller, (long) (seconds * 1e9)));
                    } catch (IOException e) {
                        result.completeExceptionally(new UncheckedIOException(e));
                    } catch (RuntimeException e) {
                        result.completeExceptionally(e);
                    }
                },
                NAME);
        thread.setDaemon(true);
        thread.start();
        return result;
    }

    private static double p99(ClosedLoop.Result result) {
        return result.nanos().getValueAtPercentile(99) / 1e6;
    }

    /** Ends the worker. */
    public void stop() {
        stack.stopWorkers(worker);
    }
}
