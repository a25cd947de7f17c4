package io.github.taskdispatcher.gateway.worker;

import io.github.taskdispatcher.gateway.background.Scheduler;
import io.github.taskdispatcher.gateway.groups.GroupMembership;
import io.github.taskdispatcher.gateway.journal.Journal;
import io.github.taskdispatcher.gateway.store.ModelStore.Refusal;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.wire.FromWorker;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/** Greets the workers that connect to this gateway, and sends them away when it stops. Any thread. */
public final class Workers {

    private final WorkerRegistry registry;
    private final SlotFactory slots;
    private final GroupMembership membership;
    private final Journal journal;
    private final Scheduler scheduler;
    private final WorkerGreeting greeting;
    private final AtomicLong number = new AtomicLong();
    private volatile boolean draining;
    private volatile Runnable modelsChanged = () -> {};

    public Workers(
            WorkerRegistry registry,
            SlotFactory slots,
            GroupMembership membership,
            Journal journal,
            Scheduler scheduler,
            WorkerGreeting greeting) {
        this.registry = registry;
        this.slots = slots;
        this.membership = membership;
        this.journal = journal;
        this.scheduler = scheduler;
        this.greeting = greeting;
    }

    /** @param listener runs when there may be other models than before; set before the first worker connects */
    public void onModelsChanged(Runnable listener) {
        modelsChanged = listener;
    }

    /**
     * A worker connected; from now on it is greeted, registered and given tasks.
     *
     * @param holder of its key, or its address: what quotas are counted by; without spaces
     */
    public WorkerConnection open(GroupName group, String holder, WorkerSocket socket) {
        String id = "W" + number.incrementAndGet() + "-" + greeting.nonce();
        WorkerConnection connection =
                new WorkerConnection(this, new WorkerIdentity(id, group, holder), socket, scheduler);
        registry.add(connection);
        connection.open(greeting.readyAfterMs());
        if (draining) {
            connection.drain();
        }
        return connection;
    }

    /** Idle ones are sent elsewhere at once, busy ones when they have answered, those to come as soon as they are there. */
    public void drain() {
        draining = true;
        registry.connections().forEach(WorkerConnection::drain);
    }

    /** Sends every worker away that is left; completes when the store knows. */
    public CompletableFuture<Void> release() {
        return CompletableFuture.allOf(
                registry.slots().stream().map(Slot::release).toArray(CompletableFuture[]::new));
    }

    // ---- for its connections ------------------------------------------------------------------------------------

    Slot slot(WorkerConnection connection, GroupName group, String id) {
        return slots.slot(connection, group, id);
    }

    /** One more slot of a worker. */
    void joined(Slot slot) {
        registry.add(slot);
        journal.joined(slot.group(), slot.id());
    }

    /** The store knows that the slot left. */
    void gone(Slot slot) {
        registry.remove(slot);
    }

    /** The socket is closed. */
    void disconnected(WorkerConnection connection) {
        registry.remove(connection);
        if (!connection.models().isEmpty()) {
            modelsChanged.run();
        }
    }

    void entered(WorkerIdentity worker) {
        membership.entered(worker.group(), worker.holder());
    }

    void left(WorkerIdentity worker) {
        membership.left(worker.group(), worker.holder());
    }

    void introduced(WorkerIdentity worker, FromWorker.Hello said) {
        journal.introduced(Map.of(worker.group(), Map.of(worker.id(), said)));
        modelsChanged.run();
    }

    void modelsRefused(WorkerIdentity worker, Collection<Refusal> refused) {
        journal.refusedModels(worker.group(), worker.id(), refused);
    }

    void watchDeadline(long deadlineNanos) {
        registry.watchDeadline(deadlineNanos);
    }
}
