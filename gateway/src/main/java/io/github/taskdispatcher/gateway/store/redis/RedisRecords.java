package io.github.taskdispatcher.gateway.store.redis;

import static io.github.taskdispatcher.gateway.store.redis.RedisLink.bytes;
import static io.github.taskdispatcher.gateway.store.redis.RedisLink.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.taskdispatcher.gateway.store.GatewayInfo;
import io.github.taskdispatcher.gateway.store.LogEntry;
import io.github.taskdispatcher.gateway.store.ModelStore;
import io.github.taskdispatcher.gateway.store.RecordBatch;
import io.github.taskdispatcher.gateway.store.RecordStore;
import io.github.taskdispatcher.gateway.store.TaskFacts;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.wire.FromWorker;
import io.lettuce.core.protocol.CommandType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** {@link RecordStore} on Redis: pipelines of plain commands. Any thread. */
final class RedisRecords implements RecordStore {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final int LOG_LINES = 20_000;
    private static final int ENDED_TASKS = 10_000;
    private static final int OPEN_TASKS = 100_000;
    private static final int OVERDUE_AT_ONCE = 200;
    /** Redis does nothing else for as many times two microseconds. */
    private static final int SEEN_AT_ONCE = 250;

    /** A task ends at most 1.5 s after its deadline; then every gateway that could say so has. */
    private static final long OVERDUE_MS = 2_000;

    private static final long MINUTE_MS = 60_000;
    private static final long MINUTES_LIFE_MS = 65 * MINUTE_MS;
    private static final long HOUR_MS = 60 * MINUTE_MS;
    private static final long INTRODUCTION_LIFE_MS = 15 * MINUTE_MS;
    private static final long DAY_MS = 24 * HOUR_MS;

    private static final byte[] NONE = {};

    private final RedisTaskStore tasks;
    private final RedisSide side;
    private final Keys keys;
    private final RedisClock clock;
    private final TaskFields fields;
    private final long resultTtlMs;

    RedisRecords(RedisTaskStore tasks, RedisSide side, Keys keys, RedisClock clock, long resultTtlMs) {
        this.tasks = tasks;
        this.side = side;
        this.keys = keys;
        this.clock = clock;
        this.resultTtlMs = resultTtlMs;
        fields = new TaskFields(side, keys);
    }

    @Override
    public CompletableFuture<List<TaskFacts>> facts(Map<GroupName, ? extends Collection<TaskId>> ids) {
        List<Map.Entry<GroupName, TaskId>> all = new ArrayList<>();
        ids.forEach((group, tasks) -> tasks.forEach(id -> all.add(Map.entry(group, id))));
        return fields.read(all);
    }

    @Override
    public CompletableFuture<Map<GroupName, Set<TaskId>>> overdue(Collection<GroupName> groups) {
        RedisSide.Pipeline pipeline = side.pipeline();
        Map<GroupName, CompletableFuture<List<byte[]>>> replies = new HashMap<>();
        for (GroupName group : groups) {
            replies.put(
                    group,
                    pipeline.values(
                            CommandType.ZRANGEBYSCORE,
                            keys.board(group, "open"),
                            "-inf",
                            clock.now() - OVERDUE_MS,
                            "LIMIT",
                            0,
                            OVERDUE_AT_ONCE));
        }
        return pipeline.run(() -> {
            Map<GroupName, Set<TaskId>> found = new HashMap<>();
            replies.forEach((group, members) -> found.put(
                    group,
                    members.join().stream()
                            .map(member -> TaskId.parse(text(member)))
                            .flatMap(Optional::stream)
                            .collect(Collectors.toSet())));
            return found;
        });
    }

