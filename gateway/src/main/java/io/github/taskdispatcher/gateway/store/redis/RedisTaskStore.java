package io.github.taskdispatcher.gateway.store.redis;

import static io.github.taskdispatcher.gateway.store.redis.RedisLink.bytes;
import static io.github.taskdispatcher.gateway.store.redis.RedisLink.text;

import io.github.taskdispatcher.gateway.config.GatewayConfig;
import io.github.taskdispatcher.gateway.store.Assignment;
import io.github.taskdispatcher.gateway.store.BoardStore;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.store.RecordStore;
import io.github.taskdispatcher.gateway.store.Replies;
import io.github.taskdispatcher.gateway.store.Replies.Submitted;
import io.github.taskdispatcher.gateway.store.TaskStore;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import io.lettuce.core.KeyValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.stream.Collectors;

/** {@link TaskStore} on Redis: one method, one script. Any thread. */
public final class RedisTaskStore implements TaskStore, AutoCloseable {

    private static final byte[] REDIS_TIME = bytes("0");
    private static final byte[] ANY_TIME = bytes("0");
    private static final byte[] NONE = {};
    private static final byte[] YES = bytes("1");
    private static final byte[] NO = bytes("0");
    private static final byte[] LEASE = bytes(Long.toString(LEASE_MS));
    /** A group nobody used for so long is forgotten: longer than any task of it can be readable. */
    private static final long GROUP_LIFE_MS = 24 * 3600 * 1000L;

    private static final byte[] INLINE = bytes(Integer.toString(Outcome.INLINE_BYTES));
    private static final int SWEEP_LIMIT = 256;

    private final RedisLink link;
    private final Keys keys;
    private final String gatewayId;
    private final RedisClock clock;
    private final RedisSide side;
    private final long resultTtlMs;
    private final byte[] caller;
    private final byte[] ttl;
    private final byte[] maxQueue;
    private final byte[] maxQueueBytes;
    private final byte[] grace;

    /**
     * Connects, waiting for it.
     *
     * @param gatewayId this process's own, never used before
     * @param executor runs what follows a reply
     * @throws io.lettuce.core.RedisException when Redis cannot be reached
     */
    public RedisTaskStore(GatewayConfig config, String gatewayId, Executor executor) {
        this.gatewayId = gatewayId;
        keys = new Keys(config.redis().keyPrefix());
        caller = bytes(gatewayId);
        ttl = bytes(Long.toString(config.tasks().resultTtlMs()));
        maxQueue = bytes(Integer.toString(config.tasks().maxQueueLength()));
        maxQueueBytes = bytes(Long.toString(config.tasks().maxQueueBytes()));
        grace = bytes(Long.toString(config.workers().reconnectGraceMs()));
        link = new RedisLink(config.redis().url(), gatewayId, executor);
        clock = new RedisClock(link);
        clock.read().join();
        side = link.side();
        resultTtlMs = config.tasks().resultTtlMs();
    }

    /** Where this gateway notes what the dashboard shows. */
    public RecordStore records() {
        return new RedisRecords(side, keys, clock, resultTtlMs);
    }

    /** What the dashboard reads. */
    public BoardStore board() {
        return new RedisBoard(side, keys, clock);
    }

    @Override
    public CompletableFuture<Submitted> submit(
            GroupName group, TaskId id, byte[] payload, long timeoutMs, boolean waits, long notAfter) {
        return run(
                        Script.SUBMIT,
                        group,
                        bytes(Long.toString(notAfter)),
                        bytes(id.text()),
                        payload,
                        bytes(Long.toString(timeoutMs)),
                        waits ? YES : NO,
                        maxQueue,
                        maxQueueBytes)
                .thenApply(reply -> switch (word(reply)) {
                    case "assigned" -> new Submitted.Assigned(text(reply.get(1)), text(reply.get(2)));
                    case "remote" -> new Submitted.Remote();
                    case "queued" -> new Submitted.Queued();
                    case "exists" ->
                        new Submitted.Exists(TaskStatus.of(text(reply.get(1))), text(reply.get(2)), text(reply.get(3)));
                    case "no-worker" -> new Submitted.NoWorker();
                    case "full" -> new Submitted.Full();
                    case "late" -> new Submitted.Late();
                    default -> throw unexpected(reply);
                });
    }

    @Override
    public CompletableFuture<Replies.Withdrawn> withdraw(GroupName group, TaskId id) {
        return run(Script.WITHDRAW, group, ANY_TIME, bytes(id.text()))
                .thenApply(reply -> Replies.Withdrawn.valueOf(constant(reply)));
    }

    @Override
    public CompletableFuture<Optional<Assignment>> claim(GroupName group, TaskId id, String token) {
        return run(Script.CLAIM, group, inTime(), bytes(id.text()), bytes(token))
                .thenApply(reply -> Optional.ofNullable(assignment(reply)));
    }

