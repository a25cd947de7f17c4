package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.store.GroupStore;
import io.github.taskdispatcher.task.GroupName;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;

/** Every 20 s: tells the store again which groups the workers here are in, and whose workers they are. */
final class GroupKeeper extends BackgroundService {

    private static final long INTERVAL_MS = 20_000;
    /** So many calls are under way at once. */
    private static final int AT_ONCE = 500;

    private record Kept(GroupName group, String holder) {}

    private final Workers workers;
    private final GroupStore store;

    GroupKeeper(ScheduledExecutorService timer, Workers workers, GroupStore store) {
        super(timer, INTERVAL_MS);
        this.workers = workers;
        this.store = store;
    }

    @Override
    CompletableFuture<?> round() {
        Set<Kept> kept = new HashSet<>();
        workers.connections().stream()
                .filter(WorkerConnection::hasEntered)
                .forEach(worker -> kept.add(new Kept(worker.group(), worker.holder())));
        return keep(List.copyOf(kept), 0);
    }

    private CompletableFuture<Void> keep(List<Kept> all, int from) {
        if (from >= all.size()) {
            return CompletableFuture.completedFuture(null);
        }
        return CompletableFuture.allOf(all.subList(from, Math.min(all.size(), from + AT_ONCE)).stream()
                        .map(kept -> store.enter(kept.group(), kept.holder(), true))
                        .toArray(CompletableFuture[]::new))
                .thenCompose(done -> keep(all, from + AT_ONCE));
    }
}
