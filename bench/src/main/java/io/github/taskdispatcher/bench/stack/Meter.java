package io.github.taskdispatcher.bench.stack;

import io.github.taskdispatcher.bench.report.Figure;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What a stack uses while something is measured: read before and after it. */
public final class Meter {

    private final List<Long> gateways;
    private final RedisServer redis;
    private final List<Long> workers;
    private final double gatewayCpu;
    private final double redisCpu;
    private final double workerCpu;
    private final double ownCpu;
    private final double busy;
    private final long startedAt;
    private final long commands;
    private final long scripts;
    private final long bytes;

    private Meter(List<Long> gateways, RedisServer redis, List<Long> workers) {
        this.gateways = gateways;
        this.redis = redis;
        this.workers = workers;
        Map<String, String> stats = redis == null ? Map.of() : redis.info("commandstats");
        commands = calls(stats, "");
        scripts = calls(stats, "cmdstat_eval") + calls(stats, "cmdstat_fcall");
        bytes = redis == null ? 0 : netBytes();
        gatewayCpu = cpu(gateways);
        redisCpu = redisCpu();
        workerCpu = cpu(workers);
        ownCpu = Proc.cpuSeconds(ProcessHandle.current().pid());
        busy = Proc.busySeconds();
        startedAt = System.nanoTime();
    }

    /**
     * Starts to count what these processes use.
     *
     * @param server shown where the gateways are, or none
     * @param redis may be null
     */
    public static Meter of(List<Long> server, RedisServer redis, List<Long> workers) {
        return new Meter(server, redis, workers);
    }

    /** What was used since, for each of so many tasks. */
    public Map<Figure, Double> perTask(long tasks) {
        Map<Figure, Double> figures = new EnumMap<>(Figure.class);
        double seconds = (System.nanoTime() - startedAt) / 1e9;
        double gateway = cpu(gateways) - gatewayCpu;
        double store = redisCpu() - redisCpu;
        double worker = cpu(workers) - workerCpu;
        double own = Proc.cpuSeconds(ProcessHandle.current().pid()) - ownCpu;
        double foreign = Proc.busySeconds() - busy - gateway - store - worker - own;
        int cores = Runtime.getRuntime().availableProcessors();
        figures.put(Figure.FOREIGN_CPU, Math.max(0, 100 * foreign / seconds / cores));
        double perTask = 1000.0 / Math.max(1, tasks);
        figures.put(Figure.GATEWAY_CPU, gateway * perTask);
        figures.put(Figure.REDIS_CPU, store * perTask);
        figures.put(Figure.WORKERS_CPU, worker * perTask);
        figures.put(Figure.SYSTEM_CPU, (gateway + store + worker) * perTask);
        figures.put(Figure.LOAD_CPU, own * perTask);
        if (!gateways.isEmpty()) {
            figures.put(Figure.RSS, Proc.rssMib(gateways.get(0)));
        }
        if (redis != null) {
            Map<String, String> stats = redis.info("commandstats");
            figures.put(Figure.COMMANDS, (calls(stats, "") - commands) / (double) tasks);
            figures.put(
                    Figure.SCRIPTS,
                    (calls(stats, "cmdstat_eval") + calls(stats, "cmdstat_fcall") - scripts) / (double) tasks);
            figures.put(Figure.REDIS_BYTES, (netBytes() - bytes) / (double) tasks);
        }
        return figures;
    }

    /** CPU used since by gateways and Redis together, in % of one core. */
    public double percentOfCore() {
        double seconds = (System.nanoTime() - startedAt) / 1e9;
        return 100 * (cpu(gateways) - gatewayCpu + redisCpu() - redisCpu) / seconds;
    }

    private static double cpu(List<Long> pids) {
        return pids.stream().mapToDouble(Proc::cpuSeconds).sum();
    }

    private double redisCpu() {
        return redis == null ? 0 : Proc.cpuSeconds(redis.pid());
    }

    /** Calls of the commands whose line of commandstats begins so. */
    private static long calls(Map<String, String> stats, String start) {
        return stats.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith(start))
                .mapToLong(entry -> Long.parseLong(entry.getValue().replaceFirst(".*?calls=(\\d+).*", "$1")))
                .sum();
    }

    private long netBytes() {
        Map<String, String> stats = redis.info("stats");
        return Long.parseLong(stats.get("total_net_input_bytes")) + Long.parseLong(stats.get("total_net_output_bytes"));
    }
}
