package io.github.taskdispatcher.gateway.maintenance;

import io.github.taskdispatcher.gateway.background.BackgroundService;
import io.github.taskdispatcher.gateway.background.Scheduler;
import io.github.taskdispatcher.gateway.groups.GroupMembership;
import io.github.taskdispatcher.gateway.groups.Groups;
import io.github.taskdispatcher.gateway.store.TaskStore;
import io.github.taskdispatcher.gateway.worker.AssignmentDelivery;
import io.github.taskdispatcher.gateway.worker.Slot;
import io.github.taskdispatcher.gateway.worker.WorkerRegistry;
import io.github.taskdispatcher.task.GroupName;
import java.util.concurrent.CompletableFuture;

/**
 * Every second, for each group with workers here: extends the lease, claims what was assigned to them and tells them what was
 * cancelled. When the store says that the lease had lapsed, registers them all anew.
 */
public final class LeaseRenewer extends BackgroundService {

    private static final long INTERVAL_MS = 1_000;

    private final TaskStore store;
    private final WorkerRegistry workers;
    private final AssignmentDelivery delivery;
    private final Groups groups;
    private final GroupMembership membership;

    public LeaseRenewer(
            Scheduler scheduler,
            TaskStore store,
            WorkerRegistry workers,
            AssignmentDelivery delivery,
            Groups groups,
            GroupMembership membership) {
        super(scheduler, INTERVAL_MS);
        this.store = store;
        this.workers = workers;
        this.delivery = delivery;
        this.groups = groups;
        this.membership = membership;
    }

    @Override
    protected CompletableFuture<?> round() {
        return CompletableFuture.allOf(workers.groups().stream().map(this::beat).toArray(CompletableFuture[]::new));
    }

    private CompletableFuture<Void> beat(GroupName group) {
        return store.beat(group).thenAccept(beat -> {
            beat.unclaimed().forEach(delivery::claim);
            beat.cancelled().forEach(told -> delivery.cancelled(told.id(), told.workerId()));
            if (beat.lapsed()) {
                groups.forget();
                membership.forget();
                workers.slots().stream()
                        .filter(slot -> slot.group().equals(group))
                        .forEach(Slot::rejoin);
            }
        });
    }
}
