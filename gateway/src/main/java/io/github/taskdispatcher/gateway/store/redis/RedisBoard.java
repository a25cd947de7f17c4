package io.github.taskdispatcher.gateway.store.redis;

import static io.github.taskdispatcher.gateway.store.redis.RedisLink.text;
import static io.github.taskdispatcher.gateway.store.redis.TaskFields.number;
import static io.github.taskdispatcher.gateway.store.redis.TaskFields.word;

import io.github.taskdispatcher.gateway.store.BoardStore;
import io.github.taskdispatcher.gateway.store.GatewayInfo;
import io.github.taskdispatcher.gateway.store.LogEntry;
import io.github.taskdispatcher.gateway.store.TaskFacts;
import io.github.taskdispatcher.gateway.store.WorkerIntroduction;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import io.lettuce.core.Limit;
import io.lettuce.core.Range;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanCursor;
import io.lettuce.core.StreamMessage;
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
import java.util.function.Function;

/** {@link BoardStore} on Redis: plain commands, many at a time, over a connection of their own. Any thread. */
final class RedisBoard implements BoardStore {

    /** Executing tasks stand among the waiting ones by deadline, mostly first; so many are looked through for them. */
    private static final int EXECUTING_AMONG = 5_000;

    private static final int EXECUTING_STEP = 500;
    private static final int MAX_WORKERS = 5_000;
    private static final int SCAN_STEP = 1_000;

    private final RedisSide side;
    private final Keys keys;
    private final RedisClock clock;
    private final TaskFields fields;
    private final RedisBoardState state;

    RedisBoard(RedisSide side, Keys keys, RedisClock clock) {
        this.side = side;
        this.keys = keys;
        this.clock = clock;
        fields = new TaskFields(side, keys);
        state = new RedisBoardState(side, keys, clock, fields);
    }

    @Override
    public long now() {
        return clock.now();
    }

    // ---- groups, gateways, Redis --------------------------------------------------------------------------------

    @Override
    public CompletableFuture<List<GroupState>> groups(Collection<GroupName> groups) {
        return state.groups(groups);
    }

    @Override
    public CompletableFuture<List<Minute>> minutes(GroupName group, List<Long> minutes) {
        return state.minutes(group, minutes);
    }

    @Override
    public CompletableFuture<List<GatewayInfo>> gateways() {
        return state.gateways();
    }

    @Override
    public CompletableFuture<RedisState> redis() {
        return state.redis();
    }

    // ---- tasks --------------------------------------------------------------------------------------------------

    @Override
    public CompletableFuture<List<TaskFacts>> waiting(GroupName group, long from, int count) {
        return side.call(redis -> redis.lrange(keys.queue(group), from, from + count - 1))
                .thenCompose(members -> {
                    List<Map.Entry<GroupName, TaskId>> ids = entries(group, members);
                    Map<TaskId, Long> places = new HashMap<>();
                    for (int i = 0; i < ids.size(); i++) {
                        places.put(ids.get(i).getValue(), from + i + 1);
                    }
                    return fields.read(ids).thenApply(tasks -> tasks.stream()
                            .filter(task -> task.status() == TaskStatus.QUEUED)
                            .map(task -> task.at(places.get(task.id())))
                            .toList());
                });
    }

    private static List<Map.Entry<GroupName, TaskId>> entries(GroupName group, List<byte[]> members) {
        return members.stream()
                .map(TaskFields::id)
                .flatMap(Optional::stream)
                .map(id -> Map.entry(group, id))
                .toList();
    }

    @Override
    public CompletableFuture<List<TaskFacts>> executing(GroupName group, long from, int count) {
        return executing(group, 0, from + count, new ArrayList<>())
                .thenApply(found -> found.subList((int) Math.min(from, found.size()), found.size()));
    }

    private CompletableFuture<List<TaskFacts>> executing(
            GroupName group, int looked, long wanted, List<TaskFacts> found) {
        return side.call(redis -> redis.zrange(keys.deadlines(group), looked, looked + EXECUTING_STEP - 1))
                .thenCompose(members -> fields.read(entries(group, members)).thenCompose(tasks -> {
                    tasks.stream()
                            .filter(task -> task.status() == TaskStatus.EXECUTING)
                            .limit(wanted - found.size())
                            .forEach(found::add);
                    int next = looked + EXECUTING_STEP;
                    boolean done = found.size() >= wanted || members.size() < EXECUTING_STEP || next >= EXECUTING_AMONG;
                    return done ? CompletableFuture.completedFuture(found) : executing(group, next, wanted, found);
                }));
    }

    @Override
    public CompletableFuture<Long> endedCount(GroupName group) {
        return side.call(redis -> redis.zcard(keys.board(group, "ended")));
    }