    @Override
    public CompletableFuture<Map<GroupName, Set<TaskId>>> take(Map<GroupName, Set<TaskId>> ids) {
        RedisSide.Pipeline pipeline = side.pipeline();
        Map<GroupName, Map<TaskId, CompletableFuture<Long>>> removals = new HashMap<>();
        ids.forEach((group, tasks) -> tasks.forEach(id -> removals.computeIfAbsent(group, key -> new HashMap<>())
                .put(id, pipeline.number(CommandType.ZREM, keys.board(group, "open"), id.text()))));
        return pipeline.run(() -> {
            Map<GroupName, Set<TaskId>> taken = new HashMap<>();
            removals.forEach((group, tasks) -> tasks.forEach((id, removed) -> {
                if (removed.join() == 1) {
                    taken.computeIfAbsent(group, key -> new HashSet<>()).add(id);
                }
            }));
            return taken;
        });
    }

    @Override
    public CompletableFuture<Void> write(RecordBatch batch) {
        RedisSide.Pipeline pipeline = side.pipeline();
        batch.log.forEach(entry -> log(pipeline, entry));
        batch.open.forEach((group, ids) -> open(pipeline, keys.board(group, "open"), ids));
        batch.closed.forEach((group, ids) -> pipeline.number(
                CommandType.ZREM,
                keys.board(group, "open"),
                ids.stream().map(TaskId::text).toArray()));
        batch.ended.forEach((group, tasks) -> ended(pipeline, group, tasks.values()));
        if (!batch.ended.isEmpty()) {
            trim(pipeline, keys.board(null, "ended"));
        }
        RecordBatch.Counts all = new RecordBatch.Counts();
        batch.counts.forEach((group, counts) -> {
            count(pipeline, group, counts);
            add(all, counts);
        });
        if (!batch.counts.isEmpty()) {
            count(pipeline, null, all);
        }
        batch.done.forEach((group, workers) -> {
            String key = keys.board(group, "done");
            workers.forEach((worker, tasks) -> pipeline.score(CommandType.ZINCRBY, key, tasks, worker));
            pipeline.number(CommandType.PEXPIRE, key, DAY_MS);
        });
        batch.leftWorkers.forEach((group, workers) -> {
            pipeline.number(CommandType.ZREM, keys.board(group, "done"), workers.toArray());
            pipeline.number(CommandType.ZREM, keys.board(group, "seen"), workers.toArray());
            pipeline.number(CommandType.HDEL, keys.board(group, "refused"), workers.toArray());
            workers.forEach(worker -> pipeline.number(CommandType.DEL, keys.introduction(group, worker)));
        });
        return CompletableFuture.allOf(pipeline.run(() -> null), keep(batch.abouts));
    }

    private void log(RedisSide.Pipeline pipeline, LogEntry entry) {
        List<Object> args = new ArrayList<>(List.of(
                "MAXLEN",
                "~",
                LOG_LINES,
                "*",
                "at",
                entry.at(),
                "kind",
                entry.kind().word(),
                "gateway",
                entry.gateway()));
        put(args, "group", entry.group());
        put(args, "task", entry.task());
        put(args, "worker", entry.worker());
        put(args, "text", entry.text());
        put(args, "bytes", entry.bytes());
        put(args, "wait", entry.waitMs());
        put(args, "run", entry.runMs());
        pipeline.value(CommandType.XADD, keys.board(null, "log"), args.toArray());
        if (entry.kind() == LogEntry.Kind.GATEWAY_STARTED) {
            pipeline.number(CommandType.PEXPIRE, keys.board(null, "log"), DAY_MS);
        }
    }

    private static void put(List<Object> args, String name, String value) {
        if (!value.isEmpty()) {
            args.add(name);
            args.add(value);
        }
    }

    private static void put(List<Object> args, String name, long value) {
        if (value >= 0) {
            args.add(name);
            args.add(value);
        }
    }

    /** One call for each group. */
    private CompletableFuture<Void> keep(List<RecordBatch.About> abouts) {
        Map<GroupName, List<byte[]>> byGroup = new HashMap<>();
        for (RecordBatch.About about : abouts) {
            byGroup.computeIfAbsent(about.group(), key -> new ArrayList<>())
                    .addAll(List.of(
                            bytes(about.id().text()),
                            about.request() == null ? NONE : about.request(),
                            about.acceptedBy() == null ? NONE : bytes(about.acceptedBy()),
                            about.deliveredAt() > 0 ? bytes(Long.toString(about.deliveredAt())) : NONE));
        }
        return CompletableFuture.allOf(byGroup.entrySet().stream()
                .map(group -> tasks.run(
                        Script.ABOUT,
                        group.getKey(),
                        ReplyDecoder::nothing,
                        group.getValue().toArray(byte[][]::new)))
                .toArray(CompletableFuture[]::new));
    }

