package io.github.taskdispatcher.gateway.maintenance;

import io.github.taskdispatcher.gateway.background.BackgroundService;
import io.github.taskdispatcher.gateway.background.Scheduler;
import io.github.taskdispatcher.gateway.config.ModelOwners;
import io.github.taskdispatcher.gateway.store.ModelStore;
import io.github.taskdispatcher.gateway.store.ModelStore.Declarer;
import io.github.taskdispatcher.gateway.store.ModelStore.Reason;
import io.github.taskdispatcher.gateway.store.ModelStore.Refusal;
import io.github.taskdispatcher.gateway.worker.WorkerConnection;
import io.github.taskdispatcher.gateway.worker.WorkerRegistry;
import io.github.taskdispatcher.task.GroupName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/**
 * Declares to the store, every 5 s and soon after a change, which models the workers here serve; takes back those that no worker
 * here serves any more; and tells workers which of their models belong to another group.
 */
public final class ModelAnnouncer extends BackgroundService {

    private static final long INTERVAL_MS = 5_000;

    private final WorkerRegistry workers;
    private final ModelStore store;
    private final ModelOwners owners;
    /** What the store was told last and did not refuse. */
    private Map<Declarer, Set<String>> said = Map.of();

    public ModelAnnouncer(Scheduler scheduler, WorkerRegistry workers, ModelStore store, ModelOwners owners) {
        super(scheduler, INTERVAL_MS);
        this.workers = workers;
        this.store = store;
        this.owners = owners;
    }

    @Override
    protected CompletableFuture<?> round() {
        Map<Declarer, List<WorkerConnection>> declarers = workers.connections().stream()
                .filter(worker -> !worker.models().isEmpty())
                .collect(Collectors.groupingBy(worker -> new Declarer(worker.group(), worker.holder())));
        Map<Declarer, Set<String>> now = new HashMap<>();
        List<CompletableFuture<?>> parts = new ArrayList<>();
        declarers.forEach((declarer, connections) -> {
            Set<String> models = connections.stream()
                    .flatMap(worker -> worker.models().stream())
                    .collect(Collectors.toSet());
            parts.add(declare(declarer, models).thenAccept(refused -> {
                models.removeAll(refused.keySet());
                synchronized (now) {
                    now.put(declarer, models);
                }
                connections.forEach(worker -> worker.modelsRefused(refused));
            }));
        });
        return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
                .handle((done, failure) -> {
                    // Where a call failed, what was said before still stands, until it runs out.
                    declarers.keySet().forEach(declarer -> now.putIfAbsent(declarer, before(declarer)));
                    return failure;
                })
                .thenCompose(failure -> retract(now)
                        .thenCompose(done -> failure == null
                                ? CompletableFuture.completedFuture(null)
                                : CompletableFuture.failedFuture(failure)));
    }

    /** @return those that were refused, by name */
    private CompletableFuture<Map<String, Refusal>> declare(Declarer declarer, Set<String> models) {
        Map<String, Refusal> refused = new HashMap<>();
        Map<String, Boolean> wanted = new HashMap<>();
        Set<GroupName> names = new HashSet<>();
        for (String model : models) {
            Optional<GroupName> owner = owners.of(model);
            if (owner.isPresent() && !owner.get().equals(declarer.group())) {
                refused.put(model, new Refusal(model, Reason.TAKEN, owner.get()));
            } else {
                wanted.put(model, owner.isPresent());
                GroupName.parse(model)
                        .filter(name -> !name.equals(declarer.group()))
                        .ifPresent(names::add);
            }
        }
        // The name of a group that has workers belongs to that group, even if another group declared it first.
        return store.live(names)
                .thenCompose(live -> {
                    for (GroupName group : live) {
                        wanted.remove(group.text());
                        refused.put(group.text(), new Refusal(group.text(), Reason.TAKEN, group));
                    }
                    return wanted.isEmpty()
                            ? CompletableFuture.completedFuture(List.<Refusal>of())
                            : store.declare(declarer, wanted);
                })
                .thenApply(more -> {
                    more.forEach(refusal -> refused.put(refusal.model(), refusal));
                    return refused;
                });
    }

    private synchronized Set<String> before(Declarer declarer) {
        return said.getOrDefault(declarer, Set.of());
    }

    /** Takes back all that was said and is not said now. What cannot be taken back runs out by itself. */
    private synchronized CompletableFuture<?> retract(Map<Declarer, Set<String>> now) {
        List<CompletableFuture<?>> parts = new ArrayList<>();
        said.forEach((declarer, models) -> {
            Collection<String> over = new HashSet<>(models);
            over.removeAll(now.getOrDefault(declarer, Set.of()));
            if (!over.isEmpty()) {
                parts.add(store.retract(declarer, over));
            }
        });
        said = Map.copyOf(now);
        return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new));
    }

    /** Takes everything back: the gateway stops. */
    public CompletableFuture<?> deregister() {
        return retract(Map.of());
    }
}
