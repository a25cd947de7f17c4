package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.config.ModelOwners;
import io.github.taskdispatcher.gateway.store.ModelStore;
import io.github.taskdispatcher.gateway.store.ModelStore.Model;
import io.github.taskdispatcher.task.GroupName;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * In which group a task for a model runs, and what the workers of all gateways serve. A group's own name always means that group;
 * any other model belongs to the group that the configuration gives it to, else to the one that declared it first and still has
 * workers that do. What was read from the store holds for a second. Any thread.
 */
public final class Models {

    private static final long FRESH_NANOS = 1_000_000_000L;
    private static final long MISS_NANOS = 100_000_000L;
    /** So many models are remembered, those asked for last. */
    private static final int MAX_REMEMBERED = 1_000;

    /**
     * What may stand in a request as its model.
     *
     * @param id a declared name, or a group's
     * @param group where its tasks run
     */
    public record Served(String id, GroupName group) {}

    private record Reading<T>(CompletableFuture<T> value, long readAt) {
        boolean isFresh(long now) {
            return !value.isCompletedExceptionally() && now - readAt < FRESH_NANOS;
        }
    }

    private final ModelStore store;
    private final ModelOwners owners;
    private final Supplier<CompletableFuture<? extends Collection<GroupName>>> groups;
    private final Map<String, Reading<Optional<GroupName>>> remembered = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Reading<Optional<GroupName>>> eldest) {
            return size() > MAX_REMEMBERED;
        }
    };
    private volatile Reading<List<Served>> all;

    /** @param groups reads the groups that may have workers */
    Models(ModelStore store, ModelOwners owners, Supplier<CompletableFuture<? extends Collection<GroupName>>> groups) {
        this.store = store;
        this.owners = owners;
        this.groups = groups;
    }

    /** All there is now, ordered by id; see {@link ModelStore#MAX_READ}. Each runs where {@link #groupOf} says. */
    public CompletableFuture<List<Served>> list() {
        long now = System.nanoTime();
        Reading<List<Served>> known = all;
        if (known == null || !known.isFresh(now)) {
            known = new Reading<>(read(), now);
            all = known;
        }
        return known.value();
    }

    /** The model of this name, if a group with workers serves it now. */
    public CompletableFuture<Optional<Served>> find(String model) {
        return groupOf(model)
                .thenCompose(group -> group.isEmpty()
                        ? CompletableFuture.completedFuture(Optional.empty())
                        : store.live(List.of(group.get())).thenApply(live -> live.stream()
                                .map(it -> new Served(model, it))
                                .findFirst()));
    }

    /**
     * The group that a model belongs to; empty when it belongs to none. Reads this model alone, however many there are. Fails when
     * the store does not answer: that says nothing about the model.
     */
    public CompletableFuture<Optional<GroupName>> groupOf(String model) {
        Optional<GroupName> configured = owners.of(model);
        if (configured.isPresent()) {
            return CompletableFuture.completedFuture(configured);
        }
        long now = System.nanoTime();
        synchronized (remembered) {
            Reading<Optional<GroupName>> known = remembered.get(model);
            if (known != null && known.isFresh(now) && (now - known.readAt() < MISS_NANOS || isFound(known))) {
                return known.value();
            }
            Reading<Optional<GroupName>> next = new Reading<>(read(model), now);
            remembered.put(model, next);
            return next.value();
        }
    }

    private static boolean isFound(Reading<Optional<GroupName>> reading) {
        return reading.value().isDone() && reading.value().join().isPresent();
    }

    private CompletableFuture<Optional<GroupName>> read(String model) {
        CompletableFuture<Optional<GroupName>> owner = store.owner(model);
        Optional<GroupName> named = GroupName.parse(model);
        return named.isEmpty()
                ? owner
                : store.live(List.of(named.get())).thenCombine(owner, (live, found) -> live.isEmpty() ? found : named);
    }

    private CompletableFuture<List<Served>> read() {
        CompletableFuture<List<Model>> declared = store.models();
        return groups.get().thenCompose(store::live).thenCombine(declared, this::served);
    }

    private List<Served> served(Collection<GroupName> live, Collection<Model> declared) {
        Map<String, Served> byId = new TreeMap<>();
        for (Model model : declared) {
            if (owners.of(model.name()).map(model.group()::equals).orElse(true)) {
                byId.put(model.name(), new Served(model.name(), model.group()));
            }
        }
        for (GroupName group : live) {
            byId.put(group.text(), new Served(group.text(), group));
        }
        return List.copyOf(byId.values());
    }
}
