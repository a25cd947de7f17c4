package io.github.taskdispatcher.gateway.groups;

import io.github.taskdispatcher.gateway.store.GroupStore;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;

/**
 * Finds the group of a task by the hash of its name, with which the task's id begins. Nearly always one group has that hash. Where
 * many have it, Redis is asked which of them has the task, so that each look at a task costs a bounded number of calls.
 *
 * <p>What it remembers saves calls and is never trusted to be all there is. Any thread.
 */
final class GroupFinder {

    /** So many hashes are remembered. */
    private static final int MAX_HASHES = 10_000;
    /** So many groups of each. */
    private static final int MAX_OF_A_HASH = 8;

    private final GroupStore store;
    /** Groups with this hash, the one whose task was found last before all others. */
    private final ConcurrentMap<Integer, List<GroupName>> byHash = new ConcurrentHashMap<>();

    GroupFinder(GroupStore store) {
        this.store = store;
    }

    /** The group has a task. */
    void remember(GroupName group) {
        if (byHash.size() >= MAX_HASHES) {
            byHash.clear();
        }
        byHash.merge(group.hash16(), List.of(group), (known, newest) -> before(group, known));
    }

    private static List<GroupName> before(GroupName newest, List<GroupName> known) {
        if (known.get(0).equals(newest)) {
            return known;
        }
        List<GroupName> all = new ArrayList<>(MAX_OF_A_HASH);
        all.add(newest);
        known.stream()
                .filter(group -> !group.equals(newest))
                .limit(MAX_OF_A_HASH - 1L)
                .forEach(all::add);
        return List.copyOf(all);
    }

    /**
     * What is found first in the groups that a task of this id may be in. A call that begins after the task was noted finds it.
     *
     * @param read looks into one group; empty when the task is not there
     */
    <T> CompletableFuture<Optional<T>> find(TaskId id, Function<GroupName, CompletableFuture<Optional<T>>> read) {
        List<GroupName> known = byHash.getOrDefault(id.groupHash(), List.of());
        if (known.isEmpty()) {
            return findAmongAll(id, known, read);
        }
        return readIn(known.get(0), read)
                .thenCompose(
                        found -> found.isPresent() ? done(found) : readAmong(id, known.subList(1, known.size()), read))
                .thenCompose(found -> found.isPresent() ? done(found) : findAmongAll(id, known, read));
    }

    private <T> CompletableFuture<Optional<T>> findAmongAll(
            TaskId id, List<GroupName> tried, Function<GroupName, CompletableFuture<Optional<T>>> read) {
        return store.withHash(id.groupHash())
                .thenCompose(groups -> {
                    List<GroupName> others = new ArrayList<>(groups);
                    others.removeAll(tried);
                    return readAmong(id, others, read);
                })
                .thenCompose(found -> found.isPresent() ? done(found) : findAlone(id, read));
    }

    /** A task that was accepted while too many names had its hash. */
    private <T> CompletableFuture<Optional<T>> findAlone(
            TaskId id, Function<GroupName, CompletableFuture<Optional<T>>> read) {
        return store.placeOf(id)
                .thenCompose(group -> group.isPresent() ? readIn(group.get(), read) : done(Optional.empty()));
    }

    private <T> CompletableFuture<Optional<T>> readAmong(
            TaskId id, List<GroupName> groups, Function<GroupName, CompletableFuture<Optional<T>>> read) {
        if (groups.isEmpty()) {
            return done(Optional.empty());
        }
        return groups.size() == 1
                ? readIn(groups.get(0), read)
                : store.holderOf(id, groups)
                        .thenCompose(group -> group.isPresent() ? readIn(group.get(), read) : done(Optional.empty()));
    }

    private <T> CompletableFuture<Optional<T>> readIn(
            GroupName group, Function<GroupName, CompletableFuture<Optional<T>>> read) {
        return read.apply(group).thenApply(found -> {
            if (found.isPresent()) {
                remember(group);
            }
            return found;
        });
    }

    private static <T> CompletableFuture<Optional<T>> done(Optional<T> found) {
        return CompletableFuture.completedFuture(found);
    }
}
