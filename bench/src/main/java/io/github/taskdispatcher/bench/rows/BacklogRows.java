package io.github.taskdispatcher.bench.rows;

import io.github.taskdispatcher.bench.load.AsyncTasks;
import io.github.taskdispatcher.bench.load.ClosedLoop;
import io.github.taskdispatcher.bench.load.HttpFraming;
import io.github.taskdispatcher.bench.report.Figure;
import io.github.taskdispatcher.bench.report.Sample;
import io.github.taskdispatcher.bench.stack.ScriptTimes;
import io.github.taskdispatcher.bench.stack.Stack;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/**
 * A short and a long queue side by side: how long it takes to submit one more task, to poll one that waits, and to complete
 * one and get the next. Each queue has one worker, which is this process.
 */
public final class BacklogRows implements Row {

    /** What its rows' names begin with. */
    public static final String NAME = "backlog";

    private static final int SHORT = 10;
    /** Each batch submits, polls and completes so many, first with the one queue, then with the other. */
    private static final int BATCH = 10;

    private static final int CONNECTIONS = 16;

    private static final class Queue implements AutoCloseable {
        final String group;
        final int length;
        final AsyncTasks tasks;
        final BacklogWorker worker;
        /** The tasks that wait, for polling one anywhere in the queue; the worker takes the oldest. */
        final List<AsyncTasks.Accepted> waiting = new ArrayList<>();

        int oldest;
        Histogram submit;
        Histogram poll;
        Histogram complete;
        long errors;
        String firstError;

        Queue(String group, int length, Stack.Gateway gateway) throws IOException, InterruptedException {
            this.group = group;
            this.length = length;
            tasks = new AsyncTasks(CONNECTIONS, TaskRows.SUBMIT, group, TaskRows.DATA_BYTES);
            worker = new BacklogWorker(gateway.workers(group));
        }

        void reset() {
            submit = new Histogram(TaskRows.AT_MOST, 3);
            poll = new Histogram(TaskRows.AT_MOST, 3);
            complete = new Histogram(TaskRows.AT_MOST, 3);
            errors = 0;
            firstError = null;
        }

        void takeAccepted() {
            Deque<AsyncTasks.Accepted> accepted = tasks.accepted();
            waiting.addAll(accepted);
            accepted.clear();
        }

        void note(ClosedLoop.Result result, Histogram into) {
            into.add(result.nanos());
            errors += result.errors();
            if (firstError == null) {
                firstError = result.firstError();
            }
        }

        @Override
        public void close() throws IOException {
            worker.close();
        }
    }

    private final Stack stack;
    private final Stack.Gateway gateway;
    private final Plan plan;
    private final Random random = new Random(4);
    private final Queue shortQueue;
    private final Queue longQueue;
    private final double bytesPerTask;

    /** Connects the workers and fills both queues. */
    public BacklogRows(Stack stack, Stack.Gateway gateway, Plan plan) throws IOException, InterruptedException {
        this.stack = stack;
        this.gateway = gateway;
        this.plan = plan;
        shortQueue = fill(new Queue("short", SHORT, gateway));
        long before = usedMemory();
        longQueue = fill(new Queue("long", plan.backlog(), gateway));
        bytesPerTask = (usedMemory() - before) / (double) plan.backlog();
    }

    private long usedMemory() {
        return Long.parseLong(stack.redis().info("memory").get("used_memory"));
    }

