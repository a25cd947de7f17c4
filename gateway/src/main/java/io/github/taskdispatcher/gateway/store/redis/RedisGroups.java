package io.github.taskdispatcher.gateway.store.redis;

import static io.github.taskdispatcher.gateway.store.redis.RedisLink.bytes;
import static io.github.taskdispatcher.gateway.store.redis.RedisLink.number;
import static io.github.taskdispatcher.gateway.store.redis.RedisLink.text;

import io.github.taskdispatcher.gateway.config.GatewayConfig;
import io.github.taskdispatcher.gateway.config.GatewayConfig.NameLimits;
import io.github.taskdispatcher.gateway.config.ModelOwners;
import io.github.taskdispatcher.gateway.store.GroupStore;
import io.github.taskdispatcher.gateway.store.TaskStore;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanCursor;
import io.lettuce.core.ScoredValue;
import io.lettuce.core.SetArgs;
import io.lettuce.core.ZAddArgs;
import io.lettuce.core.protocol.CommandType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** {@link GroupStore} on Redis: sorted sets of names by last use. Any thread. */
final class RedisGroups implements GroupStore {

    /** How long a name counts for its holder after its last use: longer than the time between two uses by connected workers. */
    private static final long HOLDER_LIFE_MS = 120_000;
    /** How long a name counts among all: longer than {@code GroupKeeper} takes to repeat it. */
    private static final long COUNTED_MS = 30_000;
    /** How long a name counts against its last holder after that holder left: about as long as the name stays. */
    private static final long LEFT_MS = 60_000;
    /** The time that may pass between the acceptance of a task and its note, and between its deadline and its end. */
    private static final long MARGIN_MS = 600_000;
    /** How many groups of one hash the gateway searches for a task. A task of any further group has its own key. */
    private static final int MAX_OF_A_HASH = 200;
    /** How many of them are asked at once. */
    private static final int SLICE = 50;

    /**
     * What leads to Redis.
     *
     * @param side for what no task waits for
     */
    record Access(RedisLink link, RedisSide side, RedisScripts scripts, RedisClock clock) {}

    private final Access redis;
    private final Keys keys;
    private final NameLimits limits;
    private final ModelOwners configured;
    private final long resultTtlMs;
    private final byte[] readableMs;

    RedisGroups(Access redis, Keys keys, GatewayConfig config) {
        this.redis = redis;
        this.keys = keys;
        limits = config.limits().names();
        configured = new ModelOwners(config.access().workerKeys());
        resultTtlMs = config.tasks().resultTtlMs();
        readableMs = number(readableMs(config.tasks().maxTimeoutMs()));
    }

    /**
     * For how long a task can be read at most. Its hash lives for its timeout, a result's life and the margin, see {@code submit};
     * it ends within that time, and from its end a result's life counts anew, see {@code finish}.
     */
    private long readableMs(long timeoutMs) {
        return timeoutMs + MARGIN_MS + 2 * resultTtlMs;
    }

    @Override
    public CompletableFuture<Entry> enter(GroupName group, String holder, boolean known) {
        // The limit on all groups never refuses a group that the configuration names.
        boolean named = configured.of(group.text()).isPresent();
        return redis.scripts()
                .run(
                        Script.REGISTER,
                        keys.registry(),
                        ReplyDecoder::entered,
                        bytes(group.text()),
                        bytes(holder),
                        number(HOLDER_LIFE_MS),
                        number(known || named ? 0 : limits.maxGroups()),
                        number(known ? 0 : limits.maxGroupsPerHolder()),
                        number(COUNTED_MS),
                        number(LEFT_MS));
    }

    @Override
    public CompletableFuture<Void> leave(GroupName group, String holder) {
        return redis.scripts()
                .run(
                        Script.UNREGISTER,
                        keys.registry(),
                        ReplyDecoder::nothing,
                        bytes(group.text()),
                        bytes(holder),
                        number(COUNTED_MS),
                        number(HOLDER_LIFE_MS),
                        number(LEFT_MS));
    }

    @Override
    public CompletableFuture<Boolean> accepted(GroupName group) {
        return redis.scripts()
                .run(
                        Script.ACCEPT,
                        keys.registry(),
                        ReplyDecoder::accepted,
                        bytes(group.text()),
                        bytes(HexFormat.of().toHexDigits((short) group.hash16())),
                        readableMs,
                        number(MAX_OF_A_HASH));
    }

    @Override
    public CompletableFuture<Void> place(TaskId id, GroupName group, long timeoutMs) {
        SetArgs life = SetArgs.Builder.px(readableMs(timeoutMs));
        return redis.link()
                .call(commands -> commands.set(keys.where(id), bytes(group.text()), life))
                .thenApply(set -> null);
    }

    @Override
    public CompletableFuture<Optional<GroupName>> placeOf(TaskId id) {
        return redis.link()
                .call(commands -> commands.get(keys.where(id)))
                .thenApply(group -> group == null ? Optional.empty() : GroupName.parse(text(group)));
    }

