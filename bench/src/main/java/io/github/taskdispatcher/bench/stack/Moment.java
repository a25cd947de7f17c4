package io.github.taskdispatcher.bench.stack;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Waiting for what only asking again shows. */
public final class Moment {

    private static final long PAUSE_MILLIS = 5;

    /** A question whose answer may fail to arrive. */
    @FunctionalInterface
    public interface Question {
        boolean ask() throws IOException, InterruptedException;
    }

    private Moment() {}

    /**
     * Asks until the answer is yes.
     *
     * @param limitSeconds after which it gives up
     * @param otherwise what the failure says, asked for only then
     * @throws IOException when the limit has passed, or from the question
     */
    public static void await(int limitSeconds, Question question, Supplier<String> otherwise)
            throws IOException, InterruptedException {
        long giveUpAt = System.nanoTime() + TimeUnit.SECONDS.toNanos(limitSeconds);
        while (!question.ask()) {
            if (System.nanoTime() > giveUpAt) {
                throw new IOException(otherwise.get());
            }
            TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
        }
    }
}
