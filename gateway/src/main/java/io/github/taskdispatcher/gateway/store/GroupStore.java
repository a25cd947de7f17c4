package io.github.taskdispatcher.gateway.store;

import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The names of the groups there are. Every call reads or writes a bounded number of names. Calls and futures are as those of
 * {@link TaskStore}.
 */
public interface GroupStore {

    /** What became of a group's name that a worker brought. */
    enum Entry {
        KEPT,
        /** There are as many groups as the fleet may have. */
        FULL,
        /** There are as many groups as one key or address may have, or it has left too many of late. */
        HOLDER_FULL
    }

    /** The two lists of names. A name leaves a list when its group holds nothing more and was not used for the life of the list. */
    enum Registry {
        /** Groups that may have tasks that have not ended. Used: a task was accepted. */
        BUSY(30_000),
        /** Groups that may have workers or tasks. Used: a worker connected, or is connected. */
        ENTERED(60_000);

        private final long lifeMs;

        Registry(long lifeMs) {
            this.lifeMs = lifeMs;
        }

        /** How long an unused name stays, in milliseconds. */
        public long lifeMs() {
            return lifeMs;
        }
    }

    /**
     * Some names of a list.
     *
     * @param cursor where the next page begins; null when this is the last
     */
    record Page(List<GroupName> groups, String cursor) {}

    /**
     * The groups that were used last.
     *
     * @param total how many groups there are
     */
    record Recent(List<GroupName> groups, long total) {}

    /**
     * A worker connects to the group, or is connected to it.
     *
     * @param holder of the worker's key, or its address
     * @param known whether it is connected already: then it is not refused
     */
    CompletableFuture<Entry> enter(GroupName group, String holder, boolean known);

    /**
     * The last worker of this holder at this gateway has left the group: its name has no part in the holder's quota any more,
     * unless another gateway has such a worker. Unless another holder has one, it counts for a minute among those that this holder left
     * behind.
     */
    CompletableFuture<Void> leave(GroupName group, String holder);

    /**
     * A task of the group was accepted, not more than a few seconds ago.
     *
     * @return whether {@link #withHash} tells the group from now on; false where that tells as many groups as it may already:
     *     then each task of the group is found only by its {@link #place}
     */
    CompletableFuture<Boolean> accepted(GroupName group);

    /** Notes the group of a task that {@link #withHash} may not tell, for as long as the task can be read. */
    CompletableFuture<Void> place(TaskId id, GroupName group, long timeoutMs);

    /** What {@link #place} noted of this task; empty when it noted nothing. */
    CompletableFuture<Optional<GroupName>> placeOf(TaskId id);

    /**
     * Groups that may have tasks whose ids begin with this hash, 200 at most: nearly always one, none for an id that no gateway
     * made.
     */
    CompletableFuture<List<GroupName>> withHash(int hash);

    /** The one of these groups that has the task; empty when none has. A few of them are asked at a time. */
    CompletableFuture<Optional<GroupName>> holderOf(TaskId id, List<GroupName> groups);

    /**
     * Some names of a list, in no order. Of a list that is walked through from its beginning, each name that stays is found.
     *
     * @param cursor null for the beginning
     */
    CompletableFuture<Page> scan(Registry registry, String cursor, int count);

    /** Names that were not used for the life of the list, the oldest first. */
    CompletableFuture<List<GroupName>> unused(Registry registry, int count);

    /** Those of the groups that hold what the list is about. */
    CompletableFuture<List<GroupName>> holding(Registry registry, List<GroupName> groups);

    /** Takes the names out of the list, unless they were used since they were {@link #unused}. */
    CompletableFuture<Void> forget(Registry registry, Collection<GroupName> groups);

    /** Counts the names as used now, if they are in the list. */
    CompletableFuture<Void> keep(Registry registry, Collection<GroupName> groups);

    /** The groups that were used last, those with tasks before all others. */
    CompletableFuture<Recent> recent(int count);

    /**
     * This gateway begins a round of sweeps.
     *
     * @return Redis ms before which no worker is to be given up: Redis, or every gateway, was asleep; else a time that has passed
     */
    CompletableFuture<Long> beginRound();
}
