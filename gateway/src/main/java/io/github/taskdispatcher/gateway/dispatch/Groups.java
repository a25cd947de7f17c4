package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.store.TaskStore;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The groups there are, cached from the store's registry: which groups a task id may belong to. A miss waits for the next
 * reading of the registry, one for all that ask meanwhile and at most one every 100 ms, so guessed ids cost nothing. Any
 * thread.
 */
final class Groups {

    private static final long REFRESH_MS = 100;
    private static final long TOUCH_NANOS = 30_000_000_000L;

    private final TaskStore store;
    private final ScheduledExecutorService timer;
    private final AtomicReference<CompletableFuture<Set<GroupName>>> next = new AtomicReference<>();
    private final ConcurrentMap<GroupName, Long> touched = new ConcurrentHashMap<>();
    private volatile Set<GroupName> known = Set.of();
    private volatile long readAt = System.nanoTime() - REFRESH_MS * 1_000_000;

    Groups(TaskStore store, ScheduledExecutorService timer) {
        this.store = store;
        this.timer = timer;
    }

    Set<GroupName> known() {
        return known;
    }

    /** Notes that a group is in use, in the store at most every 30 s. */
    CompletableFuture<Void> use(GroupName group) {
        long now = System.nanoTime();
        Long last = touched.get(group);
        if (last != null && now - last < TOUCH_NANOS) {
            return CompletableFuture.completedFuture(null);
        }
        return store.touchGroup(group).thenAccept(done -> touched.put(group, now));
    }

    /** Forgets what was noted: the store may have lost it. */
    void forgetUses() {
        touched.clear();
    }

    /** The groups a task of this id may be in: nearly always one, none for an id nobody gave out. */
    CompletableFuture<List<GroupName>> of(TaskId id) {
        List<GroupName> found = matching(id);
        if (!found.isEmpty()) {
            return CompletableFuture.completedFuture(found);
        }
        return refresh().thenApply(groups -> matching(id));
    }

    private List<GroupName> matching(TaskId id) {
        return known.stream().filter(id::mayBeOf).toList();
    }

    /** What the registry says from now on: a reading that begins after this call, shared with all that ask meanwhile. */
    CompletableFuture<Set<GroupName>> refresh() {
        CompletableFuture<Set<GroupName>> mine = new CompletableFuture<>();
        CompletableFuture<Set<GroupName>> waiting = next.compareAndExchange(null, mine);
        if (waiting != null) {
            return waiting;
        }
        long sinceLastMs = (System.nanoTime() - readAt) / 1_000_000;
        if (sinceLastMs >= REFRESH_MS) {
            read(mine);
        } else {
            timer.schedule(() -> read(mine), REFRESH_MS - sinceLastMs, TimeUnit.MILLISECONDS);
        }
        return mine;
    }

    private void read(CompletableFuture<Set<GroupName>> mine) {
        readAt = System.nanoTime();
        next.set(null);
        store.groups().whenComplete((groups, failure) -> {
            if (failure != null) {
                mine.completeExceptionally(failure);
            } else {
                known = groups;
                mine.complete(groups);
            }
        });
    }
}
