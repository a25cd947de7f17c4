package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.task.TaskId;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Those who follow tasks by this gateway; reads for them what no hint told: the twin of all hints. Any thread. */
final class Followings extends Duty {

    private static final long INTERVAL_MS = 250;

    private final ConcurrentMap<TaskId, Set<Following>> all = new ConcurrentHashMap<>();
    private final AtomicInteger size = new AtomicInteger();

    Followings(Dispatcher dispatcher) {
        super(dispatcher.timer(), INTERVAL_MS);
    }

    void add(Following following) {
        all.compute(following.id(), (id, some) -> {
            Set<Following> with = some == null ? ConcurrentHashMap.newKeySet(2) : some;
            if (with.add(following)) {
                size.incrementAndGet();
            }
            return with;
        });
    }

    void remove(Following following) {
        all.computeIfPresent(following.id(), (id, some) -> {
            if (some.remove(following)) {
                size.decrementAndGet();
            }
            return some.isEmpty() ? null : some;
        });
    }

    int size() {
        return size.get();
    }

    /** The task's worker said more; no chunks: it must be read. */
    void said(TaskId id, long first, List<byte[]> chunks) {
        of(id).forEach(following -> following.said(first, chunks));
    }

    /** The task has ended. */
    void ended(TaskId id) {
        of(id).forEach(Following::wake);
    }

    /** Hints may have been lost. */
    void resync() {
        each(Following::wake);
    }

    void stopping() {
        each(Following::stopping);
    }

    private Set<Following> of(TaskId id) {
        return all.getOrDefault(id, Set.of());
    }

    private void each(Consumer<Following> act) {
        all.values().forEach(some -> some.forEach(act));
    }

    @Override
    CompletableFuture<?> round() {
        long now = System.nanoTime();
        each(following -> following.poll(now));
        return CompletableFuture.completedFuture(null);
    }
}