    private static void open(RedisSide.Pipeline pipeline, String key, Map<TaskId, Long> ids) {
        if (ids.isEmpty()) {
            return;
        }
        List<Object> args = new ArrayList<>(2 * ids.size());
        ids.forEach((id, deadline) -> {
            args.add(deadline);
            args.add(id.text());
        });
        pipeline.number(CommandType.ZADD, key, args.toArray());
        pipeline.number(CommandType.ZREMRANGEBYRANK, key, 0, -OPEN_TASKS - 1);
        pipeline.number(CommandType.PEXPIRE, key, DAY_MS);
    }

    private void ended(RedisSide.Pipeline pipeline, GroupName group, Collection<TaskFacts> tasks) {
        List<Object> closed = new ArrayList<>();
        List<Object> here = new ArrayList<>();
        List<Object> everywhere = new ArrayList<>();
        for (TaskFacts task : tasks) {
            closed.add(task.id().text());
            here.add(task.endedAt());
            here.add(task.id().text());
            everywhere.add(task.endedAt());
            everywhere.add(task.id().text() + ' ' + group.text());
        }
        pipeline.number(CommandType.ZREM, keys.board(group, "open"), closed.toArray());
        pipeline.number(CommandType.ZADD, keys.board(group, "ended"), here.toArray());
        pipeline.number(CommandType.ZADD, keys.board(null, "ended"), everywhere.toArray());
        trim(pipeline, keys.board(group, "ended"));
    }

    private void trim(RedisSide.Pipeline pipeline, String key) {
        pipeline.number(CommandType.ZREMRANGEBYSCORE, key, "-inf", clock.now() - resultTtlMs);
        pipeline.number(CommandType.ZREMRANGEBYRANK, key, 0, -ENDED_TASKS - 1);
        pipeline.number(CommandType.PEXPIRE, key, resultTtlMs + MINUTE_MS);
    }

    private static void add(RecordBatch.Counts all, RecordBatch.Counts one) {
        all.accepted += one.accepted;
        all.completed += one.completed;
        all.failed += one.failed;
        all.cancelled += one.cancelled;
        for (int i = 0; i < one.waits.length; i++) {
            all.waits[i] += one.waits[i];
            all.runs[i] += one.runs[i];
        }
    }

    private String minuteKey(GroupName group) {
        return keys.board(group, "minute:" + clock.now() / MINUTE_MS);
    }

    private void count(RedisSide.Pipeline pipeline, GroupName group, RecordBatch.Counts counts) {
        String key = minuteKey(group);
        increase(pipeline, key, "accepted", counts.accepted);
        increase(pipeline, key, "completed", counts.completed);
        increase(pipeline, key, "failed", counts.failed);
        increase(pipeline, key, "cancelled", counts.cancelled);
        for (int i = 0; i < counts.waits.length; i++) {
            increase(pipeline, key, "w" + i, counts.waits[i]);
            increase(pipeline, key, "r" + i, counts.runs[i]);
        }
        pipeline.number(CommandType.PEXPIRE, key, MINUTES_LIFE_MS);
    }

    private static void increase(RedisSide.Pipeline pipeline, String key, String field, long by) {
        if (by > 0) {
            pipeline.number(CommandType.HINCRBY, key, field, by);
        }
    }

