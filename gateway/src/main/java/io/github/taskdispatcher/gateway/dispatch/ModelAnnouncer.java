package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.task.GroupName;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/**
 * Tells the store every 5 s, and soon after a change, which models the workers here declared; and takes back those that no
 * worker here serves any more.
 */
final class ModelAnnouncer extends Duty {

    private static final long INTERVAL_MS = 5_000;

    private final Dispatcher dispatcher;
    private Map<GroupName, Set<String>> said = Map.of();

    ModelAnnouncer(Dispatcher dispatcher) {
        super(dispatcher.timer(), INTERVAL_MS);
        this.dispatcher = dispatcher;
    }

    @Override
    CompletableFuture<?> round() {
        Map<GroupName, Set<String>> now = dispatcher.workers().connections().stream()
                .filter(worker -> !worker.models().isEmpty())
                .collect(Collectors.groupingBy(
                        WorkerConnection::group,
                        Collectors.flatMapping(worker -> worker.models().stream(), Collectors.toSet())));
        return say(now);
    }

    /** Takes everything back: the gateway stops. */
    CompletableFuture<?> farewell() {
        return say(Map.of());
    }

    private synchronized CompletableFuture<?> say(Map<GroupName, Set<String>> now) {
        Map<GroupName, Set<String>> over = new HashMap<>();
        said.forEach((group, models) -> {
            Set<String> gone = new HashSet<>(models);
            gone.removeAll(now.getOrDefault(group, Set.of()));
            over.put(group, gone);
        });
        said = now;
        // What cannot be taken back runs out by itself.
        var store = dispatcher.store().models();
        return CompletableFuture.allOf(store.withdraw(over), store.declare(now));
    }
}
