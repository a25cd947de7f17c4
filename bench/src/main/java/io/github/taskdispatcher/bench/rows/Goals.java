package io.github.taskdispatcher.bench.rows;

import io.github.taskdispatcher.bench.report.Check;
import io.github.taskdispatcher.bench.report.Figure;
import io.github.taskdispatcher.bench.report.Results;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What the benchmark must show. Every figure is of the same run. A little is allowed on top of what is counted in whole
 * numbers: for the scripts of the heartbeat, and for what a gateway holds of a task beside its payload.
 */
public final class Goals {

    private static final String SYNC = TaskRows.near(64);
    private static final String FAR = TaskRows.far(64);

    private final Results results;
    private final Plan plan;

    public Goals(Results results, Plan plan) {
        this.results = results;
        this.plan = plan;
    }

    /** All of them, in the order of the table they come from. */
    public List<Check> checks() {
        List<Check> checks = new ArrayList<>();
        String peer = PeerRows.product(64);
        checks.add(rateOf("bullmq-http", peer, 3));
        checks.add(rateOf("rabbitmq-http", peer, 1.2));
        checks.add(rateOf("node-ws", peer, 0.6));
        checks.add(rateOf("node-ws", peer, 0.9, "aim: "));
        checks.add(atMost("CPU ms per task, all processes, " + SYNC, results.median(SYNC, Figure.SYSTEM_CPU), 0.22));
        checks.add(
                atMost("aim: CPU ms per task, all processes, " + SYNC, results.median(SYNC, Figure.SYSTEM_CPU), 0.15));
        checks.add(atMost("CPU ms per task, gateway, " + SYNC, results.median(SYNC, Figure.GATEWAY_CPU), 0.13));
        checks.add(atMost("CPU ms per task, Redis, " + SYNC, results.median(SYNC, Figure.REDIS_CPU), 0.045));
        checks.add(atMost(
                "p50 of sync C=1 / node-ws", ratio(PeerRows.product(1), PeerRows.peer("node-ws", 1), Figure.P50), 2));
        checks.add(atLeast("tasks/s, two gateways / same gateway, C=64", ratio(FAR, SYNC, Figure.RATE), 0.7));
        checks.add(atMost("script calls per task, same gateway", results.median(SYNC, Figure.SCRIPTS), 2.05));
        checks.add(atMost("script calls per task, two gateways", results.median(FAR, Figure.SCRIPTS), 3.05));
        String longRow = BacklogRows.row(plan.backlog());
        String shortRow = BacklogRows.row(10);
        checks.add(atMost(
                "µs the slowest script blocks others, p99, " + longRow,
                results.median(longRow, Figure.SCRIPT_P99),
                100));
        for (Figure figure : List.of(Figure.SUBMIT, Figure.POLL, Figure.COMPLETE)) {
            checks.add(
                    atMost(figure.title() + ", " + longRow + " / " + shortRow, ratio(longRow, shortRow, figure), 1.2));
        }
        String idle = IdleWorkerRows.row(plan.idleWorkers()[plan.idleWorkers().length - 1]);
        checks.add(atMost("KiB of gateway per worker, " + idle, results.median(idle, Figure.SOCKET_KIB), 20));
        checks.add(atMost("% of a core, " + idle, results.median(idle, Figure.CORE), 5));
        checks.add(atLeast("tasks/s, 1 MB / relay", ratio(LargeRows.TASKS, LargeRows.RELAY, Figure.RATE), 0.5));
        checks.add(
                atMost("copies of a 1 MB payload while it runs", results.median(LargeRows.HELD, Figure.COPIES), 3.1));
        checks.add(
                atMost("ms p99 of a small task, " + HostileRow.NAME, results.median(HostileRow.NAME, Figure.P99), 100));
        checks.add(
                atMost("ms p99 of /livez, " + HostileRow.NAME, results.median(HostileRow.NAME, Figure.LIVEZ_P99), 100));
        checks.add(atLeast(
                "% of what the workers can do, " + OverloadRow.NAME,
                results.median(OverloadRow.NAME, Figure.GOODPUT),
                80));
        checks.add(atMost("s from start to readyz", results.median("start", Figure.START), 2));
        return checks;
    }

    private Check rateOf(String peer, String product, double target) {
        return rateOf(peer, product, target, "");
    }

    private Check rateOf(String peer, String product, double target, String prefix) {
        return atLeast(
                prefix + "tasks/s, sync C=64 / " + peer, ratio(product, PeerRows.peer(peer, 64), Figure.RATE), target);
    }

    private OptionalDouble ratio(String row, String other, Figure figure) {
        OptionalDouble above = results.median(row, figure);
        OptionalDouble below = results.median(other, figure);
        return above.isPresent() && below.isPresent() && below.getAsDouble() > 0
                ? OptionalDouble.of(above.getAsDouble() / below.getAsDouble())
                : OptionalDouble.empty();
    }

    private static Check atLeast(String figure, OptionalDouble value, double target) {
        return new Check(figure, value, target, true);
    }

    private static Check atMost(String figure, OptionalDouble value, double target) {
        return new Check(figure, value, target, false);
    }
}
