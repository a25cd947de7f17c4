package io.github.taskdispatcher.bench.report;

/** What is measured, with its unit; those with a heading are columns of the table, the others stand in its last column. */
public enum Figure {
    RATE("tasks/s", 0),
    P50("p50 ms", 2),
    P99("p99 ms", 2),
    SYSTEM_CPU("CPU ms/task", 3),
    GATEWAY_CPU("gateway", 3),
    REDIS_CPU("Redis", 3),
    WORKERS_CPU("workers", 3),
    LOAD_CPU("load", 3),
    SCRIPTS("scripts/task", 2),
    COMMANDS("commands/task", 1),
    REDIS_BYTES("Redis B/task", 0),
    RSS("gateway MiB", 0),
    FOREIGN_CPU("foreign CPU %", 0);

    private final String title;
    private final int decimals;

    Figure(String title, int decimals) {
        this.title = title;
        this.decimals = decimals;
    }

    /** Its name and unit, as printed. */
    public String title() {
        return title;
    }

    /** A value as printed. */
    public String format(double value) {
        return String.format(java.util.Locale.ROOT, "%,." + decimals + "f", value);
    }
}
