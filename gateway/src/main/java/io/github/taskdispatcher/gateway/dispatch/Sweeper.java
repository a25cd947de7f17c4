package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.task.GroupName;
import java.util.concurrent.CompletableFuture;

/**
 * Sweeps every known group, about every 700 ms, until nothing more is overdue: deadlines, lapsed leases, waiting tasks beside
 * idle workers.
 */
final class Sweeper extends Duty {

    private static final long INTERVAL_MS = 700;

    private final Dispatcher dispatcher;

    Sweeper(Dispatcher dispatcher) {
        super(dispatcher.timer(), INTERVAL_MS);
        this.dispatcher = dispatcher;
    }

    @Override
    CompletableFuture<?> round() {
        return dispatcher
                .groups()
                .refresh()
                .thenCompose(groups ->
                        CompletableFuture.allOf(groups.stream().map(this::sweep).toArray(CompletableFuture[]::new)));
    }

    private CompletableFuture<Void> sweep(GroupName group) {
        return dispatcher.store().sweep(group).thenCompose(swept -> {
            swept.ended().forEach(id -> dispatcher.journal().endedUnsaid(group, id));
            return swept.more() ? sweep(group) : CompletableFuture.completedFuture(null);
        });
    }
}
