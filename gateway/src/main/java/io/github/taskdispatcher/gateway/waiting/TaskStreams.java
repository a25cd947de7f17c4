package io.github.taskdispatcher.gateway.waiting;

import io.github.taskdispatcher.gateway.background.BackgroundService;
import io.github.taskdispatcher.gateway.background.Scheduler;
import io.github.taskdispatcher.task.TaskId;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** The streams of tasks to clients of this gateway. Reads for them what no hint told. Any thread. */
public final class TaskStreams extends BackgroundService {

    private static final long INTERVAL_MS = 250;

    private final ConcurrentMap<TaskId, Set<TaskStream>> all = new ConcurrentHashMap<>();
    private final AtomicInteger size = new AtomicInteger();

    private final Scheduler scheduler;

    public TaskStreams(Scheduler scheduler) {
        super(scheduler, INTERVAL_MS);
        this.scheduler = scheduler;
    }

    void add(TaskStream stream) {
        all.compute(stream.id(), (id, some) -> {
            Set<TaskStream> with = some == null ? ConcurrentHashMap.newKeySet(2) : some;
            if (with.add(stream)) {
                size.incrementAndGet();
            }
            return with;
        });
    }

    void remove(TaskStream stream) {
        all.computeIfPresent(stream.id(), (id, some) -> {
            if (some.remove(stream)) {
                size.decrementAndGet();
            }
            return some.isEmpty() ? null : some;
        });
    }

    public int size() {
        return size.get();
    }

    /** The task's worker said more; no chunks: it must be read. */
    void said(TaskId id, long first, List<byte[]> chunks) {
        of(id).forEach(stream -> stream.said(first, chunks));
    }

    /** The task has ended. */
    void ended(TaskId id) {
        of(id).forEach(TaskStream::wake);
    }

    /** Hints may have been lost. */
    public void resync() {
        each(TaskStream::wake);
    }

    /** The gateway stops. */
    void stopping() {
        each(TaskStream::stopping);
    }

    private Set<TaskStream> of(TaskId id) {
        return all.getOrDefault(id, Set.of());
    }

    private void each(Consumer<TaskStream> act) {
        all.values().forEach(some -> some.forEach(act));
    }

    @Override
    protected CompletableFuture<?> round() {
        long now = scheduler.nanoTime();
        each(stream -> stream.poll(now));
        return CompletableFuture.completedFuture(null);
    }
}
