package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.store.ModelStore;
import io.github.taskdispatcher.gateway.store.ModelStore.Model;
import io.github.taskdispatcher.task.GroupName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * What the workers of all gateways serve, and in which group a task for a model runs. What was read from the store holds for a
 * second; a name that is not in it is looked for once more. Any thread.
 */
public final class Models {

    private static final long FRESH_NANOS = 1_000_000_000L;
    private static final long MISS_NANOS = 100_000_000L;

    /**
     * What may stand in a request as its model.
     *
     * @param id a declared name, or a group's
     * @param group where its tasks run
     */
    public record Served(String id, GroupName group) {}

    /** @param readAt {@link System#nanoTime} */
    private record Reading(Map<String, GroupName> groupOf, long readAt) {
        boolean isOlderThan(long nanos) {
            return System.nanoTime() - readAt > nanos;
        }
    }

    private final ModelStore store;
    private final Groups groups;
    private volatile CompletableFuture<Reading> last;

    Models(ModelStore store, Groups groups) {
        this.store = store;
        this.groups = groups;
    }

    /** All there is now, ordered by id. */
    public CompletableFuture<List<Served>> list() {
        return reading(FRESH_NANOS).thenApply(reading -> reading.groupOf.entrySet().stream()
                .map(entry -> new Served(entry.getKey(), entry.getValue()))
                .toList());
    }

    /**
     * The group whose workers declared the model: {@code default} if it is among several, else the first by name; else the
     * group of that name, if it lives. Empty when there is neither.
     */
    public CompletableFuture<Optional<GroupName>> groupOf(String model) {
        return reading(FRESH_NANOS).thenCompose(reading -> {
            GroupName group = reading.groupOf.get(model);
            if (group != null || !reading.isOlderThan(MISS_NANOS)) {
                return CompletableFuture.completedFuture(Optional.ofNullable(group));
            }
            return reading(MISS_NANOS).thenApply(again -> Optional.ofNullable(again.groupOf.get(model)));
        });
    }

    private CompletableFuture<Reading> reading(long maxAgeNanos) {
        CompletableFuture<Reading> known = last;
        if (known != null
                && (!known.isDone()
                        || !known.isCompletedExceptionally() && !known.join().isOlderThan(maxAgeNanos))) {
            return known;
        }
        CompletableFuture<Reading> next = read();
        last = next;
        return next;
    }

    private CompletableFuture<Reading> read() {
        long now = System.nanoTime();
        return groups.refresh()
                .thenCompose(store::live)
                .thenCombine(store.models(), (live, declared) -> new Reading(index(declared, live), now));
    }

    private static Map<String, GroupName> index(Collection<Model> declared, Collection<GroupName> live) {
        Map<String, List<GroupName>> byName = new TreeMap<>();
        for (Model model : declared) {
            byName.computeIfAbsent(model.name(), name -> new ArrayList<>()).add(model.group());
        }
        for (GroupName group : live) {
            byName.computeIfAbsent(group.text(), name -> List.of(group));
        }
        Map<String, GroupName> groupOf = new TreeMap<>();
        byName.forEach((name, groups) -> groupOf.put(
                name,
                groups.contains(GroupName.DEFAULT)
                        ? GroupName.DEFAULT
                        : groups.stream()
                                .min((one, other) -> one.text().compareTo(other.text()))
                                .orElseThrow()));
        return groupOf;
    }
}
