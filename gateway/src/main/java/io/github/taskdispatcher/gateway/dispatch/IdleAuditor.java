package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.task.GroupName;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/**
 * Every 30 s: asks which of the workers believed idle here are not idle in the store, and lets those ask for a task. Mends
 * what a lost reply left behind.
 */
final class IdleAuditor extends BackgroundService {

    private static final long INTERVAL_MS = 30_000;
    private static final int BATCH = 500;

    private final Dispatcher dispatcher;

    IdleAuditor(Dispatcher dispatcher) {
        super(dispatcher.timer(), INTERVAL_MS);
        this.dispatcher = dispatcher;
    }

    @Override
    CompletableFuture<?> round() {
        Map<GroupName, List<Slot>> idle =
                dispatcher.workers().all().stream().filter(Slot::isIdle).collect(Collectors.groupingBy(Slot::group));
        CompletableFuture<?> done = CompletableFuture.completedFuture(null);
        for (Map.Entry<GroupName, List<Slot>> entry : idle.entrySet()) {
            List<Slot> workers = entry.getValue();
            for (int from = 0; from < workers.size(); from += BATCH) {
                List<Slot> batch = workers.subList(from, Math.min(workers.size(), from + BATCH));
                done = done.thenCompose(before -> audit(entry.getKey(), batch));
            }
        }
        return done;
    }

    private CompletableFuture<Void> audit(GroupName group, List<Slot> workers) {
        Map<String, Slot> byId = workers.stream().collect(Collectors.toMap(Slot::id, worker -> worker));
        return dispatcher
                .store()
                .notIdle(group, List.copyOf(byId.keySet()))
                .thenAccept(missing -> missing.forEach(id -> byId.get(id).audit()));
    }
}
