package io.github.taskdispatcher.gateway.store;

import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * What the dashboard reads: windows of lists and chosen fields, each call with a bound, never a payload unless it is asked
 * for by name. Goes over a connection of its own, so a large reply delays no task. Futures complete on the store's executor
 * and fail only with {@link StoreException}.
 */
public interface BoardStore {

    /**
     * One group now.
     *
     * @param oldestAt when the task at the head of the queue was accepted, Redis ms, 0 when none waits
     * @param executing tasks at work
     * @param idle workers without a task
     */
    record GroupState(GroupName name, long depth, long oldestAt, long executing, long workers, long idle) {}

    /**
     * One minute of a group, or of all.
     *
     * @param at its begin, Redis ms
     * @param depth how many waited at its last sample, -1 without one
     */
    record Minute(
            long at,
            long accepted,
            long completed,
            long failed,
            long cancelled,
            long depth,
            long[] waits,
            long[] runs) {}

    /**
     * A worker.
     *
     * @param state {@code joined}, {@code idle} or {@code busy}
     * @param since when it connected, Redis ms
     * @param task what it works on, empty for nothing
     * @param done how many tasks it answered
     * @param seenAt when it was last heard of, Redis ms; 0 when not noted yet
     * @param progress how far it says it is with that, null when it does not say
     * @param refused models that it declared and does not get, the first few; of one slot of several, none
     * @param introduction what it said of itself, the same of all its slots
     */
    record WorkerState(
            GroupName group,
            String id,
            String state,
            String gateway,
            long since,
            String task,
            long taskStartedAt,
            long taskDeadline,
            long done,
            long seenAt,
            Progress progress,
            List<RefusedModel> refused,
            WorkerIntroduction introduction) {

        /** The same that said this of itself, with these models refused. */
        public WorkerState saying(WorkerIntroduction said, List<RefusedModel> models) {
            return new WorkerState(
                    group,
                    id,
                    state,
                    gateway,
                    since,
                    task,
                    taskStartedAt,
                    taskDeadline,
                    done,
                    seenAt,
                    progress,
                    models,
                    said);
        }
    }

    /**
     * A model that was refused to a worker.
     *
     * @param owner the group it belongs to, empty when there were too many
     */
    record RefusedModel(String model, String owner) {}

    /**
     * Redis itself.
     *
     * @param version, policy, appendonly empty when Redis does not tell; the numbers are 0 then
     * @param missing the commands that the gateway's Redis user may not run, without which something is not known
     */
    record RedisState(
            String version,
            long usedBytes,
            long maxBytes,
            String policy,
            String appendonly,
            long clients,
            long uptimeS,
            List<String> missing) {}

    /**
     * What is kept of a task beside its own fields.
     *
     * @param requestBytes, resultBytes their sizes, 0 for none
     * @param acceptedBy the gateway that accepted it, empty when not noted
     * @param deliveredAt when it was written to its worker's socket, 0 when not noted
     */
    record TaskExtras(long requestBytes, long resultBytes, String acceptedBy, long deliveredAt) {}

    /** An entry of the log and its place there. */
    record Logged(String place, LogEntry entry) {}

    /** The states of these groups. */
    CompletableFuture<List<GroupState>> groups(Collection<GroupName> groups);

    /**
     * Minutes, oldest first.
     *
     * @param group null for all groups together
     * @param minutes their begins, Redis ms
     */
    CompletableFuture<List<Minute>> minutes(GroupName group, List<Long> minutes);

    CompletableFuture<List<GatewayInfo>> gateways();

    CompletableFuture<RedisState> redis();

    /** A window of a queue, from the head, positions included. */
    CompletableFuture<List<TaskFacts>> waiting(GroupName group, long from, int count);

    /** A window of the executing tasks, by deadline. Reads at most a few thousand tasks to find them. */
    CompletableFuture<List<TaskFacts>> executing(GroupName group, long from, int count);

    /** How many ended tasks are listed. {@code group} null for all. */
    CompletableFuture<Long> endedCount(GroupName group);

    /** A window of the ended tasks that are still readable, last ended first. {@code group} null for all. */
    CompletableFuture<List<TaskFacts>> ended(GroupName group, long from, int count);

    /** One task; empty when there is none (any more). */
    CompletableFuture<Optional<TaskFacts>> task(GroupName group, TaskId id);

    CompletableFuture<List<TaskExtras>> extras(List<TaskFacts> tasks);

    /** The requests of tasks, each null unless it is there and at most so large. */
    CompletableFuture<List<byte[]>> requests(List<TaskFacts> tasks, List<TaskExtras> extras, long maxBytes);

    /**
     * A task's request; empty when it is not kept (any more).
     *
     * @param size of the request in bytes: the reply is waited for accordingly
     */
    CompletableFuture<Optional<byte[]>> request(GroupName group, TaskId id, long size);

    /** The names of a group's workers, at most a few thousand. */
    CompletableFuture<Set<String>> workerIds(GroupName group);

    /** These workers; those that left meanwhile are left out. */
    CompletableFuture<List<WorkerState>> workers(GroupName group, List<String> ids);

    /**
     * The log, newest first.
     *
     * @param before only what stands before this place; null for the end
     */
    CompletableFuture<List<Logged>> log(String before, int count);

    /** The time by Redis' clock, in ms. */
    long now();
}
