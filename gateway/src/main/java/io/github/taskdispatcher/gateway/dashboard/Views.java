package io.github.taskdispatcher.gateway.dashboard;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.taskdispatcher.gateway.config.GatewayConfig.Payloads;
import io.github.taskdispatcher.gateway.dispatch.Dispatcher;
import io.github.taskdispatcher.gateway.store.BoardStore;
import io.github.taskdispatcher.gateway.store.GroupStore;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Makes each view from the store, as JSON. */
final class Views implements Function<ViewQuery, CompletableFuture<byte[]>> {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MAX_GROUPS = 500;

    private final OverviewView overview;
    private final TasksView tasks;
    private final WorkersView workers;
    private final LogView log;
    private final GroupStore groups;

    Views(DashboardSource source, Dispatcher dispatcher, Payloads payloads) {
        BoardStore store = source.board();
        overview = new OverviewView(store);
        tasks = new TasksView(store, dispatcher, payloads);
        workers = new WorkersView(store);
        log = new LogView(store);
        groups = source.groups();
    }

    @Override
    public CompletableFuture<byte[]> apply(ViewQuery query) {
        CompletableFuture<?> view =
                switch (query.view()) {
                    case "overview" -> shown(query).thenCompose(overview::all);
                    case "group" -> overview.one(query.group().orElseThrow());
                    case "workers" -> shown(query).thenCompose(groups -> workers.read(query, groups));
                    case "tasks" -> shown(query).thenCompose(groups -> tasks.list(query, groups));
                    case "task" -> tasks.one(query);
                    default -> log.read(query);
                };
        return view.thenApply(Views::json);
    }

    /** The groups that a view looks into: the one that is asked for, else the first {@value #MAX_GROUPS}. */
    private CompletableFuture<ShownGroups> shown(ViewQuery query) {
        return query.group()
                .map(group -> CompletableFuture.completedFuture(new ShownGroups(List.of(group), 0)))
                .orElseGet(() -> groups.recent(MAX_GROUPS).thenApply(ShownGroups::of));
    }

    TasksView tasks() {
        return tasks;
    }

    static byte[] json(Object view) {
        try {
            return JSON.writeValueAsBytes(view);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
