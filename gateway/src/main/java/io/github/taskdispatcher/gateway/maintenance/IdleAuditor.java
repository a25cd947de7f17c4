package io.github.taskdispatcher.gateway.maintenance;

import io.github.taskdispatcher.gateway.background.BackgroundService;
import io.github.taskdispatcher.gateway.background.Scheduler;
import io.github.taskdispatcher.gateway.store.TaskStore;
import io.github.taskdispatcher.gateway.worker.Slot;
import io.github.taskdispatcher.gateway.worker.WorkerRegistry;
import io.github.taskdispatcher.task.GroupName;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/**
 * Every 30 s: asks which of the workers believed idle here are not idle in the store, and lets those ask for a task. Mends
 * what a lost reply left behind.
 */
public final class IdleAuditor extends BackgroundService {

    private static final long INTERVAL_MS = 30_000;
    private static final int BATCH = 500;

    private final TaskStore store;
    private final WorkerRegistry workers;

    public IdleAuditor(Scheduler scheduler, TaskStore store, WorkerRegistry workers) {
        super(scheduler, INTERVAL_MS);
        this.store = store;
        this.workers = workers;
    }

    @Override
    protected CompletableFuture<?> round() {
        Map<GroupName, List<Slot>> idle =
                workers.slots().stream().filter(Slot::isIdle).collect(Collectors.groupingBy(Slot::group));
        CompletableFuture<?> done = CompletableFuture.completedFuture(null);
        for (Map.Entry<GroupName, List<Slot>> entry : idle.entrySet()) {
            List<Slot> slots = entry.getValue();
            for (int from = 0; from < slots.size(); from += BATCH) {
                List<Slot> batch = slots.subList(from, Math.min(slots.size(), from + BATCH));
                done = done.thenCompose(before -> audit(entry.getKey(), batch));
            }
        }
        return done;
    }

    private CompletableFuture<Void> audit(GroupName group, List<Slot> slots) {
        Map<String, Slot> byId = slots.stream().collect(Collectors.toMap(Slot::id, slot -> slot));
        return store.notIdle(group, List.copyOf(byId.keySet()))
                .thenAccept(missing -> missing.forEach(id -> byId.get(id).audit()));
    }
}
