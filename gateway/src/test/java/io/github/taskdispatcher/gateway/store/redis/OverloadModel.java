package io.github.taskdispatcher.gateway.store.redis;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Random;

/**
 * Clients that submit more than the workers of a group can do, played on the real scripts with the test's clock. A worker that
 * honours {@code cancel} gives a task up at its deadline; any other one runs each task to its end.
 */
final class OverloadModel {

    private static final String GATEWAY = "A";
    private static final long SWEEP_MS = 700;

    /** How long the tasks of a history run, around a mean of one. */
    enum Runs {
        EQUAL {
            @Override
            double next(Random random, boolean large) {
                return 1;
            }
        },
        EVEN {
            @Override
            double next(Random random, boolean large) {
                return 0.5 + random.nextDouble();
            }
        },
        SPREAD {
            @Override
            double next(Random random, boolean large) {
                return Math.exp(0.5 * random.nextGaussian() - 0.125);
            }
        },
        TWO_MODELS {
            @Override
            double next(Random random, boolean large) {
                return large ? 1.6 : 0.4;
            }
        };

        abstract double next(Random random, boolean large);
    }

    /**
     * One history.
     *
     * @param slots of the workers
     * @param meanMs of the runs
     * @param timeoutMs of each task
     * @param load submitted work, as a multiple of what the workers can do
     * @param honour whether the workers give up what is cancelled
     */
    record Plan(long seed, int slots, long meanMs, long timeoutMs, double load, boolean honour, Runs runs) {}

    /**
     * What became of it.
     *
     * @param share completed tasks, as a share of those that the workers could have run one after the other
     * @param died accepted tasks that ended without a run
     */
    record Result(int submitted, int refused, int completed, int cut, int died, double share) {
        @Override
        public String toString() {
            return "submitted %d, refused %d, completed %d, too late %d, never run %d, share %.2f"
                    .formatted(submitted, refused, completed, cut, died, share);
        }
    }

    private record Event(long at, Runnable act) {}

    private final Plan plan;
    private final ScriptRunner run;
    private final Random random;
    private final PriorityQueue<Event> events = new PriorityQueue<>((one, other) -> Long.compare(one.at, other.at));
    private final Map<String, Long> runs = new HashMap<>();
    private final Map<String, Long> deadlines = new HashMap<>();
    private final Queue<String> unread = new ArrayDeque<>();
    private long end;
    private int submitted;
    private int refused;
    private int completed;
    private int cut;
    private int handedOut;
    private long handedOutMs;

    OverloadModel(Plan plan, ScriptRunner run) {
        this.plan = plan;
        this.run = run;
        random = new Random(plan.seed);
    }

    /** Plays so many mean runs, the first of them before it counts. */
    Result play(int warmUp, int meanRuns) {
        for (int i = 0; i < plan.slots; i++) {
            run.idleWorker(GATEWAY, "W" + i);
        }
        long countFrom = run.now + warmUp * plan.meanMs;
        end = countFrom + meanRuns * plan.meanMs;
        at(run.now, this::arrive);
        at(run.now, this::sweep);
        at(countFrom, () -> {
            submitted = 0;
            refused = 0;
            completed = 0;
            cut = 0;
            handedOut = 0;
            handedOutMs = 0;
            unread.clear();
        });
        while (!events.isEmpty() && events.peek().at <= end) {
            Event event = events.poll();
            run.now = event.at;
            event.act.run();
        }
        int died = 0;
        for (String id : unread) {
            Map<String, String> task = run.task(id);
            died += "failed".equals(task.get("status")) && !task.containsKey("startedAt") ? 1 : 0;
        }
        double possible = plan.slots * (double) (end - countFrom) * handedOut / Math.max(1, handedOutMs);
        return new Result(submitted, refused, completed, cut, died, completed / possible);
    }

    private void at(long time, Runnable act) {
        events.add(new Event(time, act));
    }

    private void arrive() {
        String id = "T" + runs.size();
        boolean large = random.nextBoolean();
        runs.put(id, Math.max(1, Math.round(plan.meanMs * plan.runs.next(random, large))));
        deadlines.put(id, run.now + plan.timeoutMs);
        String model = plan.runs == Runs.TWO_MODELS ? large ? "large" : "small" : "";
        List<String> reply = run.submit(GATEWAY, id, plan.timeoutMs, 1_000, model);
        submitted++;
        switch (reply.get(0)) {
            case "assigned" -> work(reply.get(1), id, reply.get(2));
            case "queued" -> unread.add(id);
            case "not-in-time", "full" -> refused++;
            default -> throw new AssertionError("seed " + plan.seed + ": " + reply);
        }
        double gap = plan.meanMs / (plan.slots * plan.load);
        at(run.now + Math.max(1, Math.round(-Math.log(1 - random.nextDouble()) * gap)), this::arrive);
    }

    private void work(String worker, String id, String token) {
        long takes = runs.get(id);
        long left = deadlines.get(id) - run.now;
        handedOut++;
        handedOutMs += takes;
        if (takes > left) {
            cut++;
        }
        if (takes > left && plan.honour) {
            at(run.now + left + 1, () -> {
                run.detach(GATEWAY, id);
                List<String> reply = run.ready(GATEWAY, worker);
                next(worker, reply, "task");
            });
            return;
        }
        at(run.now + takes, () -> {
            if (takes > left) {
                run.detach(GATEWAY, id);
            }
            List<String> reply = run.complete(GATEWAY, id, worker, token, "completed", "1");
            completed += reply.get(0).equals("recorded") ? 1 : 0;
            next(worker, reply, reply.get(0));
        });
    }

    private void next(String worker, List<String> reply, String word) {
        if (reply.size() == 5 && reply.get(0).equals(word)) {
            work(worker, reply.get(1), reply.get(2));
        }
    }

    private void sweep() {
        run.beat(GATEWAY);
        run.sweep(GATEWAY);
        List<String> beat = run.beat(GATEWAY);
        for (int i = 1; i + 2 < beat.size(); i += 3) {
            if (run.claim(GATEWAY, beat.get(i), beat.get(i + 2)).get(0).equals("task")) {
                work(beat.get(i + 1), beat.get(i), beat.get(i + 2));
            }
        }
        at(run.now + SWEEP_MS, this::sweep);
    }
}
