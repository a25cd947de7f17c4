package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.store.Assignment;
import io.github.taskdispatcher.gateway.store.Replies;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;

/** The workers whose sockets end here: opens them, finds them by id, brings them their assignments, sends them away. Any thread. */
public final class Workers {

    private final Dispatcher dispatcher;
    private final String suffix;
    private final AtomicLong number = new AtomicLong();
    private final Set<WorkerConnection> connections = ConcurrentHashMap.newKeySet();
    private final ConcurrentMap<String, Slot> byId = new ConcurrentHashMap<>();
    /** How many slots there are of each group. */
    private final ConcurrentMap<GroupName, Integer> groups = new ConcurrentHashMap<>();

    private volatile boolean draining;

    /** @param nonce eight hex digits no gateway had before; they stand in the ids of the workers */
    Workers(Dispatcher dispatcher, String nonce) {
        this.dispatcher = dispatcher;
        suffix = "-" + nonce;
    }

    /**
     * A worker connected; from now on it is greeted, registered and given tasks.
     *
     * @param holder of its key, or its address: what quotas are counted by; without spaces
     */
    public WorkerConnection open(GroupName group, String holder, WorkerSocket socket) {
        WorkerConnection connection =
                new WorkerConnection(dispatcher, socket, "W" + number.incrementAndGet() + suffix, group, holder);
        connections.add(connection);
        connection.open(dispatcher.readyAfterMs());
        if (draining) {
            connection.drain();
        }
        return connection;
    }

    /** One more slot of a worker. */
    void add(Slot slot) {
        byId.put(slot.id(), slot);
        groups.merge(slot.group(), 1, Integer::sum);
        dispatcher.journal().joined(slot.group(), slot.id());
    }

    /** The store knows that it left. */
    void remove(Slot slot) {
        if (byId.remove(slot.id()) != null) {
            groups.computeIfPresent(slot.group(), (group, slots) -> slots == 1 ? null : slots - 1);
        }
    }

    /** The socket is closed. */
    void disconnected(WorkerConnection connection) {
        connections.remove(connection);
        if (!connection.models().isEmpty()) {
            modelsChanged();
        }
    }

    /** The sockets that are open. */
    Collection<WorkerConnection> connections() {
        return connections;
    }

    /** Tells the store soon which models there are now. */
    void modelsChanged() {
        dispatcher.announceModels();
    }

    /** Their slots, one for a plain worker. */
    Collection<Slot> all() {
        return byId.values();
    }

    /** Those of at least one worker; counted, so that asking costs no look at all of them. */
    Set<GroupName> groups() {
        return groups.keySet();
    }

    boolean isEmpty() {
        return byId.isEmpty();
    }

    /** How many sockets there are. */
    int size() {
        return connections.size();
    }

    /** Whether a worker here has this task, or is bringing its answer to the store. */
    boolean workOn(TaskId id) {
        return byId.values().stream().anyMatch(worker -> worker.worksOn(id));
    }

    /** An assignment claimed for one of them. */
    void deliver(String workerId, Assignment assignment) {
        Slot worker = byId.get(workerId);
        // A worker that has just left: its `gone`, which says what was sent, puts the task back.
        if (worker != null) {
            worker.deliver(assignment);
        }
    }

    /** An assignment of another gateway's call: claims it and sends it. */
    void claim(Replies.Unclaimed unclaimed) {
        Slot worker = byId.get(unclaimed.workerId());
        if (worker == null) {
            return;
        }
        // Repeated: once claimed nobody else sends it, and only the reply holds the payload.
        dispatcher
                .retry()
                .untilAnswered(
                        () -> dispatcher.store().claim(worker.group(), unclaimed.id(), unclaimed.token()),
                        failure -> dispatcher.isStopped() || worker.isClosed() || Retry.isRefused(failure))
                .thenAccept(assignment -> assignment.ifPresent(worker::deliver))
                .exceptionally(failure -> null);
    }

    /** A task was cancelled that this worker had: tells it, unless it was told. */
    void cancelled(TaskId id, String workerId) {
        Slot worker = byId.get(workerId);
        if (worker != null) {
            worker.cancelled(id);
        }
    }

    /** Idle ones are sent elsewhere at once, busy ones when they have answered, those to come as soon as they are there. */
    void drain() {
        draining = true;
        connections.forEach(WorkerConnection::drain);
    }

    /** Sends away whoever is left; completes when the store knows. */
    CompletableFuture<Void> release() {
        return CompletableFuture.allOf(byId.values().stream().map(Slot::release).toArray(CompletableFuture[]::new));
    }
}
