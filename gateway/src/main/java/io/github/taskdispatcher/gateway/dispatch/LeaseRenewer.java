package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.task.GroupName;
import java.util.concurrent.CompletableFuture;

/**
 * Every second, for each group with workers here: extends the lease, claims what was assigned to them and tells them what was
 * cancelled. When the store says that the lease had lapsed, registers them all anew.
 */
final class LeaseRenewer extends BackgroundService {

    private static final long INTERVAL_MS = 1_000;

    private final Dispatcher dispatcher;

    LeaseRenewer(Dispatcher dispatcher) {
        super(dispatcher.timer(), INTERVAL_MS);
        this.dispatcher = dispatcher;
    }

    @Override
    CompletableFuture<?> round() {
        return CompletableFuture.allOf(
                dispatcher.workers().groups().stream().map(this::beat).toArray(CompletableFuture[]::new));
    }

    private CompletableFuture<Void> beat(GroupName group) {
        return dispatcher.store().beat(group).thenAccept(beat -> {
            beat.unclaimed().forEach(dispatcher.workers()::claim);
            beat.cancelled().forEach(told -> dispatcher.workers().cancelled(told.id(), told.workerId()));
            if (beat.lapsed()) {
                dispatcher.groups().forgetUses();
                dispatcher.workers().all().stream()
                        .filter(worker -> worker.group().equals(group))
                        .forEach(Slot::rejoin);
            }
        });
    }
}
