package io.github.taskdispatcher.gateway.test;

import io.github.taskdispatcher.gateway.background.Scheduler;
import java.util.Comparator;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/** A scheduler whose time the test moves: what is due runs in {@link #advance}, on the thread that calls it, in order. */
public final class ManualScheduler implements Scheduler {

    private record Entry(long at, long number, Runnable task, CompletableFuture<Void> done) {}

    private final PriorityQueue<Entry> entries =
            new PriorityQueue<>(Comparator.comparingLong(Entry::at).thenComparingLong(Entry::number));

    private long nanos = 1_000_000_000L;
    private long number;
    private boolean ended;

    @Override
    public synchronized long nanoTime() {
        return nanos;
    }

    @Override
    public synchronized Future<?> schedule(Runnable task, long delayMs) {
        if (ended) {
            throw new RejectedExecutionException("the scheduler has ended");
        }
        Entry entry =
                new Entry(nanos + TimeUnit.MILLISECONDS.toNanos(delayMs), number++, task, new CompletableFuture<>());
        entries.add(entry);
        return entry.done();
    }

    @Override
    public void execute(Runnable task) {
        schedule(task, 0);
    }

    /** Moves the time, and runs what is due on the way, also what that schedules. */
    public void advance(long ms) {
        long until;
        synchronized (this) {
            until = nanos + TimeUnit.MILLISECONDS.toNanos(ms);
        }
        for (Optional<Entry> due = due(until); due.isPresent(); due = due(until)) {
            due.get().task().run();
            due.get().done().complete(null);
        }
        synchronized (this) {
            nanos = until;
        }
    }

    /** Runs what is due now. */
    public void run() {
        advance(0);
    }

    private synchronized Optional<Entry> due(long until) {
        while (!entries.isEmpty() && entries.peek().at() <= until) {
            Entry entry = entries.remove();
            if (!entry.done().isCancelled()) {
                nanos = Math.max(nanos, entry.at());
                return Optional.of(entry);
            }
        }
        return Optional.empty();
    }

    /** From now on it refuses everything. */
    public synchronized void end() {
        ended = true;
    }

    /** How many tasks wait for their time. */
    public synchronized int waiting() {
        return (int)
                entries.stream().filter(entry -> !entry.done().isCancelled()).count();
    }
}
