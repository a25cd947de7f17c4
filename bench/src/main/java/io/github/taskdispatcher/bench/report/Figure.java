package io.github.taskdispatcher.bench.report;

/** What is measured, with its unit; the first are columns of the table, the others stand in its
 * last column. */
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
    FOREIGN_CPU("foreign CPU %", 0),
    START("s from start to readyz", 2, false),
    SUBMIT("ms submit", 3, false),
    POLL("ms poll", 3, false),
    COMPLETE("ms complete", 3, false),
    SCRIPT_P99("µs p99 of the slowest script", 0, false),
    SCRIPT_MAX("µs longest script", 0, false),
    WAITING_BYTES("B of Redis per waiting task", 0, false),
    CONNECT_RATE("workers/s connected", 0, false),
    SOCKET_KIB("KiB of gateway per worker", 1, false),
    SOCKET_HEAP_KIB("KiB of that in the heap", 1, false),
    HELD_KIB("KiB of gateway per held request", 1, false),
    COPIES("copies of the payload in the heap while it runs", 2, false),
    LIVEZ_P99("ms p99 of /livez", 2, false),
    IDLE_P99("ms p99 of a small task without them", 2, false),
    IDLE_LIVEZ_P99("ms p99 of /livez without them", 2, false),
    GOODPUT("% of what the workers can do", 0, false),
    CORE("% of a core while idle, gateways and Redis", 2, false);

    private final String title;
    private final int decimals;
    private final boolean column;

    Figure(String title, int decimals) {
        this(title, decimals, true);
    }

    Figure(String title, int decimals, boolean column) {
        this.title = title;
        this.decimals = decimals;
        this.column = column;
    }

    /** Whether it has a column of its own in the table. */
    public boolean isColumn() {
        return column;
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