    @Override
    public CompletableFuture<List<GroupName>> withHash(int hash) {
        return redis.link()
                .call(commands -> commands.zrevrange(keys.names(hash), 0, MAX_OF_A_HASH - 1L))
                .thenApply(RedisGroups::names);
    }

    @Override
    public CompletableFuture<Optional<GroupName>> holderOf(TaskId id, List<GroupName> groups) {
        if (groups.isEmpty()) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        int size = Math.min(SLICE, groups.size());
        return thatHold(groups.subList(0, size), group -> new String[] {keys.task(group, id)})
                .thenCompose(found -> found.isEmpty()
                        ? holderOf(id, groups.subList(size, groups.size()))
                        : CompletableFuture.completedFuture(Optional.of(found.get(0))));
    }

    private static List<GroupName> names(Collection<byte[]> members) {
        return members.stream()
                .map(member -> GroupName.parse(text(member)))
                .flatMap(Optional::stream)
                .toList();
    }

    private String key(Registry registry) {
        return registry == Registry.BUSY ? keys.busy() : keys.groups();
    }

    @Override
    public CompletableFuture<Page> scan(Registry registry, String cursor, int count) {
        ScanCursor from = cursor == null ? ScanCursor.INITIAL : ScanCursor.of(cursor);
        return redis.link()
                .call(commands -> commands.zscan(key(registry), from, ScanArgs.Builder.limit(count)))
                .thenApply(page -> new Page(
                        names(page.getValues().stream()
                                .map(ScoredValue::getValue)
                                .toList()),
                        page.isFinished() ? null : page.getCursor()));
    }

    @Override
    public CompletableFuture<List<GroupName>> unused(Registry registry, int count) {
        double oldest = redis.clock().now() - registry.lifeMs();
        return redis.link()
                .call(commands -> commands.zrangebyscore(
                        key(registry), Range.create(Double.NEGATIVE_INFINITY, oldest), Limit.from(count)))
                .thenApply(RedisGroups::names);
    }

    @Override
    public CompletableFuture<List<GroupName>> holding(Registry registry, List<GroupName> groups) {
        return thatHold(groups, group -> held(registry, group));
    }

    /** Those of the groups of which one of these keys exists, in their order. */
    private CompletableFuture<List<GroupName>> thatHold(List<GroupName> groups, Function<GroupName, String[]> held) {
        List<CompletableFuture<Long>> found = groups.stream()
                .map(group -> redis.link().call(commands -> commands.exists(held.apply(group))))
                .toList();
        return CompletableFuture.allOf(found.toArray(CompletableFuture[]::new)).thenApply(done -> {
            List<GroupName> holding = new ArrayList<>();
            for (int i = 0; i < groups.size(); i++) {
                if (found.get(i).join() > 0) {
                    holding.add(groups.get(i));
                }
            }
            return holding;
        });
    }

    private String[] held(Registry registry, GroupName group) {
        return registry == Registry.BUSY
                ? new String[] {keys.deadlines(group), keys.queue(group)}
                : new String[] {
                    keys.workers(group),
                    keys.deadlines(group),
                    keys.leases(group),
                    keys.returning(group),
                    keys.queue(group)
                };
    }

    @Override
    public CompletableFuture<Void> forget(Registry registry, Collection<GroupName> groups) {
        if (groups.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        List<byte[]> args = new ArrayList<>();
        args.add(bytes(registry == Registry.BUSY ? "busy" : "groups"));
        args.add(number(registry.lifeMs()));
        groups.forEach(group -> args.add(bytes(group.text())));
        return redis.scripts().run(Script.FORGET, keys.registry(), ReplyDecoder::nothing, args.toArray(byte[][]::new));
    }

    @Override
    public CompletableFuture<Void> keep(Registry registry, Collection<GroupName> groups) {
        if (groups.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        double now = redis.clock().now();
        Object[] scored = groups.stream()
                .flatMap(group -> java.util.stream.Stream.of(now, bytes(group.text())))
                .toArray();
        return redis.link()
                .call(commands -> commands.zadd(key(registry), ZAddArgs.Builder.xx(), scored))
                .thenApply(added -> null);
    }

    @Override
    public CompletableFuture<Recent> recent(int count) {
        RedisSide.Pipeline pipeline = redis.side().pipeline();
        CompletableFuture<List<byte[]>> busy = pipeline.values(CommandType.ZREVRANGE, keys.busy(), 0, count - 1);
        CompletableFuture<List<byte[]>> entered = pipeline.values(CommandType.ZREVRANGE, keys.groups(), 0, count - 1);
        CompletableFuture<Long> total = pipeline.number(CommandType.ZCARD, keys.groups());
        return pipeline.run(() -> {
            Set<GroupName> names = new LinkedHashSet<>(names(busy.join()));
            names.addAll(names(entered.join()));
            List<GroupName> some = names.stream().limit(count).toList();
            return new Recent(some, Math.max(some.size(), total.join()));
        });
    }

    @Override
    public CompletableFuture<Long> beginRound() {
        return redis.scripts().run(Script.ROUND, keys.registry(), ReplyDecoder::begun, number(TaskStore.LEASE_MS));
    }
}