    private Queue fill(Queue queue) throws IOException, InterruptedException {
        queue.reset();
        // The first goes to the worker; then the others wait in the order in which they are accepted.
        try (ClosedLoop loop = new ClosedLoop(gateway.address(), 1, new HttpFraming())) {
            queue.note(loop.run(queue.tasks.submit(1), TaskRows.AT_MOST), queue.submit);
            queue.worker.awaitTask();
        }
        queue.tasks.accepted().clear();
        try (ClosedLoop loop = new ClosedLoop(gateway.address(), CONNECTIONS, new HttpFraming())) {
            queue.note(loop.run(queue.tasks.submit(queue.length), TaskRows.AT_MOST), queue.submit);
        }
        queue.takeAccepted();
        if (queue.errors > 0) {
            throw new IOException("the queue could not be filled: " + queue.firstError);
        }
        return queue;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<Sample> measure(int round) throws Exception {
        shortQueue.reset();
        longQueue.reset();
        ScriptTimes times = new ScriptTimes(stack.redis());
        try (ClosedLoop loop = new ClosedLoop(gateway.address(), 1, new HttpFraming())) {
            long until = System.nanoTime() + (long) (plan.seconds() * 2e9);
            while (System.nanoTime() < until) {
                batch(loop, shortQueue);
                batch(loop, longQueue);
            }
        }
        ScriptTimes.Log log = times.stop();
        return List.of(sample(round, shortQueue, log), sample(round, longQueue, log));
    }

    private void batch(ClosedLoop loop, Queue queue) throws IOException, InterruptedException {
        // The worker completes tasks at the pace of this row: nothing may be refused because they would take too long.
        stack.redis().commands().del(RoomyGateway.PREFIX + "{" + queue.group + "}:pace");
        queue.note(loop.run(queue.tasks.submit(BATCH), TaskRows.AT_MOST), queue.submit);
        queue.takeAccepted();
        // Those near the head may be with the worker before the poll is there.
        queue.note(
                loop.run(
                        AsyncTasks.pollWaiting(
                                TaskRows.TASK,
                                () -> queue.waiting.get(
                                        queue.oldest + random.nextInt(queue.waiting.size() - queue.oldest)),
                                BATCH),
                        TaskRows.AT_MOST),
                queue.poll);
        for (int i = 0; i < BATCH; i++) {
            queue.complete.recordValue(queue.worker.complete());
            queue.oldest++;
        }
    }

    private Sample sample(int round, Queue queue, ScriptTimes.Log log) {
        Map<Figure, Double> figures = new EnumMap<>(Figure.class);
        figures.put(Figure.SUBMIT, queue.submit.getValueAtPercentile(50) / 1e6);
        figures.put(Figure.POLL, queue.poll.getValueAtPercentile(50) / 1e6);
        figures.put(Figure.COMPLETE, queue.complete.getValueAtPercentile(50) / 1e6);
        if (queue == longQueue) {
            figures.put(Figure.WAITING_BYTES, bytesPerTask);
        }
        // What the row calls itself; those of the heartbeat are too few for a 99th percentile.
        Map<String, Long> calls = Map.of(
                "submit", queue.submit.getTotalCount(),
                "look", queue.poll.getTotalCount(),
                "complete", queue.complete.getTotalCount());
        Map<String, Histogram> scripts = log.ofKey(RoomyGateway.PREFIX + "{" + queue.group + "}", calls);
        scripts.forEach((name, times) -> {
            if (calls.containsKey(name)) {
                figures.merge(Figure.SCRIPT_P99, (double) times.getValueAtPercentile(99), Math::max);
            }
            figures.merge(Figure.SCRIPT_MAX, (double) times.getMaxValue(), Math::max);
        });
        String note = "p99/max µs in Redis, " + ScriptTimes.FROM + " for what took no longer: "
                + calls.keySet().stream()
                        .sorted()
                        .map(name -> name + " " + scripts.get(name).getValueAtPercentile(99) + "/"
                                + scripts.get(name).getMaxValue())
                        .collect(Collectors.joining(", "));
        return new Sample(row(queue.length), round, figures, queue.errors, queue.firstError, note);
    }

    /** The name of the row with so many waiting. */
    public static String row(int length) {
        return String.format(Locale.ROOT, "%s %,d", NAME, length);
    }

    /** Disconnects the workers. */
    public void stop() throws IOException {
        shortQueue.close();
        longQueue.close();
    }
}
