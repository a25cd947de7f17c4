package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.store.GroupStore;
import io.github.taskdispatcher.gateway.store.NewTask;
import io.github.taskdispatcher.gateway.store.TaskStore;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Notes in the store which groups are in use, and those tasks that their group alone does not let a gateway find. What it remembers
 * saves calls and is never trusted to be all there is. Any thread.
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

    /**
     * A group's last note.
     *
     * @param at by {@link System#nanoTime()}
     * @param found whether its tasks are found by it; else each must be noted
     */
    private record Noted(long at, boolean found) {}

    private final GroupStore store;
    private final Retry retry;
    private final GroupFinder finder;
    private final ConcurrentMap<GroupName, Noted> accepted = new ConcurrentHashMap<>();
    private final ConcurrentMap<Entered, Long> entered = new ConcurrentHashMap<>();
    /** How many workers here are in it; as many entries as workers at most. */
    private final ConcurrentMap<Entered, Integer> here = new ConcurrentHashMap<>();

    /** Accepted tasks that are not noted yet. */
    private final Set<TaskId> unnoted = ConcurrentHashMap.newKeySet();

    Groups(GroupStore store, Retry retry) {
        this.store = store;
        this.retry = retry;
        finder = new GroupFinder(store);
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
                remember(entered, key, now, time -> now - time >= ENTERED_NANOS);
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
     * A task was accepted a moment ago.
     *
     * @return completes when every gateway can find the task and sweeps its group, or after the time of a call: where the store
     *     does not answer in time, the note is repeated until it does
     */
    CompletableFuture<Void> accepted(NewTask task) {
        Noted last = noted(task.group());
        if (last != null && last.found) {
            return CompletableFuture.completedFuture(null);
        }
        finder.remember(task.group());
        return retry.within(TaskStore.CALL_TIME_MS, () -> note(task)).handle((done, failure) -> {
            if (failure != null && unnoted.size() < MAX_REMEMBERED && unnoted.add(task.id())) {
                noteUntilAnswered(task.group(), task.id(), task.timeoutMs());
            }
            return null;
        });
    }

    private void noteUntilAnswered(GroupName group, TaskId id, long timeoutMs) {
        long giveUpAt = System.nanoTime() + UNNOTED_NANOS;
        retry.untilAnswered(() -> note(group, id, timeoutMs), failure -> System.nanoTime() - giveUpAt > 0)
                .whenComplete((done, failure) -> unnoted.remove(id));
    }

    private CompletableFuture<Void> note(NewTask task) {
        return note(task.group(), task.id(), task.timeoutMs());
    }

    /** Notes the group, unless that was done of late, and the task, where the group alone does not tell where it is. */
    private CompletableFuture<Void> note(GroupName group, TaskId id, long timeoutMs) {
        Noted last = noted(group);
        CompletableFuture<Boolean> found = last != null ? CompletableFuture.completedFuture(last.found) : note(group);
        return found.thenCompose(
                enough -> enough ? CompletableFuture.completedFuture(null) : store.place(id, group, timeoutMs));
    }

    private CompletableFuture<Boolean> note(GroupName group) {
        long now = System.nanoTime();
        return store.accepted(group).thenApply(found -> {
            remember(accepted, group, new Noted(now, found), old -> now - old.at >= ACCEPTED_NANOS);
            return found;
        });
    }

    /** What was noted of the group of late, or null. */
    private Noted noted(GroupName group) {
        Noted last = accepted.get(group);
        return last != null && System.nanoTime() - last.at < ACCEPTED_NANOS ? last : null;
    }

    private static <K, V> void remember(ConcurrentMap<K, V> all, K key, V value, Predicate<V> old) {
        if (all.size() >= MAX_REMEMBERED) {
            all.values().removeIf(old);
        }
        if (all.size() < MAX_REMEMBERED) {
            all.put(key, value);
        }
    }

    /** See {@link GroupFinder#find}. */
    <T> CompletableFuture<Optional<T>> find(TaskId id, Function<GroupName, CompletableFuture<Optional<T>>> read) {
        return finder.find(id, read);
    }

    /** Forgets what was noted: the store may have lost it. */
    void forgetUses() {
        accepted.clear();
        entered.clear();
    }
}
