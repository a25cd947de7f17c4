package io.github.taskdispatcher.bench.rows;

/**
 * How much is measured.
 *
 * @param rounds how often each row is measured
 * @param seconds how long a row is measured
 * @param warmUpSeconds before the first
 * @param workerProcesses how many processes the workers are in
 * @param asyncTasks how many are submitted, then polled
 * @param backlog how many tasks wait in the long queue
 * @param idleWorkers how many workers are idle, one number after the other, the largest last
 * @param idleSeconds how long the CPU of what is idle is watched
 * @param heldRequests how many requests are held
 * @param streams how many are read at once
 * @param hostileBytes how large the bodies are that are slow to parse
 */
public record Plan(
        int rounds,
        double seconds,
        double warmUpSeconds,
        int workerProcesses,
        int asyncTasks,
        int backlog,
        int[] idleWorkers,
        double idleSeconds,
        int heldRequests,
        int streams,
        int hostileBytes) {

    /** Under ten minutes in all. */
    public static Plan full() {
        // The peers have two processes with 32 workers each. Workers are pinged every 15 s: the time that is watched
        // has each of them once.
        return new Plan(5, 3, 16, 2, 20_000, 100_000, new int[] {2_000, 10_000}, 15, 2_000, 1_000, 16_000_000);
    }

    /** Under a minute in all: shows that everything works, not how fast it is. */
    public static Plan quick() {
        return new Plan(1, 0.25, 1, 1, 1_000, 2_000, new int[] {200}, 0.5, 200, 50, 2_000_000);
    }

    /** The same with another number of rounds. */
    public Plan withRounds(int number) {
        return new Plan(
                number,
                seconds,
                warmUpSeconds,
                workerProcesses,
                asyncTasks,
                backlog,
                idleWorkers,
                idleSeconds,
                heldRequests,
                streams,
                hostileBytes);
    }
}
