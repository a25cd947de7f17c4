package io.github.taskdispatcher.gateway.limits;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs tasks on the threads of another executor, at most so many at once, in the order in which they came. The others wait
 * here, without a thread; the caller bounds how many there are. Any thread; nothing blocks.
 */
public final class BoundedExecutor implements Executor {

    private static final Logger log = LoggerFactory.getLogger(BoundedExecutor.class);

    private final Executor threads;
    private final int width;
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private int running;

    /** @param width how many tasks run at once, at least 1 */
    public BoundedExecutor(Executor threads, int width) {
        this.threads = threads;
        this.width = width;
    }

    /** @throws RejectedExecutionException when the other executor takes no tasks any more; this one will not run */
    @Override
    public void execute(Runnable task) {
        synchronized (this) {
            if (running == width) {
                waiting.add(task);
                return;
            }
            running++;
        }
        try {
            threads.execute(() -> runFrom(task));
        } catch (RejectedExecutionException e) {
            synchronized (this) {
                running--;
            }
            throw e;
        }
    }

    /** Runs this task, then those that wait. */
    private void runFrom(Runnable first) {
        for (Runnable task = first; task != null; task = next()) {
            try {
                task.run();
            } catch (RuntimeException e) {
                log.error("a task failed", e);
            }
        }
    }

    private synchronized Runnable next() {
        Runnable task = waiting.poll();
        if (task == null) {
            running--;
        }
        return task;
    }
}
