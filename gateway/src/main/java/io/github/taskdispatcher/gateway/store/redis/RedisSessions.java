package io.github.taskdispatcher.gateway.store.redis;

import static io.github.taskdispatcher.gateway.store.redis.RedisLink.text;

import io.github.taskdispatcher.gateway.store.SessionStore;
import io.lettuce.core.protocol.CommandType;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * {@link SessionStore} in one sorted set: {@code <until> <id>} by {@code until}. An entry goes when its session would have ended by
 * itself. The set has a bound: when it is full, one entry takes the place of the older half and ends every session that would have
 * ended by then. Any thread.
 */
final class RedisSessions implements SessionStore {

    /** So many entries at most, and those that gateways write at the same moment. */
    static final int MAX_ENTRIES = 10_000;

    /** Longer than a session lives. */
    private static final long KEY_LIFE_MS = 24 * 3_600_000L;

    private final RedisSide side;
    private final Keys keys;
    private final RedisClock clock;
    private final int maxEntries;

    RedisSessions(RedisSide side, Keys keys, RedisClock clock) {
        this(side, keys, clock, MAX_ENTRIES);
    }

    /** @param maxEntries at least 2 */
    RedisSessions(RedisSide side, Keys keys, RedisClock clock, int maxEntries) {
        this.side = side;
        this.keys = keys;
        this.clock = clock;
        this.maxEntries = maxEntries;
    }

    @Override
    public CompletableFuture<Void> end(Ended session) {
        RedisSide.Pipeline pipeline = side.pipeline();
        String key = keys.endedSessions();
        add(pipeline, session);
        pipeline.number(CommandType.ZREMRANGEBYSCORE, key, "-inf", "(" + clock.now());
        CompletableFuture<List<byte[]>> all = pipeline.values(CommandType.ZRANGE, key, 0, maxEntries);
        return pipeline.run(all::join).thenCompose(this::bound);
    }

    private void add(RedisSide.Pipeline pipeline, Ended session) {
        String key = keys.endedSessions();
        pipeline.number(CommandType.ZADD, key, session.until(), session.until() + " " + session.id());
        pipeline.number(CommandType.PEXPIRE, key, KEY_LIFE_MS);
    }

    private CompletableFuture<Void> bound(List<byte[]> oldestFirst) {
        if (oldestFirst.size() <= maxEntries) {
            return CompletableFuture.completedFuture(null);
        }
        List<byte[]> old = oldestFirst.subList(0, oldestFirst.size() / 2);
        Ended whole = new Ended(Ended.EVERY, ended(old.get(old.size() - 1)).until());
        RedisSide.Pipeline pipeline = side.pipeline();
        // First the entry that covers the others, then the others: in between nothing is valid again.
        add(pipeline, whole);
        byte[][] gone =
                old.stream().filter(member -> !ended(member).equals(whole)).toArray(byte[][]::new);
        if (gone.length > 0) {
            pipeline.number(CommandType.ZREM, keys.endedSessions(), (Object[]) gone);
        }
        return pipeline.run(() -> null);
    }

    @Override
    public CompletableFuture<List<Ended>> ended() {
        RedisSide.Pipeline pipeline = side.pipeline();
        CompletableFuture<List<byte[]>> members =
                pipeline.values(CommandType.ZRANGEBYSCORE, keys.endedSessions(), clock.now(), "+inf");
        return pipeline.run(
                () -> members.join().stream().map(RedisSessions::ended).toList());
    }

    private static Ended ended(byte[] member) {
        String[] words = text(member).split(" ", 2);
        return new Ended(words[1], Long.parseLong(words[0]));
    }
}
