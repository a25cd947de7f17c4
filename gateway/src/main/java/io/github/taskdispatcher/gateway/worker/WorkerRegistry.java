package io.github.taskdispatcher.gateway.worker;

import io.github.taskdispatcher.gateway.background.Scheduler;
import io.github.taskdispatcher.gateway.journal.ConnectedWorkers;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.wire.FromWorker;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Which workers are connected to this gateway, and which slots they have. Any thread. */
public final class WorkerRegistry implements ConnectedWorkers {

    private static final long FAR_NANOS = TimeUnit.DAYS.toNanos(365);

    private final Scheduler scheduler;
    private final Set<WorkerConnection> connections = ConcurrentHashMap.newKeySet();
    private final ConcurrentMap<String, Slot> byId = new ConcurrentHashMap<>();
    /** How many slots there are of each group. */
    private final ConcurrentMap<GroupName, Integer> groups = new ConcurrentHashMap<>();
    /** No deadline that still stands is before this, {@link Scheduler#nanoTime}. */
    private final AtomicLong firstDeadline;

    public WorkerRegistry(Scheduler scheduler) {
        this.scheduler = scheduler;
        firstDeadline = new AtomicLong(scheduler.nanoTime());
    }

    void add(WorkerConnection connection) {
        connections.add(connection);
    }

    void remove(WorkerConnection connection) {
        connections.remove(connection);
    }

    /** One more slot of a worker. */
    void add(Slot slot) {
        byId.put(slot.id(), slot);
        groups.merge(slot.group(), 1, Integer::sum);
    }

    /** The store knows that it left. */
    void remove(Slot slot) {
        if (byId.remove(slot.id()) != null) {
            groups.computeIfPresent(slot.group(), (group, slots) -> slots == 1 ? null : slots - 1);
        }
    }

    /** The slot of this id, or null. */
    Slot find(String id) {
        return byId.get(id);
    }

    /** The sockets that are open. */
    public Collection<WorkerConnection> connections() {
        return connections;
    }

    /** All slots, one for a plain worker. */
    public Collection<Slot> slots() {
        return byId.values();
    }

    /** The groups of at least one slot; counted, so that asking costs no look at all of them. */
    public Set<GroupName> groups() {
        return groups.keySet();
    }

    /** Whether no slot is left. */
    public boolean isEmpty() {
        return byId.isEmpty();
    }

    /** Whether a worker here has this task, or is bringing its answer to the store. */
    public boolean workOn(TaskId id) {
        return byId.values().stream().anyMatch(slot -> slot.worksOn(id));
    }

    /**
     * The task of a slot has a deadline; said after {@link Slot#checkDeadline} can see it.
     *
     * @param deadlineNanos as {@link Scheduler#nanoTime} has it
     */
    void watchDeadline(long deadlineNanos) {
        if (deadlineNanos - firstDeadline.get() < 0) {
            firstDeadline.accumulateAndGet(deadlineNanos, (one, other) -> one - other < 0 ? one : other);
        }
    }

    /**
     * Tells the workers whose tasks are overdue. Looks at the slots only when the first of the deadlines that may still stand has
     * passed: thousands of idle workers cost nothing.
     */
    public void checkDeadlines() {
        long now = scheduler.nanoTime();
        if (firstDeadline.get() - now > 0) {
            return;
        }
        // Before the look: what begins during it is either seen or says so later.
        firstDeadline.set(now + FAR_NANOS);
        try {
            byId.values().forEach(slot -> slot.checkDeadline(now));
        } catch (RuntimeException e) {
            // A slot that was not asked yet is asked in the next round.
            firstDeadline.set(now);
            throw e;
        }
    }

    // ---- for the journal ----------------------------------------------------------------------------------------

    @Override
    public int size() {
        return connections.size();
    }

    @Override
    public Map<GroupName, Map<String, Long>> heardWithin(long ageMs) {
        Map<GroupName, Map<String, Long>> heard = new HashMap<>();
        for (Slot slot : byId.values()) {
            long silentMs = slot.silentMs();
            if (silentMs <= ageMs) {
                heard.computeIfAbsent(slot.group(), group -> new HashMap<>()).put(slot.id(), silentMs);
            }
        }
        return heard;
    }

    @Override
    public Map<GroupName, Map<String, FromWorker.Hello>> introductions() {
        Map<GroupName, Map<String, FromWorker.Hello>> said = new HashMap<>();
        for (WorkerConnection worker : connections) {
            FromWorker.Hello hello = worker.hello();
            if (hello != null && !worker.isClosed()) {
                said.computeIfAbsent(worker.group(), group -> new HashMap<>()).put(worker.id(), hello);
            }
        }
        return said;
    }
}
