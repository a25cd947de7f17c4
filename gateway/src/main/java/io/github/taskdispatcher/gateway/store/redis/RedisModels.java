package io.github.taskdispatcher.gateway.store.redis;

import static io.github.taskdispatcher.gateway.store.redis.RedisLink.bytes;
import static io.github.taskdispatcher.gateway.store.redis.RedisLink.text;

import io.github.taskdispatcher.gateway.store.ModelStore;
import io.github.taskdispatcher.task.GroupName;
import io.lettuce.core.protocol.CommandType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** {@link ModelStore} on Redis: one sorted set, each member good until its score. Any thread. */
final class RedisModels implements ModelStore {

    /** Nobody has said anything for so long: the whole set goes. */
    private static final long KEY_LIFE_MS = 60_000;

    private static final Comparator<Model> BY_NAME = Comparator.comparing(Model::name)
            .thenComparing(model -> model.group().text());

    private final RedisSide side;
    private final Keys keys;
    private final RedisClock clock;
    private final String gatewayId;

    RedisModels(RedisSide side, Keys keys, RedisClock clock, String gatewayId) {
        this.side = side;
        this.keys = keys;
        this.clock = clock;
        this.gatewayId = gatewayId;
    }

    @Override
    public CompletableFuture<Void> declare(Map<GroupName, Set<String>> models) {
        List<byte[]> members = members(models);
        if (members.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        long now = clock.now();
        byte[] until = bytes(Long.toString(now + LIFE_MS));
        List<Object> scored = new ArrayList<>();
        for (byte[] member : members) {
            scored.add(until);
            scored.add(member);
        }
        RedisSide.Pipeline pipeline = side.pipeline();
        pipeline.number(CommandType.ZREMRANGEBYSCORE, keys.models(), "-inf", now);
        pipeline.number(CommandType.ZADD, keys.models(), scored.toArray());
        pipeline.number(CommandType.PEXPIRE, keys.models(), KEY_LIFE_MS);
        return pipeline.run(() -> null);
    }

    @Override
    public CompletableFuture<Void> withdraw(Map<GroupName, Set<String>> models) {
        byte[][] members = members(models).toArray(byte[][]::new);
        return members.length == 0
                ? CompletableFuture.completedFuture(null)
                : side.call(redis -> redis.zrem(keys.models(), members)).thenApply(removed -> null);
    }

    private List<byte[]> members(Map<GroupName, Set<String>> models) {
        List<byte[]> members = new ArrayList<>();
        models.forEach((group, names) ->
                names.forEach(name -> members.add(bytes(gatewayId + ' ' + group.text() + ' ' + name))));
        return members;
    }

    @Override
    public CompletableFuture<List<Model>> models() {
        RedisSide.Pipeline pipeline = side.pipeline();
        CompletableFuture<List<byte[]>> members = pipeline.values(
                CommandType.ZRANGEBYSCORE, keys.models(), "(" + clock.now(), "+inf", "LIMIT", 0, MAX_READ);
        return pipeline.run(() -> members.join().stream()
                .map(RedisModels::model)
                .flatMap(Optional::stream)
                .distinct()
                .sorted(BY_NAME)
                .toList());
    }

    private static Optional<Model> model(byte[] member) {
        String[] words = text(member).split(" ", 3);
        return words.length < 3 ? Optional.empty() : GroupName.parse(words[1]).map(group -> new Model(group, words[2]));
    }

    @Override
    public CompletableFuture<List<GroupName>> live(Collection<GroupName> groups) {
        RedisSide.Pipeline pipeline = side.pipeline();
        List<GroupName> asked = List.copyOf(groups);
        List<CompletableFuture<Long>> found = asked.stream()
                .map(group -> pipeline.number(CommandType.EXISTS, keys.workers(group), keys.returning(group)))
                .toList();
        return pipeline.run(() -> {
            List<GroupName> live = new ArrayList<>();
            for (int i = 0; i < asked.size(); i++) {
                if (found.get(i).join() > 0) {
                    live.add(asked.get(i));
                }
            }
            return live;
        });
    }
}
