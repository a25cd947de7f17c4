package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.background.Scheduler;
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

    /** Workers that come back from a gateway that stops declare their models within this time. */
    private static final long RETURN_NANOS = 30_000_000_000L;

    /**
     * What may stand in a request as its model.
     *
     * @param id a declared name, or a group's
     * @param group where its tasks run
     */
    public record Served(String id, GroupName group) {}

    /** Where a task runs whose model belongs to no group. */
    public sealed interface Place {

        /** In this group. */
        record In(GroupName group) implements Place {}

        /** In none, because these are served. */
        record Nowhere(List<Served> served) implements Place {}
    }

    /** All there is, and whether any of it was declared. */
    private record Catalogue(List<Served> served, boolean declared) {}

    private record LastOwner(GroupName group, long seenAt) {}

    private record Reading<T>(CompletableFuture<T> value, long readAt) {
        boolean isFresh(long now) {
            return !value.isCompletedExceptionally() && now - readAt < FRESH_NANOS;
        }
    }

    private final Scheduler scheduler;
    private final ModelStore store;
    private final ModelOwners owners;
    private final Supplier<CompletableFuture<? extends Collection<GroupName>>> groups;
    private final Map<String, Reading<Optional<GroupName>>> remembered = newest();
    private final Map<String, LastOwner> lastOwners = newest();
    private volatile Reading<Catalogue> all;

    /** @param groups reads the groups that may have workers */
    public Models(
            ModelStore store,
            ModelOwners owners,
            Supplier<CompletableFuture<? extends Collection<GroupName>>> groups,
            Scheduler scheduler) {
        this.scheduler = scheduler;
        this.store = store;
        this.owners = owners;
        this.groups = groups;
    }

    /** A map of {@link #MAX_REMEMBERED} entries, those asked for last. */
    private static <T> Map<String, T> newest() {
        return new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, T> eldest) {
                return size() > MAX_REMEMBERED;
            }
        };
    }

    /** All there is now, ordered by id; see {@link ModelStore#MAX_READ}. Each runs where {@link #groupOf} says. */
    public CompletableFuture<List<Served>> list() {
        return catalogue().thenApply(Catalogue::served);
    }

    /**
     * Where a task runs whose model belongs to no group, by {@link #groupOf}. A model whose workers have left moments ago keeps its
     * group: they may be on their way to another gateway. Else such a task runs in the group {@code default} if no worker of all
     * gateways declared a model and either {@code default} has workers or no group has. Fails when the store does not answer.
     */
    public CompletableFuture<Place> elsewhere(String model) {
        synchronized (remembered) {
            LastOwner last = lastOwners.get(model);
            if (last != null && scheduler.nanoTime() - last.seenAt() < RETURN_NANOS) {
                return CompletableFuture.completedFuture(new Place.In(last.group()));
            }
        }
        return catalogue().thenApply(all -> {
            Optional<Served> since =
                    all.served().stream().filter(one -> one.id().equals(model)).findFirst();
            if (since.isPresent()) {
                // It was declared after groupOf had looked.
                return new Place.In(since.get().group());
            }
            boolean plain = !all.declared()
                    && (all.served().isEmpty()
                            || all.served().stream().anyMatch(one -> one.group().equals(GroupName.DEFAULT)));
            return plain ? new Place.In(GroupName.DEFAULT) : new Place.Nowhere(all.served());
        });
    }

    private CompletableFuture<Catalogue> catalogue() {
        long now = scheduler.nanoTime();
        Reading<Catalogue> known = all;
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
        long now = scheduler.nanoTime();
        synchronized (remembered) {
            Reading<Optional<GroupName>> known = remembered.get(model);
            if (known != null && known.isFresh(now) && (now - known.readAt() < MISS_NANOS || isFound(known))) {
                return known.value();
            }
            Reading<Optional<GroupName>> next = new Reading<>(read(model), now);
            remembered.put(model, next);
            next.value().thenAccept(found -> found.ifPresent(group -> keep(model, group)));
            return next.value();
        }
    }

    private void keep(String model, GroupName owner) {
        synchronized (remembered) {
            lastOwners.put(model, new LastOwner(owner, scheduler.nanoTime()));
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

    private CompletableFuture<Catalogue> read() {
        CompletableFuture<List<Model>> declared = store.models();
        return groups.get().thenCompose(store::live).thenCombine(declared, this::served);
    }

    private Catalogue served(Collection<GroupName> live, Collection<Model> declared) {
        Map<String, Served> byId = new TreeMap<>();
        for (Model model : declared) {
            if (owners.of(model.name()).map(model.group()::equals).orElse(true)) {
                byId.put(model.name(), new Served(model.name(), model.group()));
            }
        }
        for (GroupName group : live) {
            byId.put(group.text(), new Served(group.text(), group));
        }
        return new Catalogue(List.copyOf(byId.values()), !declared.isEmpty());
    }
}