    @Override
    public CompletableFuture<List<TaskFacts>> ended(GroupName group, long from, int count) {
        return side.call(redis -> redis.zrevrange(keys.board(group, "ended"), from, from + count - 1))
                .thenCompose(
                        members -> fields.read(group == null ? entriesWithGroups(members) : entries(group, members)));
    }

    private static List<Map.Entry<GroupName, TaskId>> entriesWithGroups(List<byte[]> members) {
        List<Map.Entry<GroupName, TaskId>> entries = new ArrayList<>();
        for (byte[] member : members) {
            String[] words = text(member).split(" ");
            Optional<TaskId> id = TaskId.parse(words[0]);
            Optional<GroupName> group = words.length == 2 ? GroupName.parse(words[1]) : Optional.empty();
            if (id.isPresent() && group.isPresent()) {
                entries.add(Map.entry(group.get(), id.get()));
            }
        }
        return entries;
    }

    @Override
    public CompletableFuture<Optional<TaskFacts>> task(GroupName group, TaskId id) {
        return fields.read(List.of(Map.entry(group, id)))
                .thenApply(found -> found.stream().findFirst());
    }

    @Override
    public CompletableFuture<List<TaskExtras>> extras(List<TaskFacts> tasks) {
        RedisSide.Pipeline pipeline = side.pipeline();
        record Read(
                CompletableFuture<Long> payload,
                CompletableFuture<Long> kept,
                CompletableFuture<Long> result,
                CompletableFuture<List<byte[]>> about) {}
        List<Read> reads = tasks.stream()
                .map(task -> {
                    String key = keys.task(task.group(), task.id());
                    String about = keys.about(task.group(), task.id());
                    return new Read(
                            pipeline.number(CommandType.HSTRLEN, key, "payload"),
                            pipeline.number(CommandType.HSTRLEN, about, "request"),
                            pipeline.number(CommandType.HSTRLEN, key, "result"),
                            pipeline.values(CommandType.HMGET, about, "acceptedBy", "deliveredAt"));
                })
                .toList();
        return pipeline.run(() -> reads.stream()
                .map(read -> new TaskExtras(
                        Math.max(read.payload().join(), read.kept().join()),
                        read.result().join(),
                        word(read.about().join().get(0)),
                        number(read.about().join().get(1))))
                .toList());
    }

    @Override
    public CompletableFuture<List<byte[]>> requests(List<TaskFacts> tasks, List<TaskExtras> extras, long maxBytes) {
        RedisSide.Pipeline pipeline = side.pipeline();
        List<CompletableFuture<byte[]>> replies = new ArrayList<>();
        for (int i = 0; i < tasks.size(); i++) {
            TaskFacts task = tasks.get(i);
            long bytes = extras.get(i).requestBytes();
            replies.add(
                    bytes == 0 || bytes > maxBytes
                            ? CompletableFuture.completedFuture(null)
                            : task.status().ended()
                                    ? pipeline.value(CommandType.HGET, keys.about(task.group(), task.id()), "request")
                                    : pipeline.value(CommandType.HGET, keys.task(task.group(), task.id()), "payload"));
        }
        return pipeline.run(() -> {
            List<byte[]> requests = new ArrayList<>();
            replies.forEach(reply -> requests.add(reply.join()));
            return requests;
        });
    }

    @Override
    public CompletableFuture<Optional<byte[]>> request(GroupName group, TaskId id, long size) {
        return side.read(new LargeRead(keys.task(group, id), size, "payload"))
                .thenCompose(payload -> payload.get(0) != null
                        ? CompletableFuture.completedFuture(payload)
                        : side.read(new LargeRead(keys.about(group, id), size, "request")))
                .thenApply(read -> Optional.ofNullable(read.get(0)));
    }

    // ---- workers ------------------------------------------------------------------------------------------------

    @Override
    public CompletableFuture<Set<String>> workerIds(GroupName group) {
        return scan(keys.workers(group), ScanCursor.INITIAL, new HashSet<>());
    }

    private CompletableFuture<Set<String>> scan(String key, ScanCursor cursor, Set<String> found) {
        return side.call(redis -> redis.sscan(key, cursor, ScanArgs.Builder.limit(SCAN_STEP)))
                .thenCompose(page -> {
                    page.getValues().forEach(member -> found.add(text(member)));
                    return page.isFinished() || found.size() >= MAX_WORKERS
                            ? CompletableFuture.completedFuture(found)
                            : scan(key, page, found);
                });
    }

