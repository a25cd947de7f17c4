package io.github.taskdispatcher.gateway.groups;

import io.github.taskdispatcher.gateway.background.Retry;
import io.github.taskdispatcher.gateway.background.Scheduler;
import io.github.taskdispatcher.gateway.store.GroupStore;
import io.github.taskdispatcher.gateway.store.NewTask;
import io.github.taskdispatcher.gateway.store.TaskStore;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Notes in the store which groups have tasks, and those tasks that their group alone does not let a gateway find. Finds the group of
 * a task by its id. What it remembers saves calls and is never trusted to be all there is. Any thread.
 */
public final class Groups {

    /** An accepted task is noted once in so long; {@link GroupStore.Registry#BUSY} lives longer. */
    private static final long ACCEPTED_NANOS = 5_000_000_000L;
    /** Longer than Redis takes to come back from a failover or a restart. */
    private static final long UNNOTED_MS = 600_000;
    /** So many tasks are noted later at the same time. */
    private static final int MAX_UNNOTED = 10_000;

    private final GroupStore store;
    private final Retry retry;
    private final GroupFinder finder;
    /** Whether the tasks of a group are found by its name; else each must be noted. */
    private final RecentNotes<GroupName, Boolean> accepted;

    /** Accepted tasks that are not noted yet. */
    private final Set<TaskId> unnoted = ConcurrentHashMap.newKeySet();

    public Groups(GroupStore store, Retry retry, Scheduler scheduler) {
        this.store = store;
        this.retry = retry;
        finder = new GroupFinder(store);
        accepted = new RecentNotes<>(scheduler, ACCEPTED_NANOS);
    }

    /**
     * A task was accepted a moment ago.
     *
     * @return completes when every gateway can find the task and sweeps its group, or after the time of a call: where the store
     *     does not answer in time, the note is repeated until it does
     */
    public CompletableFuture<Void> accepted(NewTask task) {
        if (accepted.get(task.group()).orElse(false)) {
            return CompletableFuture.completedFuture(null);
        }
        finder.remember(task.group());
        return retry.within(TaskStore.CALL_TIME_MS, () -> note(task)).handle((done, failure) -> {
            if (failure != null && unnoted.size() < MAX_UNNOTED && unnoted.add(task.id())) {
                noteLater(task.group(), task.id(), task.timeoutMs());
            }
            return null;
        });
    }

    private void noteLater(GroupName group, TaskId id, long timeoutMs) {
        retry.persistently(UNNOTED_MS, () -> note(group, id, timeoutMs))
                .whenComplete((done, failure) -> unnoted.remove(id));
    }

    private CompletableFuture<Void> note(NewTask task) {
        return note(task.group(), task.id(), task.timeoutMs());
    }

    /** Notes the group, unless that was done of late, and the task, where the group alone does not tell where it is. */
    private CompletableFuture<Void> note(GroupName group, TaskId id, long timeoutMs) {
        return accepted.get(group)
                .map(CompletableFuture::completedFuture)
                .orElseGet(() -> note(group))
                .thenCompose(
                        found -> found ? CompletableFuture.completedFuture(null) : store.place(id, group, timeoutMs));
    }

    private CompletableFuture<Boolean> note(GroupName group) {
        long begunAt = accepted.now();
        return store.accepted(group).thenApply(found -> {
            accepted.put(group, found, begunAt);
            return found;
        });
    }

    /**
     * What is found first in the groups that a task of this id may be in: nearly always one, none for an id that no gateway gave
     * out.
     *
     * @param read looks into one group; empty when the task is not there
     */
    public <T> CompletableFuture<Optional<T>> find(
            TaskId id, Function<GroupName, CompletableFuture<Optional<T>>> read) {
        return finder.find(id, read);
    }

    /** Forgets what was noted: the store may have lost it. */
    public void forget() {
        accepted.clear();
    }
}
