package io.github.taskdispatcher.gateway.store.redis;

import static io.github.taskdispatcher.gateway.store.redis.RedisLink.bytes;
import static io.github.taskdispatcher.gateway.store.redis.RedisLink.text;

import io.github.taskdispatcher.gateway.config.GatewayConfig;
import io.github.taskdispatcher.gateway.store.Assignment;
import io.github.taskdispatcher.gateway.store.Attendance;
import io.github.taskdispatcher.gateway.store.BoardStore;
import io.github.taskdispatcher.gateway.store.ChunkStore;
import io.github.taskdispatcher.gateway.store.Completion;
import io.github.taskdispatcher.gateway.store.Departure;
import io.github.taskdispatcher.gateway.store.GroupStore;
import io.github.taskdispatcher.gateway.store.KeptRequest;
import io.github.taskdispatcher.gateway.store.ModelStore;
import io.github.taskdispatcher.gateway.store.NewTask;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.store.Progress;
import io.github.taskdispatcher.gateway.store.RecordStore;
import io.github.taskdispatcher.gateway.store.Replies;
import io.github.taskdispatcher.gateway.store.Replies.Submitted;
import io.github.taskdispatcher.gateway.store.SessionStore;
import io.github.taskdispatcher.gateway.store.StoreHealth;
import io.github.taskdispatcher.gateway.store.TaskAccess;
import io.github.taskdispatcher.gateway.store.TaskStore;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.IntStream;

/** {@link TaskStore} on Redis: one method, one script. Any thread. */
public final class RedisTaskStore implements TaskStore, AutoCloseable {

    private static final byte[] ANY_TIME = bytes("0");
    private static final byte[] NONE = {};
    private static final byte[] CANCELLED = bytes("Task cancelled");
    private static final byte[] LEFT = bytes("Task cancelled: its client disconnected");
    private static final byte[] YES = bytes("1");
    private static final byte[] NO = bytes("0");
    private static final byte[] LEASE = bytes(Long.toString(LEASE_MS));

    static final byte[] INLINE = bytes(Integer.toString(Outcome.INLINE_BYTES));
    private static final int SWEEP_LIMIT = 256;
    /** How long a caller waits for a submit after the time at which it can no longer run. */
    private static final long ANSWER_MARGIN_MS = 300;

    private final RedisLink link;
    private final Keys keys;
    private final String gatewayId;
    private final RedisClock clock;
    private final RedisSide side;
    private final ModelStore models;
    private final GroupStore groups;
    private final ChunkStore chunks;
    private final RedisHealth health;
    private final RedisRequests requests;
    private final long resultTtlMs;
    private final RedisScripts scripts;
    private final byte[] maxQueue;
    private final byte[] maxQueueBytes;
    private final byte[] grace;

    /**
     * Connects, waiting for it, and for Redis while it loads its data.
     *
     * @param gatewayId this process's own, never used before
     * @throws io.github.taskdispatcher.gateway.store.UnusableStoreException when Redis cannot be reached or used
     * @throws io.lettuce.core.RedisException when Redis goes away meanwhile
     */
    public RedisTaskStore(GatewayConfig config, String gatewayId) {
        this.gatewayId = gatewayId;
        keys = new Keys(config.redis().keyPrefix());
        maxQueue = bytes(Integer.toString(config.tasks().maxQueueLength()));
        maxQueueBytes = bytes(Long.toString(config.tasks().maxQueueBytes()));
        grace = bytes(Long.toString(config.workers().reconnectGraceMs()));
        link = new RedisLink(config.redis(), gatewayId);
        clock = new RedisClock(link);
        clock.read().join();
        side = link.side();
        scripts = new RedisScripts(link, config.tasks().resultTtlMs(), gatewayId);
        models = new RedisModels(scripts, side, keys, clock, config.limits().names());
        groups = new RedisGroups(new RedisGroups.Access(link, side, scripts, clock), keys, config);
        requests = new RedisRequests(link, scripts, keys);
        health = new RedisHealth(link, clock, scripts, keys);
        chunks = new RedisChunks(this, config.tasks().streamBuffer());
        resultTtlMs = config.tasks().resultTtlMs();
    }

    /** Where this gateway notes what the dashboard shows. */
    public RecordStore records() {
        return new RedisRecords(this, side, keys, clock, resultTtlMs);
    }

    /** The sessions of operators that ended early. */
    public SessionStore sessions() {
        return new RedisSessions(side, keys, clock);
    }

    /** What the dashboard reads. */
    public BoardStore board() {
        return new RedisBoard(side, keys, clock);
    }

    @Override
    public GroupStore groups() {
        return groups;
    }

    @Override
    public ModelStore models() {
        return models;
    }

    @Override
    public ChunkStore chunks() {
        return chunks;
    }

