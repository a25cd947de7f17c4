package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.store.Assignment;
import io.github.taskdispatcher.gateway.store.Replies;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;

/** The workers whose sockets end here: opens them, finds them by id, brings them their assignments, sends them away. Any thread. */
public final class Workers {

    private final Dispatcher dispatcher;
    private final String suffix;
    private final AtomicLong number = new AtomicLong();
    private final ConcurrentMap<String, WorkerSession> byId = new ConcurrentHashMap<>();
    private volatile boolean draining;

    /** @param nonce eight hex digits no gateway had before; they stand in the ids of the workers */
    Workers(Dispatcher dispatcher, String nonce) {
        this.dispatcher = dispatcher;
        suffix = "-" + nonce;
    }

    /** A worker connected; from now on it is greeted, registered and given tasks. */
    public WorkerSession open(GroupName group, WorkerSocket socket) {
        String id = "W" + number.incrementAndGet() + suffix;
        WorkerSession worker = new WorkerSession(dispatcher, socket, id, group);
        byId.put(id, worker);
        dispatcher.journal().joined(group, id);
        worker.open(dispatcher.readyAfterMs());
        if (draining) {
            worker.drain();
        }
        return worker;
    }

    void closed(WorkerSession worker) {
        byId.remove(worker.id());
    }

    /** Those that are connected now. */
    Collection<WorkerSession> all() {
        return byId.values();
    }

    boolean isEmpty() {
        return byId.isEmpty();
    }

    int size() {
        return byId.size();
    }

    /** Whether a worker here has this task, or is bringing its answer to the store. */
    boolean workOn(TaskId id) {
        return byId.values().stream().anyMatch(worker -> worker.worksOn(id));
    }

    /** An assignment claimed for one of them. */
    void deliver(String workerId, Assignment assignment) {
        WorkerSession worker = byId.get(workerId);
        // A worker that has just left: its `gone`, which says what was sent, puts the task back.
        if (worker != null) {
            worker.deliver(assignment);
        }
    }

    /** An assignment of another gateway's call: claims it and sends it. */
    void claim(Replies.Unclaimed unclaimed) {
        WorkerSession worker = byId.get(unclaimed.workerId());
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
        WorkerSession worker = byId.get(workerId);
        if (worker != null) {
            worker.cancelled(id);
        }
    }

    /** Idle ones are sent elsewhere at once, busy ones when they have answered, those to come as soon as they are there. */
    void drain() {
        draining = true;
        byId.values().forEach(WorkerSession::drain);
    }

    /** Sends away whoever is left; completes when the store knows. */
    CompletableFuture<Void> release() {
        return CompletableFuture.allOf(
                byId.values().stream().map(WorkerSession::release).toArray(CompletableFuture[]::new));
    }
}
