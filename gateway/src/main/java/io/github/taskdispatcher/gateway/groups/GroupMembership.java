package io.github.taskdispatcher.gateway.groups;

import io.github.taskdispatcher.gateway.background.Scheduler;
import io.github.taskdispatcher.gateway.store.GroupStore;
import io.github.taskdispatcher.task.GroupName;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Notes in the store which groups the workers of this gateway are in, and who holds their keys: the store bounds how many groups
 * there are. Any thread.
 */
public final class GroupMembership {

    private static final long ENTERED_NANOS = 20_000_000_000L;

    private record Entered(GroupName group, String holder) {}

    private final GroupStore store;
    private final RecentNotes<Entered, GroupStore.Entry> entered;
    /** How many workers here are in it; as many entries as workers at most. */
    private final ConcurrentMap<Entered, Integer> here = new ConcurrentHashMap<>();

    public GroupMembership(GroupStore store, Scheduler scheduler) {
        this.store = store;
        entered = new RecentNotes<>(scheduler, ENTERED_NANOS);
    }

    /**
     * A worker connects to the group.
     *
     * @param holder of its key, or its address
     * @param known whether it is connected already: then it is not refused
     */
    public CompletableFuture<GroupStore.Entry> enter(GroupName group, String holder, boolean known) {
        Entered key = new Entered(group, holder);
        if (entered.get(key).isPresent()) {
            return CompletableFuture.completedFuture(GroupStore.Entry.KEPT);
        }
        long begunAt = entered.now();
        return store.enter(group, holder, known).thenApply(entry -> {
            if (entry == GroupStore.Entry.KEPT) {
                entered.put(key, entry, begunAt);
            }
            return entry;
        });
    }

    /** A worker here has entered the group: {@link #left} is called when it leaves. */
    public void entered(GroupName group, String holder) {
        here.merge(new Entered(group, holder), 1, Integer::sum);
    }

    /** A worker that had entered has left. */
    public void left(GroupName group, String holder) {
        Entered key = new Entered(group, holder);
        if (here.computeIfPresent(key, (same, count) -> count == 1 ? null : count - 1) == null) {
            entered.remove(key);
            // Where this is lost, the name counts until its life is over.
            store.leave(group, holder).exceptionally(failure -> null);
        }
    }

    /** Forgets what was noted: the store may have lost it. */
    public void forget() {
        entered.clear();
    }
}
