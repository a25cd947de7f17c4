package io.github.taskdispatcher.gateway.store.redis;

import static io.github.taskdispatcher.gateway.store.redis.RedisLink.bytes;

import io.github.taskdispatcher.gateway.store.Assignment;
import io.github.taskdispatcher.gateway.store.ChunkStore;
import io.github.taskdispatcher.gateway.store.TaskAccess;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** {@link ChunkStore} on Redis. Any thread. */
final class RedisChunks implements ChunkStore {

    /** What the chunks of one task may take in Redis, about: a few of the largest. */
    private static final byte[] MAX_BYTES = bytes(Integer.toString(4 * MAX_CHUNK_BYTES));

    private static final byte[] LIMIT = bytes(Integer.toString(AT_ONCE));
    private static final byte[] BYTE_LIMIT = bytes(Integer.toString(BYTES_AT_ONCE));

    private final RedisTaskStore store;
    private final byte[] kept;

    /** @param kept how many chunks of a task stay readable, about */
    RedisChunks(RedisTaskStore store, int kept) {
        this.store = store;
        this.kept = bytes(Integer.toString(kept));
    }

    @Override
    public CompletableFuture<OptionalLong> add(
            GroupName group, Assignment assignment, String workerId, long first, List<byte[]> chunks) {
        List<byte[]> args = new ArrayList<>(chunks.size() + 6);
        args.add(bytes(assignment.id().text()));
        args.add(bytes(workerId));
        args.add(bytes(assignment.token()));
        args.add(kept);
        args.add(MAX_BYTES);
        args.add(bytes(Long.toString(first)));
        args.addAll(chunks);
        return store.run(Script.CHUNK, group, ReplyDecoder::stored, args.toArray(byte[][]::new));
    }

    @Override
    public CompletableFuture<Optional<Followed>> follow(GroupName group, TaskId id, TaskAccess access, long after) {
        return store.run(
                Script.FOLLOW,
                group,
                ReplyDecoder::followed,
                bytes(id.text()),
                RedisTaskStore.INLINE,
                bytes(Long.toString(after)),
                LIMIT,
                bytes(access.owners()),
                BYTE_LIMIT);
    }
}
