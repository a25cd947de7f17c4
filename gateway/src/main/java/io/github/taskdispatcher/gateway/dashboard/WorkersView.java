package io.github.taskdispatcher.gateway.dashboard;

import io.github.taskdispatcher.gateway.store.BoardStore;
import io.github.taskdispatcher.gateway.store.BoardStore.RefusedModel;
import io.github.taskdispatcher.gateway.store.BoardStore.WorkerState;
import io.github.taskdispatcher.task.GroupName;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** The connected workers, a page at a time. A search by state reads them all, at most a few thousand of a group. */
final class WorkersView {

    private static final int PAGE = 50;

    record Worker(
            String id,
            String group,
            String state,
            String gateway,
            long since,
            String task,
            long taskStartedAt,
            long taskDeadline,
            long done,
            long seenAt,
            double progress,
            String progressMessage,
            String name,
            List<String> models,
            int modelsLeft,
            Map<String, String> labels,
            List<RefusedModel> refused) {

        /** Whether one of its words has this text in it, in large or small letters. */
        boolean says(String text) {
            String labelled = labels.entrySet().stream()
                    .map(label -> label.getKey() + ": " + label.getValue())
                    .collect(Collectors.joining("\n"));
            String all =
                    String.join("\n", id, gateway, task, progressMessage, name, String.join("\n", models), labelled);
            return all.toLowerCase(Locale.ROOT).contains(text.toLowerCase(Locale.ROOT));
        }
    }

    /**
     * @param total how many there are that match, in the groups that were looked into
     * @param groupsLeft how many groups were not looked into
     */
    record Page(List<Worker> workers, long total, int page, int pageSize, long groupsLeft) {}

    private record Name(GroupName group, String id) {
        /** {@code W12-...} stands behind {@code W2-...}. */
        long number() {
            // The slots of a worker, {@code W12.2-...}, stand behind its first.
            String digits = id.substring(1, Math.max(1, id.indexOf('-'))).split("\\.", 2)[0];
            return digits.matches("\\d{1,18}") ? Long.parseLong(digits) : Long.MAX_VALUE;
        }
    }

    private final BoardStore store;

    WorkersView(BoardStore store) {
        this.store = store;
    }

    CompletableFuture<Page> read(ViewQuery query, ShownGroups shown) {
        Map<GroupName, CompletableFuture<Set<String>>> ids = new LinkedHashMap<>();
        shown.names().forEach(group -> ids.put(group, store.workerIds(group)));
        return CompletableFuture.allOf(ids.values().toArray(CompletableFuture[]::new))
                .thenCompose(read -> {
                    List<Name> names = new ArrayList<>();
                    ids.forEach((group, found) -> found.join().stream()
                            .map(id -> new Name(group, id))
                            .sorted(Comparator.comparingLong(Name::number).thenComparing(Name::id))
                            .forEach(names::add));
                    return query.searches()
                            ? states(names).thenApply(all -> page(filter(query, all), query, shown.left()))
                            : window(names, query, shown.left());
                });
    }

    private CompletableFuture<Page> window(List<Name> names, ViewQuery query, long groupsLeft) {
        int from = Math.min(names.size(), query.page() * PAGE);
        return states(names.subList(from, Math.min(names.size(), from + PAGE)))
                .thenApply(workers -> new Page(workers, names.size(), query.page(), PAGE, groupsLeft));
    }

    private static Page page(List<Worker> found, ViewQuery query, long groupsLeft) {
        int from = Math.min(found.size(), query.page() * PAGE);
        return new Page(
                found.subList(from, Math.min(found.size(), from + PAGE)), found.size(), query.page(), PAGE, groupsLeft);
    }

    private static List<Worker> filter(ViewQuery query, List<Worker> all) {
        String text = query.param("q");
        return all.stream()
                .filter(worker ->
                        query.param("state").isEmpty() || worker.state().equals(query.param("state")))
                .filter(worker -> text.isEmpty() || worker.says(text))
                .toList();
    }

    private CompletableFuture<List<Worker>> states(List<Name> names) {
        Map<GroupName, List<String>> byGroup = names.stream()
                .collect(Collectors.groupingBy(
                        Name::group, LinkedHashMap::new, Collectors.mapping(Name::id, Collectors.toList())));
        List<CompletableFuture<List<WorkerState>>> reads = byGroup.entrySet().stream()
                .map(group -> store.workers(group.getKey(), group.getValue()))
                .toList();
        return CompletableFuture.allOf(reads.toArray(CompletableFuture[]::new)).thenApply(done -> reads.stream()
                .flatMap(read -> read.join().stream())
                .map(WorkersView::worker)
                .toList());
    }

    private static Worker worker(WorkerState state) {
        return new Worker(
                state.id(),
                state.group().text(),
                state.state(),
                state.gateway(),
                state.since(),
                state.task(),
                state.taskStartedAt(),
                state.taskDeadline(),
                state.done(),
                state.seenAt(),
                TasksView.share(state.progress()),
                TasksView.message(state.progress()),
                state.introduction().name(),
                state.introduction().models(),
                state.introduction().modelsLeft(),
                state.introduction().labels(),
                state.refused());
    }
}