    @Override
    public CompletableFuture<Void> sampleDepths(Collection<GroupName> groups) {
        RedisSide.Pipeline reading = side.pipeline();
        Map<GroupName, CompletableFuture<Long>> depths = new HashMap<>();
        groups.forEach(group -> depths.put(group, reading.number(CommandType.LLEN, keys.queue(group))));
        return reading.run(() -> depths).thenCompose(read -> {
            RedisSide.Pipeline writing = side.pipeline();
            long all = 0;
            for (Map.Entry<GroupName, CompletableFuture<Long>> depth : read.entrySet()) {
                all += depth.getValue().join();
                depth(writing, depth.getKey(), depth.getValue().join());
            }
            depth(writing, null, all);
            return writing.run(() -> null);
        });
    }

    private void depth(RedisSide.Pipeline pipeline, GroupName group, long depth) {
        String key = minuteKey(group);
        pipeline.number(CommandType.HSET, key, "depth", depth);
        pipeline.number(CommandType.PEXPIRE, key, MINUTES_LIFE_MS);
    }

    @Override
    public CompletableFuture<Void> seen(Map<GroupName, Map<String, Long>> workers) {
        RedisSide.Pipeline pipeline = side.pipeline();
        workers.forEach((group, seen) -> {
            String key = keys.board(group, "seen");
            List<Object> args = new ArrayList<>();
            seen.forEach((worker, at) -> {
                args.add(at);
                args.add(worker);
            });
            int step = 2 * SEEN_AT_ONCE;
            for (int from = 0; from < args.size(); from += step) {
                List<Object> some = args.subList(from, Math.min(args.size(), from + step));
                pipeline.number(CommandType.ZADD, key, some.toArray());
            }
            pipeline.number(CommandType.ZREMRANGEBYSCORE, key, "-inf", clock.now() - HOUR_MS);
            pipeline.number(CommandType.PEXPIRE, key, HOUR_MS);
        });
        return pipeline.run(() -> null);
    }

    @Override
    public CompletableFuture<Void> refusedModels(
            GroupName group, String worker, Collection<ModelStore.Refusal> refused) {
        String key = keys.board(group, "refused");
        if (refused.isEmpty()) {
            return side.call(redis -> redis.hdel(key, worker)).thenApply(removed -> null);
        }
        String lines = refused.stream()
                .limit(MAX_REFUSALS)
                .map(it -> (it.owner() == null ? "" : it.owner().text()) + ' ' + it.model())
                .collect(Collectors.joining("\n"));
        RedisSide.Pipeline pipeline = side.pipeline();
        pipeline.number(CommandType.HSET, key, worker, lines);
        pipeline.number(CommandType.PEXPIRE, key, DAY_MS);
        return pipeline.run(() -> null);
    }

    @Override
    public CompletableFuture<Void> introduce(Map<GroupName, Map<String, FromWorker.Hello>> workers) {
        RedisSide.Pipeline pipeline = side.pipeline();
        workers.forEach((group, hellos) -> hellos.forEach((worker, hello) -> {
            if (Introductions.saysAnything(hello)) {
                pipeline.value(
                        CommandType.SET,
                        keys.introduction(group, worker),
                        Introductions.write(hello),
                        "PX",
                        INTRODUCTION_LIFE_MS);
            }
        }));
        return pipeline.run(() -> null);
    }

    @Override
    public CompletableFuture<Void> beat(GatewayInfo gateway) {
        String key = keys.board(null, "gateways");
        RedisSide.Pipeline pipeline = side.pipeline();
        try {
            pipeline.number(CommandType.HSET, key, gateway.id(), JSON.writeValueAsBytes(gateway));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
        pipeline.number(CommandType.PEXPIRE, key, HOUR_MS);
        pipeline.number(CommandType.PEXPIRE, keys.board(null, "log"), DAY_MS);
        // The key lives on while a gateway does: its lines go one by one.
        pipeline.number(CommandType.XTRIM, keys.board(null, "log"), "MINID", clock.now() - DAY_MS);
        return pipeline.run(() -> null);
    }

    @Override
    public CompletableFuture<Void> forget(String gatewayId) {
        return side.call(redis -> redis.hdel(keys.board(null, "gateways"), gatewayId))
                .thenApply(removed -> null);
    }
}