    @Override
    public CompletableFuture<Replies.Joined> join(GroupName group, String workerId, int epoch, Assignment current) {
        return run(
                        Script.JOIN,
                        group,
                        inTime(),
                        bytes(workerId),
                        bytes(Integer.toString(epoch)),
                        LEASE,
                        current == null ? NONE : bytes(current.id().text()),
                        current == null ? NONE : bytes(current.token()))
                .thenApply(reply -> Replies.Joined.valueOf(constant(reply)));
    }

    @Override
    public CompletableFuture<Replies.Ready> ready(GroupName group, String workerId) {
        return run(Script.READY, group, inTime(), bytes(workerId))
                .thenApply(reply -> new Replies.Ready(Replies.Ready.Word.valueOf(constant(reply)), assignment(reply)));
    }

    @Override
    public CompletableFuture<Replies.Completed> complete(
            GroupName group, TaskId id, String workerId, String token, Outcome outcome, long offeredAt, boolean last) {
        return run(
                        Script.COMPLETE,
                        group,
                        ANY_TIME,
                        bytes(id.text()),
                        bytes(workerId),
                        bytes(token),
                        bytes(outcome.status().word()),
                        outcome.value(),
                        bytes(Long.toString(offeredAt)),
                        LEASE,
                        last ? YES : NO)
                .thenApply(reply -> {
                    var word = Replies.Completed.Outcome.valueOf(constant(reply));
                    return word == Replies.Completed.Outcome.EARLY
                            ? new Replies.Completed(word, null, Long.parseLong(text(reply.get(1))))
                            : new Replies.Completed(word, assignment(reply), 0);
                });
    }

    @Override
    public CompletableFuture<Void> gone(
            GroupName group, String workerId, int epoch, boolean released, String error, String lastSent) {
        return run(
                        Script.GONE,
                        group,
                        ANY_TIME,
                        bytes(workerId),
                        bytes(Integer.toString(epoch)),
                        bytes(released ? "released" : "closed"),
                        bytes(error),
                        grace,
                        bytes(lastSent))
                .thenApply(reply -> null);
    }

    @Override
    public CompletableFuture<Replies.Beat> beat(GroupName group) {
        return run(Script.BEAT, group, ANY_TIME, LEASE).thenApply(reply -> {
            List<Replies.Unclaimed> unclaimed = new ArrayList<>();
            for (int i = 1; i + 2 < reply.size(); i += 3) {
                unclaimed.add(new Replies.Unclaimed(
                        new TaskId(text(reply.get(i))), text(reply.get(i + 1)), text(reply.get(i + 2))));
            }
            return new Replies.Beat(word(reply).equals("lapsed"), unclaimed);
        });
    }

    @Override
    public CompletableFuture<Void> sweep(GroupName group) {
        return run(Script.SWEEP, group, ANY_TIME, bytes(Integer.toString(SWEEP_LIMIT)), grace, LEASE)
                .thenApply(reply -> null);
    }

    @Override
    public CompletableFuture<Optional<Replies.TaskView>> look(GroupName group, TaskId id) {
        return run(Script.LOOK, group, ANY_TIME, bytes(id.text()), INLINE).thenApply(reply -> {
            if (!word(reply).equals("task")) {
                return Optional.empty();
            }
            TaskStatus status = TaskStatus.of(text(reply.get(1)));
            String worker = text(reply.get(4));
            return Optional.of(new Replies.TaskView(
                    status,
                    number(reply.get(2)),
                    number(reply.get(3)),
                    worker.isEmpty() ? null : worker,
                    number(reply.get(5)),
                    status.ended() ? outcome(status, reply) : null,
                    number(reply.get(7))));
        });
    }

    private static Outcome outcome(TaskStatus status, List<byte[]> look) {
        long size = number(look.get(8));
        return new Outcome(
                status,
                Outcome.Cause.valueOf(text(look.get(6)).toUpperCase(Locale.ROOT)),
                size > Outcome.INLINE_BYTES ? null : look.get(9),
                size);
    }

    @Override
    public CompletableFuture<Optional<Outcome>> outcome(GroupName group, TaskId id) {
        return link.call(redis -> redis.hget(keys.task(group, id), "status")).thenCompose(word -> {
            if (word == null) {
                return CompletableFuture.completedFuture(null);
            }
            if (!TaskStatus.of(text(word)).ended()) {
                return CompletableFuture.completedFuture(Optional.empty());
            }
            return look(group, id).thenApply(view -> view.map(Replies.TaskView::outcome)
                    .map(Optional::of)
                    .orElse(null));
        });
    }

