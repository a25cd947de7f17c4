package io.github.taskdispatcher.gateway.background;

import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;

/**
 * The time of this process, and work for later. Everything that waits or measures takes this, so that a test moves the time by
 * hand. Any thread may call; what is scheduled runs on a thread that it must not block.
 */
public interface Scheduler {

    /** Like {@link System#nanoTime()}: only differences mean something. */
    long nanoTime();

    /**
     * Runs a task once.
     *
     * @return cancels it
     * @throws RejectedExecutionException when the scheduler has ended
     */
    Future<?> schedule(Runnable task, long delayMs);

    /**
     * Runs a task soon.
     *
     * @throws RejectedExecutionException when the scheduler has ended
     */
    void execute(Runnable task);
}
