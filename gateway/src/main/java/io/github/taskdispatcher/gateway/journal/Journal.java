package io.github.taskdispatcher.gateway.journal;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.taskdispatcher.gateway.store.Assignment;
import io.github.taskdispatcher.gateway.store.Failure;
import io.github.taskdispatcher.gateway.store.LogEntry.Kind;
import io.github.taskdispatcher.gateway.store.ModelStore.Refusal;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.store.RecordStore;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import io.github.taskdispatcher.wire.FromWorker;
import io.github.taskdispatcher.wire.RawJson;
import io.github.taskdispatcher.wire.StoredPayload;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * What happened in this gateway since it was last recorded: noting it costs a task one place in an array, never a call and
 * never a wait. {@link Recorder} takes it away twice a second. When the array is full, what happens is counted but not
 * told. Any thread.
 */
public final class Journal {

    /** How much of a request, a result or an error stands in the log. */
    private static final int EXCERPT_BYTES = 240;

    /** A stored payload has so much in front of the request that came, unless its model has a very long name. */
    private static final int STORED_BYTES = 200;

    /** Requests up to this size are kept until their task is readable no more. */
    private static final int KEPT_BYTES = 16 * 1024;

    /** And no more than this of them between two records. */
    private static final int KEPT_ALTOGETHER = 512 * 1024;

    private static final int CAPACITY = 8_192;

    /**
     * @param at Redis time in ms
     * @param task, worker null where it is about none
     * @param value of which the log shows the beginning: a request, a result, an error or a reason; null for none
     * @param bytes the whole size of the value
     * @param timeoutMs of an accepted task
     */
    record Event(
            Kind kind, long at, GroupName group, TaskId task, String worker, byte[] value, long bytes, long timeoutMs) {

        /** The value, when it is whole. */
        byte[] whole() {
            return value != null && value.length == bytes ? value : null;
        }

        String excerpt() {
            return value == null
                    ? ""
                    : cut(
                            kind == Kind.ACCEPTED
                                    ? StoredPayload.sent(RawJson.of(value))
                                            .body()
                                            .toBytes()
                                    : value);
        }

        /** The beginning, not ending within a character. */
        private static String cut(byte[] value) {
            int end = Math.min(value.length, EXCERPT_BYTES);
            while (end < value.length && end > 0 && (value[end] & 0xc0) == 0x80) {
                end--;
            }
            return new String(value, 0, end, UTF_8);
        }
    }

    private record Unsaid(GroupName group, TaskId id) {}

    /** Counted apart from the events, so that they are exact even when not everything is told. */
    static final class Tally {
        final LongAdder accepted = new LongAdder();
        final LongAdder completed = new LongAdder();
        final LongAdder failed = new LongAdder();
        final LongAdder cancelled = new LongAdder();
    }

    private final RecordStore store;
    private final LongSupplier clock;
    private final String gatewayId;
    private final boolean showsPayloads;
    private final boolean keepsRequests;
    private final ArrayBlockingQueue<Event> events = new ArrayBlockingQueue<>(CAPACITY);
    private final ArrayBlockingQueue<Unsaid> unsaid = new ArrayBlockingQueue<>(CAPACITY);
    private final AtomicInteger keptBytes = new AtomicInteger();
    private final LongAdder untold = new LongAdder();
    private final ConcurrentMap<GroupName, Tally> tallies = new ConcurrentHashMap<>();
    private volatile String address;

    /**
     * @param clock Redis time in ms
     * @param showsPayloads whether the beginnings of requests and results may stand in the log
     * @param keepsRequests whether small requests are kept beyond their task's end
     */
    public Journal(
            RecordStore store, LongSupplier clock, String gatewayId, boolean showsPayloads, boolean keepsRequests) {
        this.store = store;
        this.clock = clock;
        this.gatewayId = gatewayId;
        this.showsPayloads = showsPayloads;
        this.keepsRequests = keepsRequests;
    }

    // ---- what happens -------------------------------------------------------------------------------------------

    public void accepted(GroupName group, TaskId id, byte[] payload, long timeoutMs) {
        tally(group).accepted.increment();
        boolean kept =
                keepsRequests && payload.length <= KEPT_BYTES && keptBytes.addAndGet(payload.length) <= KEPT_ALTOGETHER;
        byte[] value = kept ? payload : showsPayloads ? head(payload, STORED_BYTES + EXCERPT_BYTES) : null;
        add(new Event(Kind.ACCEPTED, clock.getAsLong(), group, id, null, value, payload.length, timeoutMs));
    }

    /** @param reason in a few words */
    public void refused(GroupName group, String reason) {
        byte[] text = reason.getBytes(UTF_8);
        add(new Event(Kind.REFUSED, clock.getAsLong(), group, null, null, text, -1, 0));
    }

