package io.github.taskdispatcher.gateway.store;

import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** What workers say of their tasks before the end, kept for the streams of the task. Under the same rules as {@link TaskStore}. */
public interface ChunkStore {

    /** The largest chunk, in bytes. */
    int MAX_CHUNK_BYTES = 8 << 20;

    /** How many chunks {@link #follow} brings along at most. */
    int AT_ONCE = 256;

    /** {@link #follow} brings no further chunk along behind so many bytes of them. */
    int BYTES_AT_ONCE = 1 << 20;

    /**
     * One piece.
     *
     * @param number its place among the task's, from 1
     * @param json what the worker sent
     */
    record Chunk(long number, byte[] json) {}

    /**
     * A task, and what was said of it.
     *
     * @param last number of the last chunk there was, 0 for none
     * @param chunks those behind the one asked from that are still there, in order, at most {@link #AT_ONCE} and
     *     {@link #BYTES_AT_ONCE} and one more
     */
    record Followed(Replies.TaskView view, long last, List<Chunk> chunks) {

        /** Whether there may be chunks behind these that were not brought along. */
        public boolean mayHaveMore() {
            long bytes = 0;
            for (Chunk chunk : chunks) {
                bytes += chunk.json().length;
            }
            return chunks.size() >= AT_ONCE || bytes >= BYTES_AT_ONCE;
        }
    }

    /**
     * Keeps chunks of a task that a worker of this gateway has. Made twice it means the same.
     *
     * @param first number of the first among those of this assignment, from 1; numbers left out are a gap
     * @param chunks numbered on from there; empty to note only that those before {@code first} are lost
     * @return the number of the first among all of the task; empty when it is not that worker's task (any more)
     */
    CompletableFuture<OptionalLong> add(
            GroupName group, Assignment assignment, String workerId, long first, List<byte[]> chunks);

    /**
     * Reads how far a task is; from now on this gateway is told of more, and of the end.
     *
     * @param after number of the last chunk known, 0 for none
     * @return empty when there is no such task (any more) that the caller may have
     */
    CompletableFuture<Optional<Followed>> follow(GroupName group, TaskId id, TaskAccess access, long after);
}