    @Override
    public CompletableFuture<Submitted> submit(NewTask task, Attendance client, long notAfter) {
        return runWithin(
                notAfter - now() + ANSWER_MARGIN_MS,
                Script.SUBMIT,
                task.group(),
                bytes(Long.toString(notAfter)),
                ReplyDecoder::submitted,
                bytes(task.id().text()),
                task.payload(),
                bytes(Long.toString(task.timeoutMs())),
                attendance(client),
                maxQueue,
                maxQueueBytes,
                bytes(task.label().note()),
                task.shared() ? YES : NONE,
                bytes(task.label().owner()),
                bytes(task.label().model()),
                task.label().queueTimeoutMs() == 0
                        ? NONE
                        : bytes(Long.toString(task.label().queueTimeoutMs())));
    }

    private static byte[] attendance(Attendance client) {
        return switch (client) {
            case WAITS -> YES;
            case FOLLOWS -> NO;
            case NONE -> NONE;
        };
    }

    @Override
    public CompletableFuture<KeptRequest> once(String key, KeptRequest mine, long lifeMs) {
        return requests.once(key, mine, lifeMs);
    }

    @Override
    public CompletableFuture<Void> keep(String key, KeptRequest mine, long lifeMs) {
        return requests.keep(key, mine, lifeMs);
    }

    @Override
    public CompletableFuture<Void> refuse(String key, KeptRequest kept) {
        return requests.refuse(key, kept);
    }

    @Override
    public CompletableFuture<Void> confirm(String key, KeptRequest kept, long lifeMs) {
        return requests.confirm(key, kept, lifeMs);
    }

    @Override
    public CompletableFuture<Replies.Withdrawn> withdraw(GroupName group, TaskId id) {
        return run(Script.WITHDRAW, group, ANY_TIME, ReplyDecoder::withdrawn, bytes(id.text()));
    }

    @Override
    public CompletableFuture<Replies.Cancelled> cancel(
            GroupName group, TaskId id, TaskAccess access, OptionalLong abandonedAt) {
        return run(
                Script.CANCEL,
                group,
                ANY_TIME,
                ReplyDecoder::cancelled,
                bytes(id.text()),
                abandonedAt.isPresent() ? LEFT : CANCELLED,
                abandonedAt.isPresent() ? bytes(Long.toString(abandonedAt.getAsLong())) : NONE,
                bytes(access.owners()));
    }

    @Override
    public CompletableFuture<OptionalLong> abandon(GroupName group, TaskId id) {
        return run(Script.ABANDON, group, inTime(), ReplyDecoder::abandoned, bytes(id.text()));
    }

    @Override
    public CompletableFuture<Optional<Assignment>> claim(GroupName group, TaskId id, String token) {
        return run(Script.CLAIM, group, inTime(), ReplyDecoder::claimed, bytes(id.text()), bytes(token));
    }

    @Override
    public CompletableFuture<Replies.Joined> join(GroupName group, String workerId, int epoch, Assignment current) {
        return run(
                Script.JOIN,
                group,
                inTime(),
                ReplyDecoder::joined,
                bytes(workerId),
                bytes(Integer.toString(epoch)),
                LEASE,
                current == null ? NONE : bytes(current.id().text()),
                current == null ? NONE : bytes(current.token()));
    }

    @Override
    public CompletableFuture<Optional<Assignment>> resume(GroupName group, TaskId id, String workerId) {
        return run(
                Script.RESUME,
                group,
                inTime(),
                reply -> ReplyDecoder.resumed(id, reply),
                bytes(workerId),
                bytes(id.text()));
    }

    @Override
    public CompletableFuture<Replies.Ready> ready(GroupName group, String workerId) {
        return run(Script.READY, group, inTime(), ReplyDecoder::ready, bytes(workerId));
    }

    @Override
    public CompletableFuture<Replies.Completed> complete(GroupName group, Completion answer) {
        return run(
                Script.COMPLETE,
                group,
                ANY_TIME,
                ReplyDecoder::completed,
                bytes(answer.id().text()),
                bytes(answer.workerId()),
                bytes(answer.token()),
                bytes(answer.outcome().status().word()),
                answer.outcome().value(),
                bytes(Long.toString(answer.offeredAt())),
                LEASE,
                answer.last() ? YES : NO,
                answer.overran() ? YES : NO);
    }

    @Override
    public CompletableFuture<Void> progress(
            GroupName group, Assignment assignment, String workerId, Progress progress) {
        return run(
                Script.PROGRESS,
                group,
                inTime(),
                ReplyDecoder::nothing,
                bytes(assignment.id().text()),
                bytes(workerId),
                bytes(assignment.token()),
                progress.share() == null ? NONE : bytes(progress.share().toString()),
                progress.message() == null ? NONE : bytes(progress.message()));
    }

