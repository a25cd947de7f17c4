package io.github.taskdispatcher.bench.rows;

/**
 * How much is measured.
 *
 * @param rounds how often each row is measured
 * @param seconds how long a row is measured
 * @param warmUpSeconds before the first
 */
public record Plan(int rounds, double seconds, double warmUpSeconds) {

    /** Under ten minutes in all. */
    public static Plan full() {
        return new Plan(5, 3, 10);
    }

    /** Under a minute in all: shows that everything works, not how fast it is. */
    public static Plan quick() {
        return new Plan(1, 0.6, 3);
    }

    /** The same with another number of rounds. */
    public Plan withRounds(int number) {
        return new Plan(number, seconds, warmUpSeconds);
    }
}
