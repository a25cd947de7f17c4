package io.github.taskdispatcher.gateway.store.redis;

import static io.github.taskdispatcher.gateway.store.redis.RedisLink.bytes;
import static io.github.taskdispatcher.gateway.store.redis.RedisLink.text;

import io.github.taskdispatcher.gateway.config.GatewayConfig.NameLimits;
import io.github.taskdispatcher.gateway.store.ModelStore;
import io.github.taskdispatcher.task.GroupName;
import io.lettuce.core.protocol.CommandType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** {@link ModelStore} on Redis: a sorted set for each model and one of all, each member good until its score. Any thread. */
final class RedisModels implements ModelStore {

    /** How many models one run of a script declares, and how many commands go out together. */
    private static final int AT_ONCE = 128;

    private static final int READ_AT_ONCE = 1_000;

    private final RedisScripts scripts;
    private final RedisSide side;
    private final Keys keys;
    private final RedisClock clock;
    private final NameLimits limits;

    RedisModels(RedisScripts scripts, RedisSide side, Keys keys, RedisClock clock, NameLimits limits) {
        this.scripts = scripts;
        this.side = side;
        this.keys = keys;
        this.clock = clock;
        this.limits = limits;
    }

    @Override
    public CompletableFuture<List<Refusal>> declare(Declarer declarer, Map<String, Boolean> models) {
        List<Map.Entry<String, Boolean>> all = List.copyOf(models.entrySet());
        CompletableFuture<List<Refusal>> refused = CompletableFuture.completedFuture(new ArrayList<>());
        for (int from = 0; from < all.size(); from += AT_ONCE) {
            List<Map.Entry<String, Boolean>> some = all.subList(from, Math.min(all.size(), from + AT_ONCE));
            refused = refused.thenCombine(declare(declarer, some), (before, more) -> {
                before.addAll(more);
                return before;
            });
        }
        return refused;
    }

    private CompletableFuture<List<Refusal>> declare(Declarer declarer, List<Map.Entry<String, Boolean>> models) {
        List<byte[]> args = new ArrayList<>();
        args.add(bytes(declarer.group().text()));
        args.add(bytes(declarer.holder()));
        args.add(bytes(Long.toString(LIFE_MS)));
        args.add(bytes(Integer.toString(limits.maxModels())));
        args.add(bytes(Integer.toString(limits.maxModelsPerHolder())));
        models.forEach(model -> args.add(bytes((model.getValue() ? '!' : '.') + model.getKey())));
        return scripts.run(
                Script.DECLARE,
                keys.registry(),
                reply -> ReplyDecoder.refusals(
                        models.stream().map(Map.Entry::getKey).toList(), reply),
                args.toArray(byte[][]::new));
    }

    @Override
    public CompletableFuture<Void> retract(Declarer declarer, Collection<String> models) {
        List<String> all = List.copyOf(models);
        List<CompletableFuture<Void>> parts = new ArrayList<>();
        for (int from = 0; from < all.size(); from += AT_ONCE) {
            List<byte[]> args = new ArrayList<>();
            args.add(bytes(declarer.group().text()));
            args.add(bytes(declarer.holder()));
            all.subList(from, Math.min(all.size(), from + AT_ONCE)).forEach(model -> args.add(bytes(model)));
            parts.add(scripts.run(Script.RETRACT, keys.registry(), ReplyDecoder::nothing, args.toArray(byte[][]::new)));
        }
        return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new));
    }

    @Override
    public CompletableFuture<Optional<GroupName>> owner(String model) {
        return side.call(redis -> redis.zrevrangeWithScores(keys.declared(model), 0, 0))
                .thenApply(last -> last.isEmpty() || last.get(0).getScore() < clock.now()
                        ? Optional.empty()
                        : GroupName.parse(text(last.get(0).getValue()).split(" ", 2)[0]));
    }

    @Override
    public CompletableFuture<List<Model>> models() {
        return models(0, clock.now(), new ArrayList<>()).thenApply(found -> {
            found.sort(Comparator.comparing(Model::name)
                    .thenComparing(model -> model.group().text()));
            return found;
        });
    }

    private CompletableFuture<List<Model>> models(int from, long now, List<Model> found) {
        RedisSide.Pipeline pipeline = side.pipeline();
        CompletableFuture<List<byte[]>> members = pipeline.values(
                CommandType.ZRANGEBYSCORE, keys.models(), "(" + now, "+inf", "LIMIT", from, READ_AT_ONCE);
        return pipeline.run(members::join).thenCompose(read -> {
            read.stream().map(RedisModels::model).flatMap(Optional::stream).forEach(found::add);
            int next = from + READ_AT_ONCE;
            return read.size() < READ_AT_ONCE || next >= MAX_READ
                    ? CompletableFuture.completedFuture(found)
                    : models(next, now, found);
        });
    }

    private static Optional<Model> model(byte[] member) {
        String[] words = text(member).split(" ", 2);
        return words.length < 2 ? Optional.empty() : GroupName.parse(words[0]).map(group -> new Model(group, words[1]));
    }

    @Override
    public CompletableFuture<List<GroupName>> live(Collection<GroupName> groups) {
        return live(List.copyOf(groups), 0, new ArrayList<>());
    }

    private CompletableFuture<List<GroupName>> live(List<GroupName> groups, int from, List<GroupName> live) {
        if (from >= groups.size()) {
            return CompletableFuture.completedFuture(live);
        }
        List<GroupName> asked = groups.subList(from, Math.min(groups.size(), from + READ_AT_ONCE));
        RedisSide.Pipeline pipeline = side.pipeline();
        List<CompletableFuture<Long>> found = asked.stream()
                .map(group -> pipeline.number(CommandType.EXISTS, keys.workers(group), keys.returning(group)))
                .toList();
        return pipeline.run(() -> found).thenCompose(replies -> {
            for (int i = 0; i < asked.size(); i++) {
                if (replies.get(i).join() > 0) {
                    live.add(asked.get(i));
                }
            }
            return live(groups, from + READ_AT_ONCE, live);
        });
    }
}
