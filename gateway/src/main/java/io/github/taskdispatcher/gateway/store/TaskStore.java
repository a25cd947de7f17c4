package io.github.taskdispatcher.gateway.store;

import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/**
 * The state that all gateways share. All calls return at once; their futures complete on the thread of the Redis client, so
 * what follows them must neither block nor take long, and fail only with {@link StoreException}.
 */
public interface TaskStore {

    /** How long a gateway may be silent before its workers are given up, in milliseconds. */
    long LEASE_MS = 10_000;

    /** A call that has not run by then will not run at all, in milliseconds from now. */
    long CALL_TIME_MS = 2_000;

    /** Bytes in a ms at least between a gateway and Redis: a link of 32 Mbit/s, or a machine with much else to do. */
    long SLOWEST_BYTES_PER_MS = 4_096;

    /** How long so many bytes may take on their way to Redis, or from there, in milliseconds. */
    static long transferMs(long bytes) {
        return bytes / SLOWEST_BYTES_PER_MS;
    }

    /**
     * Accepts a task. Fails when it is not answered within 300 ms after {@code notAfter}: nothing is stored later than that.
     *
     * @param client whether the client stays for it
     * @param notAfter Redis time in ms; run later, it stores nothing. See {@link #now()}
     */
    CompletableFuture<Replies.Submitted> submit(NewTask task, Attendance client, long notAfter);

    /**
     * Keeps a request under its key unless one is kept there already. One that was refused belongs to this request then.
     *
     * @return what is kept now
     */
    CompletableFuture<KeptRequest> once(String key, KeptRequest mine, long lifeMs);

    /** Keeps a request under its key, whatever was kept there before. */
    CompletableFuture<Void> keep(String key, KeptRequest mine, long lifeMs);

    /**
     * The submit of the request that the key belongs to was refused: the key goes after ten seconds. Does nothing when it belongs to
     * another by now, or when another {@link #confirm}ed the task.
     *
     * @param kept what {@link #once} returned, or {@link #keep} kept
     */
    CompletableFuture<Void> refuse(String key, KeptRequest kept);

    /** A request that the key does not belong to had the task accepted: the key stays, whatever becomes of the other. */
    CompletableFuture<Void> confirm(String key, KeptRequest kept, long lifeMs);

    /** Takes back a task whose submit was never answered; only after its {@code notAfter}. */
    CompletableFuture<Replies.Withdrawn> withdraw(GroupName group, TaskId id);

    /**
     * Ends a task that has not ended; its worker's gateway is told. Made twice it means the same.
     *
     * @param access whose tasks the caller may cancel; another one is {@code UNKNOWN}
     * @param abandonedAt what {@link #abandon} said: only if no client asked for the task since; empty: in any case
     */
    CompletableFuture<Replies.Cancelled> cancel(
            GroupName group, TaskId id, TaskAccess access, OptionalLong abandonedAt);

    /**
     * A client that waited for the task has left. A look at the task, or a watch, takes that back.
     *
     * @return when, in Redis ms; empty when the task needs no client: it has ended, or goes on without one
     */
    CompletableFuture<OptionalLong> abandon(GroupName group, TaskId id);

    /** Claims an assignment that another gateway made; empty when it is not ours (any more). */
    CompletableFuture<Optional<Assignment>> claim(GroupName group, TaskId id, String token);

    /** Registers a worker; {@code current} is the assignment it works on, or null. */
    CompletableFuture<Replies.Joined> join(GroupName group, String workerId, int epoch, Assignment current);

    /**
     * A registered worker works on a task that it was given on a connection before: makes it this worker's own.
     *
     * @return the assignment, without its payload; empty when the task is not to be had (any more)
     */
    CompletableFuture<Optional<Assignment>> resume(GroupName group, TaskId id, String workerId);

    /** A registered worker has a free slot. */
    CompletableFuture<Replies.Ready> ready(GroupName group, String workerId);

    /** A worker's answer. Made twice it means the same. */
    CompletableFuture<Replies.Completed> complete(GroupName group, Completion answer);

    /** How far a worker is with its task; does nothing when it is not its task (any more). */
    CompletableFuture<Void> progress(GroupName group, Assignment assignment, String workerId, Progress progress);

    /**
     * A worker left.
     *
     * @param error what the task it worked on fails with, if it does
     * @param lastSent {@link Assignment#key()} of the last one written to its socket, or empty
     */
    CompletableFuture<Void> gone(
            GroupName group, String workerId, int epoch, Departure how, String error, String lastSent);

    /** Extends this gateway's lease on its workers of the group. */
    CompletableFuture<Replies.Beat> beat(GroupName group);

    /**
     * Ends what is overdue in the group, gives up the workers of dead gateways, brings tasks and workers together.
     *
     * @param graceUntil Redis ms before which no worker is given up, see {@link GroupStore#beginRound}
     */
    CompletableFuture<Replies.Swept> sweep(GroupName group, long graceUntil);

    /** The task, or empty when there is none (any more) that the caller may have. */
    CompletableFuture<Optional<Replies.TaskView>> look(GroupName group, TaskId id, TaskAccess access);

    /** The same as {@link #look} for all; the task ends if it is overdue, else it needs no client any more, see {@link #abandon}. */
    CompletableFuture<Optional<Replies.TaskView>> detach(GroupName group, TaskId id);

    /** The same as {@link #look}; unless the task has ended, this gateway will be told of its end. */
    CompletableFuture<Optional<Replies.TaskView>> watch(GroupName group, TaskId id, TaskAccess access);

    /**
     * Whether a task has ended, without the cost of {@link #look}: its outcome; empty optional while it has not; the
     * future's value is null when there is no such task.
     *
     * @param wanted a client waits for it: that another client has {@link #abandon} is taken back
     */
    CompletableFuture<Optional<Outcome>> outcome(GroupName group, TaskId id, boolean wanted);

    /**
     * The value of an ended task: its result or its error text; empty when there is none (any more).
     *
     * @param size of the value in bytes: the reply is waited for accordingly
     */
    CompletableFuture<Optional<byte[]>> value(GroupName group, TaskId id, long size);

    /** Which of these workers Redis does not hold for idle. */
    CompletableFuture<List<String>> notIdle(GroupName group, List<String> workerIds);

    /** The names of the groups there are. */
    GroupStore groups();

    /** What the connected workers declared. */
    ModelStore models();

    /** What workers say of their tasks before the end. */
    ChunkStore chunks();

    /** The time by Redis' clock, estimated, in milliseconds. */
    long now();

    /** Whether the store can be used, and what an operator should change. Asks Redis; never fails. */
    CompletableFuture<StoreHealth> health();

    /** Where hints go; set before the first call. */
    void listen(Hints hints);

    /** Whether hints still arrive: when nothing was heard since the last call, listens anew. Does nothing before listen. */
    CompletableFuture<Void> checkListening();

    /** What other gateways tell this one. A hint may be lost, doubled or late. Called on the thread of the Redis client. */
    interface Hints {
        /** Another gateway's call bound a task to a worker of ours: claim it. */
        void assigned(TaskId id, String workerId, String token);

        /** A task that a request is held for has ended; the outcome is null when it must be read. */
        void done(TaskId id, Outcome outcome);

        /** A task that a worker of ours works on was cancelled. */
        void cancelled(TaskId id, String workerId);

        /**
         * A followed task's worker said more.
         *
         * @param first number of the first chunk
         * @param chunks numbered on from there; empty when they must be read
         */
        void said(TaskId id, long first, List<byte[]> chunks);

        /** Hints may have been lost until now: read everything again. */
        void resync();
    }
}
