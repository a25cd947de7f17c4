package io.github.taskdispatcher.gateway.store.redis;

import static io.github.taskdispatcher.gateway.store.redis.RedisLink.bytes;
import static io.github.taskdispatcher.gateway.store.redis.RedisLink.text;

import io.github.taskdispatcher.gateway.store.Assignment;
import io.github.taskdispatcher.gateway.store.ChunkStore;
import io.github.taskdispatcher.gateway.store.TaskAccess;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import java.util.ArrayList;
import java.util.Arrays;
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
    /** How many words of a reply are the task itself. */
    private static final int VIEW_WORDS = 13;

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
        return store.run(
                Script.CHUNK,
                group,
                reply -> text(reply.get(0)).equals("stored")
                        ? OptionalLong.of(Long.parseLong(text(reply.get(1))))
                        : OptionalLong.empty(),
                args.toArray(byte[][]::new));
    }

    @Override
    public CompletableFuture<Optional<Followed>> follow(GroupName group, TaskId id, TaskAccess access, long after) {
        return store.run(
                Script.FOLLOW,
                group,
                RedisChunks::followed,
                bytes(id.text()),
                RedisTaskStore.INLINE,
                bytes(Long.toString(after)),
                LIMIT,
                bytes(access.owners()),
                BYTE_LIMIT);
    }

    private static Optional<Followed> followed(List<byte[]> reply) {
        return RedisTaskStore.view(reply).map(view -> {
            List<Chunk> chunks = new ArrayList<>((reply.size() - VIEW_WORDS) / 2);
            for (int i = VIEW_WORDS + 1; i + 1 < reply.size(); i += 2) {
                chunks.add(new Chunk(Long.parseLong(text(reply.get(i))), reply.get(i + 1)));
            }
            return new Followed(view, Long.parseLong(text(reply.get(VIEW_WORDS))), chunks);
        });
    }

    /**
     * The chunks of the hint {@code chunk id first sizes chunks}; empty when they are not in it.
     *
     * @param words the first four, or fewer
     * @param at where the chunks begin
     */
    static List<byte[]> hinted(String[] words, byte[] hint, int at) {
        List<byte[]> chunks = new ArrayList<>();
        if (words.length < 4) {
            return chunks;
        }
        int from = at;
        for (String size : words[3].split(",")) {
            int to = from + Integer.parseInt(size);
            if (to > hint.length) {
                return List.of();
            }
            chunks.add(Arrays.copyOfRange(hint, from, to));
            from = to;
        }
        return chunks;
    }
}