    @Override
    public CompletableFuture<Void> gone(
            GroupName group, String workerId, int epoch, Departure how, String error, String lastSent) {
        return run(
                Script.GONE,
                group,
                ANY_TIME,
                ReplyDecoder::nothing,
                bytes(workerId),
                bytes(Integer.toString(epoch)),
                bytes(how.word()),
                bytes(error),
                grace,
                bytes(lastSent));
    }

    @Override
    public CompletableFuture<Replies.Beat> beat(GroupName group) {
        return run(Script.BEAT, group, ANY_TIME, ReplyDecoder::beat, LEASE);
    }

    @Override
    public CompletableFuture<Replies.Swept> sweep(GroupName group, long graceUntil) {
        return run(
                Script.SWEEP,
                group,
                ANY_TIME,
                ReplyDecoder::swept,
                bytes(Integer.toString(SWEEP_LIMIT)),
                grace,
                bytes(Long.toString(graceUntil)));
    }

    @Override
    public CompletableFuture<Optional<Replies.TaskView>> look(GroupName group, TaskId id, TaskAccess access) {
        return run(Script.LOOK, group, ANY_TIME, ReplyDecoder::view, bytes(id.text()), INLINE, bytes(access.owners()));
    }

    @Override
    public CompletableFuture<Optional<Replies.TaskView>> detach(GroupName group, TaskId id) {
        return run(Script.DETACH, group, ANY_TIME, ReplyDecoder::view, bytes(id.text()), INLINE);
    }

    @Override
    public CompletableFuture<Optional<Replies.TaskView>> watch(GroupName group, TaskId id, TaskAccess access) {
        return run(Script.WATCH, group, ANY_TIME, ReplyDecoder::view, bytes(id.text()), INLINE, bytes(access.owners()));
    }

    @Override
    public CompletableFuture<Optional<Outcome>> outcome(GroupName group, TaskId id, boolean wanted) {
        return link.call(redis -> redis.hmget(keys.task(group, id), "status", "abandonedAt"))
                .thenCompose(read -> {
                    if (!read.get(0).hasValue()) {
                        return CompletableFuture.completedFuture(null);
                    }
                    boolean ended = TaskStatus.of(text(read.get(0).getValue())).ended();
                    if (!ended && !(wanted && read.get(1).hasValue())) {
                        return CompletableFuture.completedFuture(Optional.empty());
                    }
                    return look(group, id, TaskAccess.ALL)
                            .thenApply(view -> view.map(task -> Optional.ofNullable(task.outcome()))
                                    .orElse(null));
                });
    }

    @Override
    public CompletableFuture<Optional<byte[]>> value(GroupName group, TaskId id, long size) {
        return link.read(new LargeRead(keys.task(group, id), size, "result", "error"))
                .thenApply(values -> values.stream().filter(Objects::nonNull).findFirst());
    }

    @Override
    public CompletableFuture<List<String>> notIdle(GroupName group, List<String> workerIds) {
        byte[][] members = workerIds.stream().map(RedisLink::bytes).toArray(byte[][]::new);
        return link.call(redis -> redis.zmscore(keys.idle(group), members))
                .thenApply(scores -> IntStream.range(0, scores.size())
                        .filter(i -> scores.get(i) == null)
                        .mapToObj(workerIds::get)
                        .toList());
    }

    @Override
    public long now() {
        return clock.now();
    }

    @Override
    public CompletableFuture<StoreHealth> health() {
        return health.ask();
    }

    @Override
    public void listen(Hints hints) {
        link.subscribe(keys.channel(gatewayId), hint -> HintDecoder.tell(hints, hint), hints::resync);
    }

    @Override
    public CompletableFuture<Void> checkListening() {
        return link.checkSubscription(keys.channel(gatewayId));
    }

    @Override
    public void close() {
        link.close();
        side.close();
    }

    /** Runs a script, whenever that may be. */
    <T> CompletableFuture<T> run(Script script, GroupName group, Function<List<byte[]>, T> decode, byte[]... args) {
        return run(script, group, ANY_TIME, decode, args);
    }

    private <T> CompletableFuture<T> run(
            Script script, GroupName group, byte[] notAfter, Function<List<byte[]>, T> decode, byte[]... args) {
        return runWithin(CALL_TIME_MS, script, group, notAfter, decode, args);
    }

    private <T> CompletableFuture<T> runWithin(
            long limitMs,
            Script script,
            GroupName group,
            byte[] notAfter,
            Function<List<byte[]>, T> decode,
            byte[]... args) {
        return scripts.runWithin(limitMs, script, keys.base(group), notAfter, decode, args);
    }

    private byte[] inTime() {
        return bytes(Long.toString(now() + CALL_TIME_MS));
    }
}
