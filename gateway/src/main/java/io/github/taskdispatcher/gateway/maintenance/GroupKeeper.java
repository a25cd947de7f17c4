package io.github.taskdispatcher.gateway.maintenance;

import io.github.taskdispatcher.gateway.background.BackgroundService;
import io.github.taskdispatcher.gateway.background.Scheduler;
import io.github.taskdispatcher.gateway.store.GroupStore;
import io.github.taskdispatcher.gateway.worker.WorkerConnection;
import io.github.taskdispatcher.gateway.worker.WorkerRegistry;
import io.github.taskdispatcher.task.GroupName;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Every 20 s: tells the store again which groups the workers here are in, and whose workers they are. */
public final class GroupKeeper extends BackgroundService {

    private static final long INTERVAL_MS = 20_000;
    /** So many calls are under way at once. */
    private static final int AT_ONCE = 500;

    private record Kept(GroupName group, String holder) {}

    private final WorkerRegistry workers;
    private final GroupStore store;

    public GroupKeeper(Scheduler scheduler, WorkerRegistry workers, GroupStore store) {
        super(scheduler, INTERVAL_MS);
        this.workers = workers;
        this.store = store;
    }

    @Override
    protected CompletableFuture<?> round() {
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
