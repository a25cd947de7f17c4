package io.github.taskdispatcher.gateway.dashboard;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.taskdispatcher.gateway.config.GatewayConfig.Payloads;
import io.github.taskdispatcher.gateway.dispatch.Dispatcher;
import io.github.taskdispatcher.gateway.store.BoardStore;
import io.github.taskdispatcher.task.GroupName;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/** Makes each view from the store, as JSON. */
final class Views implements Function<ViewQuery, CompletableFuture<byte[]>> {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final OverviewView overview;
    private final TasksView tasks;
    private final WorkersView workers;
    private final LogView log;
    private final Supplier<List<GroupName>> groups;

    Views(BoardStore store, Dispatcher dispatcher, Payloads payloads) {
        overview = new OverviewView(store);
        tasks = new TasksView(store, dispatcher, payloads);
        workers = new WorkersView(store);
        log = new LogView(store);
        groups = () -> dispatcher.knownGroups().stream()
                .sorted(Comparator.comparing(GroupName::text))
                .toList();
    }

    @Override
    public CompletableFuture<byte[]> apply(ViewQuery query) {
        List<GroupName> chosen = query.group().map(List::of).orElseGet(groups);
        CompletableFuture<?> view =
                switch (query.view()) {
                    case "overview" -> overview.all(chosen);
                    case "group" -> overview.one(chosen.get(0));
                    case "workers" -> workers.read(query, chosen);
                    case "tasks" -> tasks.list(query, chosen);
                    case "task" -> tasks.one(query);
                    default -> log.read(query);
                };
        return view.thenApply(Views::json);
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