    @Override
    public CompletableFuture<List<WorkerState>> workers(GroupName group, List<String> ids) {
        if (ids.isEmpty()) {
            return CompletableFuture.completedFuture(List.of());
        }
        RedisSide.Pipeline pipeline = side.pipeline();
        List<CompletableFuture<List<byte[]>>> hashes = ids.stream()
                .map(id ->
                        pipeline.values(CommandType.HMGET, keys.worker(group, id), "gone", "gateway", "since", "task"))
                .toList();
        CompletableFuture<List<Double>> done =
                pipeline.scores(CommandType.ZMSCORE, keys.board(group, "done"), ids.toArray());
        CompletableFuture<List<Double>> seen =
                pipeline.scores(CommandType.ZMSCORE, keys.board(group, "seen"), ids.toArray());
        CompletableFuture<List<byte[]>> refused =
                pipeline.values(CommandType.HMGET, keys.board(group, "refused"), ids.toArray());
        // The slots of one worker share it.
        Map<String, CompletableFuture<byte[]>> says = new HashMap<>();
        for (String id : ids) {
            says.computeIfAbsent(keys.introduction(group, id), key -> pipeline.value(CommandType.GET, key));
        }
        CompletableFuture<List<Double>> idle = pipeline.scores(CommandType.ZMSCORE, keys.idle(group), ids.toArray());
        return pipeline.run(() -> hashes).thenCompose(read -> {
            List<Map.Entry<GroupName, TaskId>> current = read.stream()
                    .map(hash -> TaskId.parse(lastTask(hash.join())))
                    .flatMap(Optional::stream)
                    .map(id -> Map.entry(group, id))
                    .toList();
            return fields.read(current).thenApply(tasks -> {
                Map<String, TaskFacts> byId = new HashMap<>();
                tasks.forEach(task -> byId.put(task.id().text(), task));
                List<WorkerState> workers = new ArrayList<>();
                for (int i = 0; i < ids.size(); i++) {
                    List<RefusedModel> models = refusedModels(refused.join().get(i));
                    WorkerIntroduction said = Introductions.read(
                            says.get(keys.introduction(group, ids.get(i))).join());
                    worker(
                                    group,
                                    ids.get(i),
                                    read.get(i).join(),
                                    idle.join().get(i) != null,
                                    byId::get,
                                    done.join().get(i),
                                    seen.join().get(i))
                            .map(worker -> worker.saying(said, models))
                            .ifPresent(workers::add);
                }
                return workers;
            });
        });
    }

    /** Of lines that are an owner, maybe empty, and a model each. */
    private static List<RefusedModel> refusedModels(byte[] lines) {
        return lines == null
                ? List.of()
                : text(lines)
                        .lines()
                        .map(line -> line.split(" ", 2))
                        .filter(words -> words.length == 2)
                        .map(words -> new RefusedModel(words[1], words[0]))
                        .toList();
    }

    /** The id of its last assignment, {@code <id> <token>}; empty when it had none. */
    private static String lastTask(List<byte[]> hash) {
        return word(hash.get(3)).split(" ", 2)[0];
    }

    private static Optional<WorkerState> worker(
            GroupName group,
            String id,
            List<byte[]> hash,
            boolean idle,
            Function<String, TaskFacts> tasks,
            Double done,
            Double seen) {
        if (hash.get(0) != null || hash.get(1) == null) {
            return Optional.empty();
        }
        // Neither idle nor at work: it has yet to say that it is ready. One whose task is overdue is still at it.
        String taskId = idle ? "" : lastTask(hash);
        String state = idle ? "idle" : taskId.isEmpty() ? "joined" : "busy";
        TaskFacts task = tasks.apply(taskId);
        return Optional.of(new WorkerState(
                group,
                id,
                state,
                word(hash.get(1)),
                number(hash.get(2)),
                taskId,
                task == null ? 0 : task.startedAt(),
                task == null ? 0 : task.deadline(),
                done == null ? 0 : done.longValue(),
                seen == null ? 0 : seen.longValue(),
                task == null ? null : task.progress(),
                List.of(),
                WorkerIntroduction.NONE));
    }

    // ---- log ----------------------------------------------------------------------------------------------------

    @Override
    public CompletableFuture<List<Logged>> log(String before, int count) {
        Range<String> range = before == null
                ? Range.unbounded()
                : Range.from(Range.Boundary.unbounded(), Range.Boundary.excluding(before));
        return side.call(redis -> redis.xrevrange(keys.board(null, "log"), range, Limit.from(count)))
                .thenApply(messages -> messages.stream().map(RedisBoard::logged).toList());
    }

    private static Logged logged(StreamMessage<String, byte[]> message) {
        Map<String, byte[]> body = message.getBody();
        return new Logged(
                message.getId(),
                new LogEntry(
                        number(body.get("at")),
                        LogEntry.Kind.of(word(body.get("kind"))),
                        word(body.get("gateway")),
                        word(body.get("group")),
                        word(body.get("task")),
                        word(body.get("worker")),
                        word(body.get("text")),
                        body.containsKey("bytes") ? number(body.get("bytes")) : -1,
                        body.containsKey("wait") ? number(body.get("wait")) : -1,
                        body.containsKey("run") ? number(body.get("run")) : -1));
    }
}
