package io.github.taskdispatcher.gateway.dashboard;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.taskdispatcher.gateway.config.GatewayConfig.Payloads;
import io.github.taskdispatcher.gateway.dispatch.Dispatcher;
import io.github.taskdispatcher.gateway.store.BoardStore;
import io.github.taskdispatcher.gateway.store.BoardStore.GroupState;
import io.github.taskdispatcher.gateway.store.BoardStore.TaskExtras;
import io.github.taskdispatcher.gateway.store.Progress;
import io.github.taskdispatcher.gateway.store.TaskAccess;
import io.github.taskdispatcher.gateway.store.TaskFacts;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import io.github.taskdispatcher.wire.RawJson;
import io.github.taskdispatcher.wire.StoredPayload;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Tasks: those that wait and those at work by group, those that ended by their end; and one task. A page is one window of a
 * list; a search looks through the first {@value #SEARCHED} tasks.
 */
final class TasksView {

    private static final int PAGE = 50;
    private static final int SEARCHED = 2_000;
    private static final int EXCERPT_CHARS = 300;
    private static final int EXCERPT_OF_BYTES = 16 * 1024;

    /**
     * A task in a list or alone. Times in Redis ms, 0 when not (yet) so.
     *
     * @param progress how far its worker says it is, from 0 to 1; -1 when it does not run or the worker does not say
     * @param request the beginning of it, empty when it is large, hidden or no longer kept
     * @param acceptedBy, deliveredAt as far as noted
     */
    record Task(
            String id,
            String group,
            String status,
            long position,
            long enqueuedAt,
            long deadline,
            long startedAt,
            long deliveredAt,
            long endedAt,
            String endedBy,
            String worker,
            String gateway,
            String acceptedBy,
            long attempt,
            String error,
            double progress,
            String progressMessage,
            String request,
            long requestBytes,
            long resultBytes) {}

    /** @param groupsLeft how many groups were not counted */
    private record Counted(Totals totals, long groupsLeft) {}

    record Totals(long queued, long executing, long ended) {}

    /**
     * @param total how many there are, or that match as far as was searched
     * @param searched how many were looked through; 0 when this is a page, not a search
     * @param groupsLeft how many groups were not looked into; tasks that ended are told of all
     */
    record Page(List<Task> tasks, Totals totals, long total, int page, int pageSize, int searched, long groupsLeft) {}

    /** @param task null when there is none (any more) */
    record One(Task task) {}

    private final BoardStore store;
    private final Dispatcher dispatcher;
    private final Payloads payloads;

    TasksView(BoardStore store, Dispatcher dispatcher, Payloads payloads) {
        this.store = store;
        this.dispatcher = dispatcher;
        this.payloads = payloads;
    }

    // ---- lists --------------------------------------------------------------------------------------------------

    CompletableFuture<Page> list(ViewQuery query, ShownGroups shown) {
        GroupName only = query.group().orElse(null);
        return store.groups(shown.names())
                .thenCombine(store.endedCount(only), (states, ended) -> {
                    long queued = states.stream().mapToLong(GroupState::depth).sum();
                    long executing =
                            states.stream().mapToLong(GroupState::executing).sum();
                    Counted counted = new Counted(new Totals(queued, executing, ended), shown.left());
                    return query.searches()
                            ? search(query, states, only, counted)
                            : window(query, states, only, counted);
                })
                .thenCompose(page -> page);
    }

    private CompletableFuture<Page> window(ViewQuery query, List<GroupState> states, GroupName only, Counted counted) {
        long from = (long) query.page() * PAGE;
        Totals totals = counted.totals();
        long total =
                switch (query.list()) {
                    case "queued" -> totals.queued();
                    case "ended" -> totals.ended();
                    default -> totals.executing();
                };
        return read(query.list(), states, only, from, PAGE)
                .thenCompose(tasks -> rows(tasks))
                .thenApply(rows -> new Page(rows, totals, total, query.page(), PAGE, 0, counted.groupsLeft()));
    }

    private CompletableFuture<List<TaskFacts>> read(
            String list, List<GroupState> states, GroupName only, long from, int count) {
        return switch (list) {
            case "queued" -> walk(states, GroupState::depth, store::waiting, 0, from, count, new ArrayList<>());
            case "ended" -> store.ended(only, from, count);
            default -> walk(states, GroupState::executing, store::executing, 0, from, count, new ArrayList<>());
        };
    }

    private interface Window {
        CompletableFuture<List<TaskFacts>> read(GroupName group, long from, int count);
    }

    /** A window over the lists of all groups, one behind the other; how long each is was read a moment ago. */
    private static CompletableFuture<List<TaskFacts>> walk(
            List<GroupState> states,
            Function<GroupState, Long> length,
            Window list,
            int index,
            long from,
            int count,
            List<TaskFacts> found) {
        if (index == states.size() || count == 0) {
            return CompletableFuture.completedFuture(found);
        }
        long here = length.apply(states.get(index));
        if (here <= from) {
            return walk(states, length, list, index + 1, from - here, count, found);
        }
        int wanted = (int) Math.min(count, here - from);
        return list.read(states.get(index).name(), from, wanted).thenCompose(tasks -> {
            found.addAll(tasks);
            return walk(states, length, list, index + 1, 0, count - wanted, found);
        });
    }

    private CompletableFuture<Page> search(ViewQuery query, List<GroupState> states, GroupName only, Counted counted) {
        return read(query.list(), states, only, 0, SEARCHED).thenCompose(tasks -> {
            List<TaskFacts> fitting =
                    tasks.stream().filter(task -> fits(query, task)).toList();
            String text = query.param("q");
            CompletableFuture<List<TaskFacts>> found =
                    text.isEmpty() ? CompletableFuture.completedFuture(fitting) : withText(fitting, text);
            return found.thenCompose(all -> {
                int from = Math.min(all.size(), query.page() * PAGE);
                return rows(all.subList(from, Math.min(all.size(), from + PAGE)))
                        .thenApply(rows -> new Page(
                                rows,
                                counted.totals(),
                                all.size(),
                                query.page(),
                                PAGE,
                                tasks.size(),
                                counted.groupsLeft()));
            });
        });
    }

    private static boolean fits(ViewQuery query, TaskFacts task) {
        String ending = query.ending();
        return (ending.isEmpty() || task.status().word().equals(ending))
                && (query.param("worker").isEmpty() || task.worker().equals(query.param("worker")));
    }

    /** What is not shown is not searched either. */
    private CompletableFuture<List<TaskFacts>> withText(List<TaskFacts> tasks, String text) {
        CompletableFuture<List<byte[]>> requests = payloads == Payloads.SHOW || payloads == Payloads.TASKS
                ? store.extras(tasks).thenCompose(extras -> store.requests(tasks, extras, EXCERPT_OF_BYTES))
                : CompletableFuture.completedFuture(Collections.nCopies(tasks.size(), null));
        return requests.thenApply(read -> {
            List<TaskFacts> found = new ArrayList<>();
            for (int i = 0; i < tasks.size(); i++) {
                TaskFacts task = tasks.get(i);
                if (task.id().text().contains(text)
                        || task.worker().contains(text)
                        || task.error().contains(text)
                        || message(task.progress()).contains(text)
                        || read.get(i) != null && new String(read.get(i), UTF_8).contains(text)) {
                    found.add(task);
                }
            }
            return found;
        });
    }

    private CompletableFuture<List<Task>> rows(List<TaskFacts> tasks) {
        return store.extras(tasks).thenCompose(extras -> {
            CompletableFuture<List<byte[]>> requests = payloads == Payloads.HIDDEN
                    ? CompletableFuture.completedFuture(Collections.nCopies(tasks.size(), null))
                    : store.requests(tasks, extras, EXCERPT_OF_BYTES);
            return requests.thenApply(read -> {
                List<Task> rows = new ArrayList<>();
                for (int i = 0; i < tasks.size(); i++) {
                    rows.add(task(tasks.get(i), extras.get(i), cut(tasks.get(i).error()), excerpt(read.get(i))));
                }
                return rows;
            });
        });
    }

    private String excerpt(byte[] request) {
        if (request == null) {
            return "";
        }
        byte[] sent = StoredPayload.sent(RawJson.of(request)).body().toBytes();
        return cut(new String(payloads == Payloads.MASKED ? Masking.mask(sent) : sent, UTF_8));
    }

    private static String cut(String text) {
        return text.length() <= EXCERPT_CHARS ? text : text.substring(0, EXCERPT_CHARS);
    }

    // ---- one task -----------------------------------------------------------------------------------------------

    CompletableFuture<One> one(ViewQuery query) {
        TaskId id = new TaskId(query.param("id"));
        return find(id).thenCompose(found -> found.isEmpty()
                ? CompletableFuture.completedFuture(new One(null))
                : withPosition(found.get())
                        .thenCombine(
                                store.extras(List.of(found.get())),
                                (task, extras) -> new One(task(task, extras.get(0), task.error(), ""))));
    }

    /** The task, wherever it is; empty when there is none (any more). */
    CompletableFuture<Optional<TaskFacts>> find(TaskId id) {
        return dispatcher.find(id, group -> store.task(group, id));
    }

    private CompletableFuture<TaskFacts> withPosition(TaskFacts task) {
        return task.status() == TaskStatus.QUEUED
                ? dispatcher.look(task.id(), TaskAccess.ALL).thenApply(view -> view.map(
                                seen -> task.at(seen.position()))
                        .orElse(task))
                : CompletableFuture.completedFuture(task);
    }

    /** From 0 to 1; -1 when it is not known. */
    static double share(Progress progress) {
        return progress == null || progress.share() == null ? -1 : progress.share();
    }

    /** Empty for none. */
    static String message(Progress progress) {
        return progress == null || progress.message() == null ? "" : progress.message();
    }

    private static Task task(TaskFacts task, TaskExtras extras, String error, String request) {
        return new Task(
                task.id().text(),
                task.group().text(),
                task.status().word(),
                task.position(),
                task.enqueuedAt(),
                task.deadline(),
                task.startedAt(),
                extras.deliveredAt(),
                task.endedAt(),
                task.endedBy(),
                task.worker(),
                task.gateway(),
                extras.acceptedBy(),
                task.attempt(),
                error,
                share(task.progress()),
                message(task.progress()),
                request,
                extras.requestBytes(),
                extras.resultBytes());
    }
}