    public void delivered(GroupName group, Assignment assignment, String worker) {
        add(new Event(
                Kind.DELIVERED, clock.getAsLong(), group, assignment.id(), worker, null, -1, assignment.remainingMs()));
    }

    /** A worker's answer was recorded. */
    public void ended(GroupName group, TaskId id, String worker, Outcome outcome) {
        boolean completed = outcome.status() == TaskStatus.COMPLETED;
        (completed ? tally(group).completed : tally(group).failed).increment();
        byte[] value = completed && !showsPayloads
                ? null
                : head(completed ? outcome.value() : Failure.textOf(outcome.value()), EXCERPT_BYTES);
        add(new Event(
                completed ? Kind.COMPLETED : Kind.FAILED,
                clock.getAsLong(),
                group,
                id,
                worker,
                value,
                outcome.size(),
                0));
    }

    public void cancelled(GroupName group, TaskId id) {
        tally(group).cancelled.increment();
        add(new Event(Kind.CANCELLED, clock.getAsLong(), group, id, null, null, -1, 0));
    }

    public void joined(GroupName group, String worker) {
        add(new Event(Kind.WORKER_JOINED, clock.getAsLong(), group, null, worker, null, -1, 0));
    }

    /** @param lastSent what {@link Assignment#key()} said of the last task it was sent, or empty: it may have failed now */
    public void left(GroupName group, String worker, String lastSent) {
        TaskId task = TaskId.parse(lastSent.split(" ")[0]).orElse(null);
        add(new Event(Kind.WORKER_LEFT, clock.getAsLong(), group, task, worker, null, -1, 0));
        if (task != null) {
            endedUnsaid(group, task);
        }
    }

    /** The task ended, or may have, and no worker's answer says so. Beyond what there is place for, its deadline will tell. */
    public void endedUnsaid(GroupName group, TaskId id) {
        unsaid.offer(new Unsaid(group, id));
    }

    /** These are all the models that were refused to a worker; for the pages, so what cannot be written is not told. */
    public void refusedModels(GroupName group, String worker, Collection<Refusal> refused) {
        store.refusedModels(group, worker, refused).exceptionally(failure -> null);
    }

    /** What these workers, by the ids of their connections, say of themselves; for the pages, so what cannot be written is not told. */
    public void introduced(Map<GroupName, Map<String, FromWorker.Hello>> workers) {
        store.introduce(workers).exceptionally(failure -> null);
    }

    /** This gateway began, or begins to stop. */
    public void gateway(Kind kind) {
        add(new Event(kind, clock.getAsLong(), null, null, null, null, -1, 0));
    }

    /** This gateway listens, at {@code host:port}; from now on it is listed. */
    public void listensAt(String hostAndPort) {
        address = hostAndPort;
        gateway(Kind.GATEWAY_STARTED);
    }

    private Tally tally(GroupName group) {
        return tallies.computeIfAbsent(group, key -> new Tally());
    }

    /** The beginning, and enough of what follows to see where its last character ends. */
    private static byte[] head(byte[] value, int bytes) {
        return value.length <= bytes ? value : java.util.Arrays.copyOf(value, bytes + 3);
    }

    private void add(Event event) {
        if (!events.offer(event)) {
            untold.increment();
        }
    }

    // ---- for the Recorder ---------------------------------------------------------------------------------------

    /** Takes away what happened, oldest first. */
    List<Event> take() {
        List<Event> taken = new ArrayList<>();
        keptBytes.set(0);
        events.drainTo(taken);
        return taken;
    }

    /** Takes away what {@link #endedUnsaid} was told. */
    Map<GroupName, Set<TaskId>> takeUnsaid() {
        List<Unsaid> taken = new ArrayList<>();
        unsaid.drainTo(taken);
        Map<GroupName, Set<TaskId>> byGroup = new HashMap<>();
        taken.forEach(it ->
                byGroup.computeIfAbsent(it.group(), key -> new HashSet<>()).add(it.id()));
        return byGroup;
    }

    /** How many events there was no place for, since last asked. */
    long takeUntold() {
        return untold.sumThenReset();
    }

    ConcurrentMap<GroupName, Tally> tallies() {
        return tallies;
    }

    boolean showsPayloads() {
        return showsPayloads;
    }

    boolean keepsRequests() {
        return keepsRequests;
    }

    /** The id of this gateway among the gateways. */
    public String gatewayId() {
        return gatewayId;
    }

    /** Where this gateway listens; null before it does. */
    String address() {
        return address;
    }

    long now() {
        return clock.getAsLong();
    }
}
