package io.github.taskdispatcher.gateway.dashboard;

import io.github.taskdispatcher.gateway.store.BoardStore;
import io.github.taskdispatcher.gateway.store.BoardStore.Logged;
import io.github.taskdispatcher.gateway.store.LogEntry;
import io.github.taskdispatcher.gateway.store.LogEntry.Kind;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** The system log, newest first, a page at a time. A search looks through so much of it at once. */
final class LogView {

    private static final int PAGE = 50;
    private static final int STEP = 1_000;
    private static final int SEARCHED = 5_000;

    private static final Set<Kind> TASKS =
            EnumSet.of(Kind.ACCEPTED, Kind.REFUSED, Kind.DELIVERED, Kind.COMPLETED, Kind.FAILED, Kind.CANCELLED);

    record Line(
            String place,
            long at,
            String kind,
            String gateway,
            String group,
            String task,
            String worker,
            String text,
            long bytes,
            long waitMs,
            long runMs) {}

    /** @param next where to go on ({@code before}), empty at the end */
    record Page(List<Line> lines, String next) {}

    private final BoardStore store;

    LogView(BoardStore store) {
        this.store = store;
    }

    CompletableFuture<Page> read(ViewQuery query) {
        String before = query.param("before");
        boolean filters = query.params().keySet().stream().anyMatch(name -> !name.equals("before"));
        return read(query, before.isEmpty() ? null : before, filters ? STEP : PAGE, 0, new ArrayList<>());
    }

    private CompletableFuture<Page> read(ViewQuery query, String before, int step, int looked, List<Line> found) {
        return store.log(before, step).thenCompose(page -> {
            String place = before;
            for (Logged logged : page) {
                place = logged.place();
                if (matches(query, logged.entry())) {
                    found.add(line(logged));
                }
                if (found.size() == PAGE) {
                    return CompletableFuture.completedFuture(new Page(found, place));
                }
            }
            if (page.size() < step) {
                return CompletableFuture.completedFuture(new Page(found, ""));
            }
            return looked + step >= SEARCHED
                    ? CompletableFuture.completedFuture(new Page(found, place))
                    : read(query, place, step, looked + step, found);
        });
    }

    private static boolean matches(ViewQuery query, LogEntry entry) {
        String group = query.param("group");
        String text = query.param("q");
        boolean kind =
                switch (query.param("kind")) {
                    case "tasks" -> TASKS.contains(entry.kind());
                    case "failures" -> entry.kind() == Kind.FAILED || entry.kind() == Kind.REFUSED;
                    case "workers" -> entry.kind() == Kind.WORKER_JOINED || entry.kind() == Kind.WORKER_LEFT;
                    case "gateways" -> entry.kind() == Kind.GATEWAY_STARTED || entry.kind() == Kind.GATEWAY_STOPPING;
                    default -> true;
                };
        return kind
                && (group.isEmpty() || entry.group().equals(group))
                && (text.isEmpty()
                        || entry.task().contains(text)
                        || entry.worker().contains(text)
                        || entry.gateway().contains(text)
                        || entry.text().contains(text));
    }

    private static Line line(Logged logged) {
        LogEntry entry = logged.entry();
        return new Line(
                logged.place(),
                entry.at(),
                entry.kind().word(),
                entry.gateway(),
                entry.group(),
                entry.task(),
                entry.worker(),
                entry.text(),
                entry.bytes(),
                entry.waitMs(),
                entry.runMs());
    }
}
