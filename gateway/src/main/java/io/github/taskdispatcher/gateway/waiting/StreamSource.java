package io.github.taskdispatcher.gateway.waiting;

import io.github.taskdispatcher.gateway.background.Scheduler;
import io.github.taskdispatcher.gateway.groups.Groups;
import io.github.taskdispatcher.gateway.store.ChunkStore;
import io.github.taskdispatcher.gateway.store.TaskAccess;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Predicate;

/** Opens streams of tasks, and is all that a stream asks of the gateway. Any thread. */
public final class StreamSource {

    private final ChunkStore chunks;
    private final Groups groups;
    private final TaskStreams streams;
    private final AbandonedTasks abandoned;
    private final Predicate<TaskId> worksHere;
    private final Scheduler scheduler;

    /** @param worksHere whether a worker of this gateway works on the task, or is bringing its answer to the store */
    public StreamSource(
            ChunkStore chunks,
            Groups groups,
            TaskStreams streams,
            AbandonedTasks abandoned,
            Predicate<TaskId> worksHere,
            Scheduler scheduler) {
        this.chunks = chunks;
        this.groups = groups;
        this.streams = streams;
        this.abandoned = abandoned;
        this.worksHere = worksHere;
        this.scheduler = scheduler;
    }

    /**
     * A stream that is not begun yet, see {@link TaskStream#begin}.
     *
     * @param after number of the last chunk that the listener knows, 0 for none
     */
    public TaskStream open(TaskId id, TaskAccess access, long after, StreamListener listener) {
        return new TaskStream(this, id, access, after, listener);
    }

    void begun(TaskStream stream) {
        streams.add(stream);
    }

    void ended(TaskStream stream) {
        streams.remove(stream);
    }

    <T> CompletableFuture<Optional<T>> find(TaskId id, Function<GroupName, CompletableFuture<Optional<T>>> read) {
        return groups.find(id, read);
    }

    /** The task, and its chunks behind this number. */
    CompletableFuture<Optional<ChunkStore.Followed>> read(GroupName group, TaskId id, TaskAccess access, long after) {
        return chunks.follow(group, id, access, after);
    }

    boolean worksHere(TaskId id) {
        return worksHere.test(id);
    }

    /** The client of a stream has left, and the task may not be wanted any more. */
    void clientLeft(GroupName group, TaskId id) {
        abandoned.clientLeft(group, id, () -> {});
    }

    long nanoTime() {
        return scheduler.nanoTime();
    }
}
