package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.store.GroupStore;
import io.github.taskdispatcher.gateway.store.TaskStore;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;

/**
 * Notes in the store which groups are in use, and finds the group of a task by its id. What it remembers saves calls and is never
 * trusted to be all there is. Any thread.
 */
final class Groups {

    /** An accepted task is noted once in so long; {@link GroupStore.Registry#BUSY} lives longer. */
    private static final long ACCEPTED_NANOS = 5_000_000_000L;

    private static final long ENTERED_NANOS = 20_000_000_000L;
    /** Longer than Redis takes to come back from a failover or a restart. */
    private static final long UNNOTED_NANOS = 600_000_000_000L;
    /** So many names are remembered of each kind. */
    private static final int MAX_REMEMBERED = 10_000;

    private record Entered(GroupName group, String holder) {}

    private final GroupStore store;
    private final Retry retry;
    private final ConcurrentMap<GroupName, Long> accepted = new ConcurrentHashMap<>();
    private final ConcurrentMap<Entered, Long> entered = new ConcurrentHashMap<>();
    /** How many workers here are in it; as many entries as workers at most. */
    private final ConcurrentMap<Entered, Integer> here = new ConcurrentHashMap<>();

    private final ConcurrentMap<Integer, List<GroupName>> byHash = new ConcurrentHashMap<>();
    /** Those that have an accepted task which the store does not know of yet. */
    private final Set<GroupName> unnoted = ConcurrentHashMap.newKeySet();

    Groups(GroupStore store, Retry retry) {
        this.store = store;
        this.retry = retry;
    }

    /**
     * A worker connects to the group.
     *
     * @param holder of its key, or its address
     * @param known whether it is connected already: then it is not refused
     */
    CompletableFuture<GroupStore.Entry> enter(GroupName group, String holder, boolean known) {
        long now = System.nanoTime();
        Entered key = new Entered(group, holder);
        Long last = entered.get(key);
        if (last != null && now - last < ENTERED_NANOS) {
            return CompletableFuture.completedFuture(GroupStore.Entry.KEPT);
        }
        return store.enter(group, holder, known).thenApply(entry -> {
            if (entry == GroupStore.Entry.KEPT) {
                remember(entered, key, now, ENTERED_NANOS);
            }
            return entry;
        });
    }

    /** A worker here has entered the group: {@link #left} is called when it leaves. */
    void entered(GroupName group, String holder) {
        here.merge(new Entered(group, holder), 1, Integer::sum);
    }

    /** A worker that had entered has left. */
    void left(GroupName group, String holder) {
        Entered key = new Entered(group, holder);
        if (here.computeIfPresent(key, (same, count) -> count == 1 ? null : count - 1) == null) {
            entered.remove(key);
            // Where this is lost, the name counts until its life is over.
            store.leave(group, holder).exceptionally(failure -> null);
        }
    }

    /**
     * A task of the group was accepted a moment ago.
     *
     * @return completes when every gateway can find the task and sweeps its group, or after the time of a call: where the store
     *     does not answer in time, the note is repeated until it does
     */
    CompletableFuture<Void> accepted(GroupName group) {
        long now = System.nanoTime();
        Long last = accepted.get(group);
        if (last != null && now - last < ACCEPTED_NANOS) {
            return CompletableFuture.completedFuture(null);
        }
        remember(group.hash16(), List.of(group));
        return retry.within(TaskStore.CALL_TIME_MS, () -> store.accepted(group)).handle((done, failure) -> {
            if (failure == null) {
                remember(accepted, group, now, ACCEPTED_NANOS);
            } else if (unnoted.size() < MAX_REMEMBERED && unnoted.add(group)) {
                noteUntilAnswered(group);
            }
            return null;
        });
    }

    private void noteUntilAnswered(GroupName group) {
        long giveUpAt = System.nanoTime() + UNNOTED_NANOS;
        retry.untilAnswered(() -> store.accepted(group), failure -> System.nanoTime() - giveUpAt > 0)
                .whenComplete((done, failure) -> unnoted.remove(group));
    }

    private static <K> void remember(ConcurrentMap<K, Long> times, K key, long now, long lifeNanos) {
        if (times.size() >= MAX_REMEMBERED) {
            times.values().removeIf(time -> now - time >= lifeNanos);
        }
        if (times.size() < MAX_REMEMBERED) {
            times.put(key, now);
        }
    }

    private void remember(int hash, List<GroupName> groups) {
        if (byHash.size() >= MAX_REMEMBERED) {
            byHash.clear();
        }
        byHash.merge(hash, groups, (known, more) -> known.containsAll(more) ? known : more);
    }

    /** Forgets what was noted: the store may have lost it. */
    void forgetUses() {
        accepted.clear();
        entered.clear();
    }

    /**
     * What is found first in the groups that a task of this id may be in: nearly always one, none for an id nobody gave out.
     *
     * @param read looks into one group; empty when the task is not there
     */
    <T> CompletableFuture<Optional<T>> find(TaskId id, Function<GroupName, CompletableFuture<Optional<T>>> read) {
        List<GroupName> known = byHash.getOrDefault(id.groupHash(), List.of());
        return firstOf(known, 0, read)
                .thenCompose(found ->
                        found.isPresent() ? CompletableFuture.completedFuture(found) : findAmongAll(id, known, read));
    }

    /** A reading that begins after the call finds what was accepted before it. */
    private <T> CompletableFuture<Optional<T>> findAmongAll(
            TaskId id, List<GroupName> tried, Function<GroupName, CompletableFuture<Optional<T>>> read) {
        return store.withHash(id.groupHash()).thenCompose(groups -> {
            if (!groups.isEmpty()) {
                remember(id.groupHash(), groups);
            }
            List<GroupName> others = new ArrayList<>(groups);
            others.removeAll(tried);
            return firstOf(others, 0, read);
        });
    }

    private static <T> CompletableFuture<Optional<T>> firstOf(
            List<GroupName> candidates, int index, Function<GroupName, CompletableFuture<Optional<T>>> read) {
        if (index == candidates.size()) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        return read.apply(candidates.get(index))
                .thenCompose(found -> found.isPresent()
                        ? CompletableFuture.completedFuture(found)
                        : firstOf(candidates, index + 1, read));
    }
}
