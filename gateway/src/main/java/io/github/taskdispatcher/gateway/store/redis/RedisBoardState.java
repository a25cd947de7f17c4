package io.github.taskdispatcher.gateway.store.redis;

import static io.github.taskdispatcher.gateway.store.redis.TaskFields.number;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.taskdispatcher.gateway.store.BoardStore.GroupState;
import io.github.taskdispatcher.gateway.store.BoardStore.Minute;
import io.github.taskdispatcher.gateway.store.BoardStore.RedisState;
import io.github.taskdispatcher.gateway.store.GatewayInfo;
import io.github.taskdispatcher.gateway.store.TimeBuckets;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.lettuce.core.protocol.CommandType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** The part of {@link RedisBoard} that reads groups, minutes, gateways and Redis itself. Any thread. */
final class RedisBoardState {

    private static final ObjectMapper JSON =
            new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private static final long LOST_GATEWAY_MS = 600_000;
    private static final long MINUTE_MS = 60_000;

    private final RedisSide side;
    private final Keys keys;
    private final RedisClock clock;
    private final TaskFields fields;

    RedisBoardState(RedisSide side, Keys keys, RedisClock clock, TaskFields fields) {
        this.side = side;
        this.keys = keys;
        this.clock = clock;
        this.fields = fields;
    }

    CompletableFuture<List<GroupState>> groups(Collection<GroupName> groups) {
        RedisSide.Pipeline pipeline = side.pipeline();
        record Read(
                GroupName name,
                CompletableFuture<Long> depth,
                CompletableFuture<byte[]> head,
                CompletableFuture<Long> open,
                CompletableFuture<Long> workers,
                CompletableFuture<Long> idle) {}
        List<Read> reads = groups.stream()
                .map(group -> new Read(
                        group,
                        pipeline.number(CommandType.LLEN, keys.queue(group)),
                        pipeline.value(CommandType.LINDEX, keys.queue(group), 0),
                        pipeline.number(CommandType.ZCARD, keys.deadlines(group)),
                        pipeline.number(CommandType.SCARD, keys.workers(group)),
                        pipeline.number(CommandType.ZCARD, keys.idle(group))))
                .toList();
        return pipeline.run(() -> reads).thenCompose(done -> {
            List<Map.Entry<GroupName, TaskId>> heads = new ArrayList<>();
            for (Read read : reads) {
                TaskFields.id(read.head().join()).ifPresent(id -> heads.add(Map.entry(read.name(), id)));
            }
            return fields.read(heads).thenApply(oldest -> {
                Map<GroupName, Long> since = new HashMap<>();
                oldest.forEach(task -> since.put(task.group(), task.enqueuedAt()));
                return reads.stream()
                        .map(read -> new GroupState(
                                read.name(),
                                read.depth().join(),
                                since.getOrDefault(read.name(), 0L),
                                // Two readings of one moment apart may disagree.
                                Math.max(0, read.open().join() - read.depth().join()),
                                read.workers().join(),
                                read.idle().join()))
                        .toList();
            });
        });
    }

    CompletableFuture<List<Minute>> minutes(GroupName group, List<Long> minutes) {
        RedisSide.Pipeline pipeline = side.pipeline();
        List<CompletableFuture<Map<String, byte[]>>> replies = minutes.stream()
                .map(at -> pipeline.map(CommandType.HGETALL, keys.board(group, "minute:" + at / MINUTE_MS)))
                .toList();
        return pipeline.run(() -> {
            List<Minute> read = new ArrayList<>();
            for (int i = 0; i < minutes.size(); i++) {
                read.add(minute(minutes.get(i), replies.get(i).join()));
            }
            return read;
        });
    }

    private static Minute minute(long at, Map<String, byte[]> counts) {
        long[] waits = new long[TimeBuckets.COUNT];
        long[] runs = new long[TimeBuckets.COUNT];
        for (int i = 0; i < TimeBuckets.COUNT; i++) {
            waits[i] = number(counts.get("w" + i));
            runs[i] = number(counts.get("r" + i));
        }
        return new Minute(
                at,
                number(counts.get("accepted")),
                number(counts.get("completed")),
                number(counts.get("failed")),
                number(counts.get("cancelled")),
                counts.containsKey("depth") ? number(counts.get("depth")) : -1,
                waits,
                runs);
    }

    CompletableFuture<List<GatewayInfo>> gateways() {
        String key = keys.board(null, "gateways");
        return side.call(redis -> redis.hgetall(key)).thenApply(all -> {
            List<GatewayInfo> gateways = new ArrayList<>();
            all.forEach((id, json) -> {
                GatewayInfo gateway = gateway(json);
                if (gateway == null || clock.now() - gateway.beatAt() > LOST_GATEWAY_MS) {
                    side.call(redis -> redis.hdel(key, id)).exceptionally(failure -> null);
                } else {
                    gateways.add(gateway);
                }
            });
            return gateways;
        });
    }

    private static GatewayInfo gateway(byte[] json) {
        try {
            return JSON.readValue(json, GatewayInfo.class);
        } catch (IOException notOurs) {
            return null;
        }
    }

    CompletableFuture<RedisState> redis() {
        // A hosted Redis may refuse CONFIG.
        CompletableFuture<Map<String, String>> config = side.call(redis -> redis.configGet("maxmemory-policy"))
                .thenCombine(side.call(redis -> redis.configGet("appendonly")), (policy, appendonly) -> {
                    Map<String, String> both = new HashMap<>(policy);
                    both.putAll(appendonly);
                    return both;
                })
                .exceptionallyCompose(failure -> RedisLink.isRefused(failure)
                        ? CompletableFuture.completedFuture(Map.of())
                        : CompletableFuture.failedFuture(failure));
        return side.call(redis -> redis.info()).thenCombine(config, (info, settings) -> {
            Map<String, String> facts = new HashMap<>();
            info.lines().filter(line -> line.contains(":")).forEach(line -> {
                int colon = line.indexOf(':');
                facts.put(line.substring(0, colon), line.substring(colon + 1).strip());
            });
            return new RedisState(
                    facts.getOrDefault("redis_version", ""),
                    longOf(facts.get("used_memory")),
                    longOf(facts.get("maxmemory")),
                    settings.getOrDefault("maxmemory-policy", facts.getOrDefault("maxmemory_policy", "")),
                    settings.getOrDefault(
                            "appendonly", facts.getOrDefault("aof_enabled", "").equals("1") ? "yes" : ""),
                    longOf(facts.get("connected_clients")),
                    longOf(facts.get("uptime_in_seconds")));
        });
    }

    private static long longOf(String text) {
        return text == null || !text.matches("\\d{1,18}") ? 0 : Long.parseLong(text);
    }
}