    @Override
    public CompletableFuture<Optional<byte[]>> value(GroupName group, TaskId id) {
        return link.call(redis -> redis.hmget(keys.task(group, id), "result", "error"))
                .thenApply(values -> values.stream()
                        .filter(KeyValue::hasValue)
                        .map(KeyValue::getValue)
                        .findFirst());
    }

    @Override
    public CompletableFuture<List<String>> notIdle(GroupName group, List<String> workerIds) {
        byte[][] members = workerIds.stream().map(RedisLink::bytes).toArray(byte[][]::new);
        return link.call(redis -> redis.zmscore(keys.idle(group), members)).thenApply(scores -> {
            List<String> missing = new ArrayList<>();
            for (int i = 0; i < scores.size(); i++) {
                if (scores.get(i) == null) {
                    missing.add(workerIds.get(i));
                }
            }
            return missing;
        });
    }

    @Override
    public CompletableFuture<Void> touchGroup(GroupName group) {
        return link.call(redis -> redis.zadd(keys.groups(), (double) now(), bytes(group.text())))
                .thenApply(added -> null);
    }

    @Override
    public CompletableFuture<Set<GroupName>> groups() {
        double oldest = (double) now() - GROUP_LIFE_MS;
        return link.call(redis -> redis.zremrangebyscore(
                        keys.groups(), io.lettuce.core.Range.create(Double.NEGATIVE_INFINITY, oldest)))
                .thenCompose(removed -> link.call(redis -> redis.zrange(keys.groups(), 0, -1)))
                .thenApply(names -> names.stream()
                        .map(name -> GroupName.parse(text(name)))
                        .flatMap(Optional::stream)
                        .collect(Collectors.toUnmodifiableSet()));
    }

    @Override
    public long now() {
        return clock.now();
    }

    @Override
    public CompletableFuture<Optional<String>> trouble() {
        return clock.read()
                .thenCompose(time -> link.call(redis -> redis.configGet("maxmemory-policy"))
                        // Hosted Redis may refuse CONFIG; then the operator answers for the policy.
                        .exceptionally(refused -> Map.of()))
                .thenCompose(policy -> {
                    String name = policy.get("maxmemory-policy");
                    if (name != null && !name.equals("noeviction")) {
                        return CompletableFuture.completedFuture(Optional.of("Redis would evict tasks: its"
                                + " maxmemory-policy is " + name + ", set it to noeviction"));
                    }
                    return scriptsRun();
                })
                .exceptionally(failure -> Optional.of("Redis does not answer"));
    }

    private CompletableFuture<Optional<String>> scriptsRun() {
        return run(Script.LOOK, GroupName.DEFAULT, ANY_TIME, bytes("none"), NO)
                .thenApply(reply -> Optional.<String>empty())
                .exceptionally(failure -> Optional.of("Redis does not run the scripts"));
    }

    @Override
    public void listen(Hints hints) {
        link.subscribe(keys.channel(gatewayId), hint -> tell(hints, hint), hints::resync);
    }

    private static void tell(Hints hints, String hint) {
        String[] words = hint.split(" ");
        Optional<TaskId> id = words.length > 1 ? TaskId.parse(words[1]) : Optional.empty();
        if (id.isEmpty()) {
            return;
        }
        if (words[0].equals("done")) {
            hints.done(id.get());
        } else if (words[0].equals("assigned") && words.length == 4) {
            hints.assigned(id.get(), words[2], words[3]);
        }
    }

    /** Measures Redis' clock anew. */
    public CompletableFuture<Void> readClock() {
        return clock.read();
    }

    @Override
    public void close() {
        link.close();
    }

    private CompletableFuture<List<byte[]>> run(Script script, GroupName group, byte[] notAfter, byte[]... args) {
        byte[][] all = new byte[args.length + 4][];
        all[0] = REDIS_TIME;
        all[1] = notAfter;
        all[2] = ttl;
        all[3] = caller;
        System.arraycopy(args, 0, all, 4, args.length);
        return link.run(script, keys.base(group), all);
    }

    private byte[] inTime() {
        return bytes(Long.toString(now() + CALL_TIME_MS));
    }

    private static String word(List<byte[]> reply) {
        return text(reply.get(0));
    }

    private static String constant(List<byte[]> reply) {
        return word(reply).toUpperCase(Locale.ROOT);
    }

    private static long number(byte[] word) {
        return word.length == 0 ? 0 : Long.parseLong(text(word));
    }

    /** The assignment behind a reply's first word, or null. */
    private static Assignment assignment(List<byte[]> reply) {
        if (reply.size() < 5) {
            return null;
        }
        return new Assignment(new TaskId(text(reply.get(1))), text(reply.get(2)), number(reply.get(3)), reply.get(4));
    }

    private static IllegalStateException unexpected(List<byte[]> reply) {
        return new IllegalStateException("a script answered " + word(reply));
    }
}
