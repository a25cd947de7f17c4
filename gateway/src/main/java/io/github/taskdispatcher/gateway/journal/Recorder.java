package io.github.taskdispatcher.gateway.journal;

import io.github.taskdispatcher.gateway.background.BackgroundService;
import io.github.taskdispatcher.gateway.background.Scheduler;
import io.github.taskdispatcher.gateway.store.LogEntry;
import io.github.taskdispatcher.gateway.store.LogEntry.Kind;
import io.github.taskdispatcher.gateway.store.RecordBatch;
import io.github.taskdispatcher.gateway.store.RecordStore;
import io.github.taskdispatcher.gateway.store.TaskFacts;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Twice a second: writes what the {@link Journal} has to the store, in one batch of bounded size. A batch that cannot be
 * written is dropped. What ended without a worker's answer is told a round after it was swept or its worker left, when
 * whoever accepted it has noted that; every fourth round those are added whose deadline passed and nobody said so. Every
 * tenth round it notes when workers were last heard of, every twentieth how many tasks wait, every five minutes what workers say
 * of themselves, for notes that would expire and for a Redis that came back empty.
 */
public final class Recorder extends BackgroundService {

    private static final long INTERVAL_MS = 500;
    /** So many lines of log, and so many ended tasks to look up, in one round. */
    private static final int LINES = 400;

    private static final int LOOKED_UP = 500;
    private static final int ABOUTS = 500;

    private final Journal journal;
    private final RecordStore store;
    private final ConnectedWorkers workers;
    private final Supplier<Set<GroupName>> groupsAtWork;
    private final Scheduler scheduler;
    private Map<GroupName, Set<TaskId>> unsaid = Map.of();
    private int rounds;
    /** What was heard before is told. */
    private volatile long seenNanos;

    /** @param groupsAtWork the groups that have tasks, and those with workers here; a few thousand at most */
    public Recorder(
            Scheduler scheduler,
            Journal journal,
            RecordStore store,
            ConnectedWorkers workers,
            Supplier<Set<GroupName>> groupsAtWork) {
        super(scheduler, INTERVAL_MS);
        this.scheduler = scheduler;
        this.journal = journal;
        this.store = store;
        this.workers = workers;
        this.groupsAtWork = groupsAtWork;
        seenNanos = scheduler.nanoTime();
    }

    /** The last round, after {@link #stop}: what is left to be told. */
    public CompletableFuture<?> recordRest() {
        return round();
    }

    @Override
    protected CompletableFuture<?> round() {
        rounds++;
        Set<GroupName> groups = groupsAtWork.get();
        List<CompletableFuture<?>> parts = new ArrayList<>();
        if (rounds % 10 == 0) {
            parts.add(seen());
        }
        if (rounds % 600 == 0) {
            journal.introduced(workers.introductions());
        }
        if (rounds % 20 == 0 && !groups.isEmpty()) {
            parts.add(store.sampleDepths(groups));
        }
        Map<GroupName, Set<TaskId>> known = unsaid;
        unsaid = journal.takeUnsaid();
        CompletableFuture<Map<GroupName, Set<TaskId>>> overdue = rounds % 4 == 0 && !groups.isEmpty()
                ? store.overdue(groups)
                : CompletableFuture.completedFuture(Map.of());
        parts.add(overdue.thenApply(found -> together(known, found))
                .thenCompose(store::take)
                .thenCompose(this::record));
        return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new));
    }

    private static Map<GroupName, Set<TaskId>> together(
            Map<GroupName, Set<TaskId>> some, Map<GroupName, Set<TaskId>> more) {
        Map<GroupName, Set<TaskId>> all = new HashMap<>();
        some.forEach((group, ids) -> all.put(group, new HashSet<>(ids)));
        more.forEach((group, ids) ->
                all.computeIfAbsent(group, key -> new HashSet<>()).addAll(ids));
        return all;
    }

    /** When the workers were last heard of; of thousands that are idle, few were since it was last told. */
    private CompletableFuture<Void> seen() {
        long now = journal.now();
        long begunNanos = scheduler.nanoTime();
        long sinceMs = (begunNanos - seenNanos) / 1_000_000 + 1;
        Map<GroupName, Map<String, Long>> seen = workers.heardWithin(sinceMs);
        seen.values().forEach(slots -> slots.replaceAll((id, silentMs) -> now - silentMs));
        return store.seen(seen).thenRun(() -> seenNanos = begunNanos);
    }

    /** @param taken tasks that no other gateway tells of, which have ended without an answer, or may have */
    private CompletableFuture<Void> record(Map<GroupName, Set<TaskId>> taken) {
        List<Journal.Event> events = journal.take();
        Map<GroupName, Set<TaskId>> ended = together(taken, Map.of());
        int lookedUp = 0;
        for (Journal.Event event : events) {
            if (isEnd(event.kind()) && lookedUp++ < LOOKED_UP) {
                ended.computeIfAbsent(event.group(), key -> new HashSet<>()).add(event.task());
            }
        }
        return store.facts(ended).thenCompose(facts -> {
            RecordBatch batch = batch(events, facts, taken);
            return batch.isEmpty() ? CompletableFuture.completedFuture(null) : store.write(batch);
        });
    }

    private static boolean isEnd(Kind kind) {
        return kind == Kind.COMPLETED || kind == Kind.FAILED || kind == Kind.CANCELLED;
    }

    private RecordBatch batch(List<Journal.Event> events, List<TaskFacts> facts, Map<GroupName, Set<TaskId>> taken) {
        RecordBatch batch = new RecordBatch();
        Map<TaskId, TaskFacts> byId =
                facts.stream().collect(Collectors.toMap(TaskFacts::id, Function.identity(), (one, same) -> one));
        takeTallies(batch);
        Requests requests = new Requests();
        long skipped = journal.takeUntold();
        for (Journal.Event event : events) {
            note(event, byId, batch, requests);
            if (batch.log.size() < LINES) {
                batch.log.add(line(event, byId));
            } else {
                skipped++;
            }
        }
        taken.forEach((group, ids) -> ids.forEach(id -> settle(byId.get(id), batch)));
        if (skipped > 0) {
            batch.log.add(line(new Journal.Event(Kind.SKIPPED, journal.now(), null, null, null, null, skipped, 0)));
        }
        return batch;
    }

    private void takeTallies(RecordBatch batch) {
        journal.tallies().forEach((group, tally) -> {
            long accepted = tally.accepted.sumThenReset();
            long completed = tally.completed.sumThenReset();
            long failed = tally.failed.sumThenReset();
            long cancelled = tally.cancelled.sumThenReset();
            if (accepted + completed + failed + cancelled > 0) {
                RecordBatch.Counts counts = batch.counts(group);
                counts.accepted += accepted;
                counts.completed += completed;
                counts.failed += failed;
                counts.cancelled += cancelled;
            }
        });
    }

    private void note(Journal.Event event, Map<TaskId, TaskFacts> byId, RecordBatch batch, Requests requests) {
        TaskFacts task = event.task() == null ? null : byId.get(event.task());
        switch (event.kind()) {
            case ACCEPTED -> {
                batch.open(event.group(), event.task(), event.at() + event.timeoutMs());
                requests.keep(event, batch);
            }
            case DELIVERED -> requests.delivered(event, batch);
            case COMPLETED, FAILED, CANCELLED -> {
                if (event.worker() != null) {
                    batch.answered(event.group(), event.worker());
                }
                if (task != null && task.status().ended()) {
                    batch.ended(task);
                    batch.counts(event.group()).times(task.waitMs(), task.runMs());
                } else {
                    // More ended than are looked up: this one is not listed, but it need not wait for its deadline.
                    batch.closed(event.group(), event.task());
                }
            }
            case WORKER_LEFT -> batch.left(event.group(), event.worker());
            default -> {}
        }
    }

    /** The task may have ended without an answer: then it is told here. */
    private void settle(TaskFacts task, RecordBatch batch) {
        if (task == null || isNoted(task, batch)) {
            return;
        }
        if (!task.status().ended()) {
            // Its worker left and it waits again, or Redis was away and no gateway could sweep: asked again at its
            // deadline.
            batch.open(task.group(), task.id(), task.deadline());
            return;
        }
        batch.ended(task);
        boolean cancelled = task.status() == TaskStatus.CANCELLED;
        if (cancelled || task.status() == TaskStatus.FAILED && !task.endedBy().equals("answer")) {
            RecordBatch.Counts counts = batch.counts(task.group());
            if (cancelled) {
                counts.cancelled++;
            } else {
                counts.failed++;
            }
            counts.times(task.waitMs(), -1);
            batch.log.add(new LogEntry(
                    task.endedAt(),
                    cancelled ? Kind.CANCELLED : Kind.FAILED,
                    journal.gatewayId(),
                    task.group().text(),
                    task.id().text(),
                    task.worker(),
                    task.error(),
                    -1,
                    task.waitMs(),
                    task.runMs()));
        }
    }

    private static boolean isNoted(TaskFacts task, RecordBatch batch) {
        Map<TaskId, TaskFacts> noted = batch.ended.get(task.group());
        return noted != null && noted.containsKey(task.id());
    }

    private LogEntry line(Journal.Event event, Map<TaskId, TaskFacts> byId) {
        TaskFacts task = isEnd(event.kind()) ? byId.get(event.task()) : null;
        return task == null ? line(event) : line(event).with(task.waitMs(), task.runMs());
    }

    private LogEntry line(Journal.Event event) {
        boolean shown = journal.showsPayloads() || event.kind() == Kind.FAILED || event.kind() == Kind.REFUSED;
        return new LogEntry(
                event.at(),
                event.kind(),
                journal.gatewayId(),
                event.group() == null ? "" : event.group().text(),
                event.task() == null ? "" : event.task().text(),
                event.worker() == null ? "" : event.worker(),
                shown ? event.excerpt() : "",
                event.bytes(),
                -1,
                -1);
    }

    /** What is kept beside the tasks, as far as one round goes. */
    private final class Requests {

        private int abouts;

        void keep(Journal.Event event, RecordBatch batch) {
            byte[] whole = journal.keepsRequests() ? event.whole() : null;
            if (abouts++ < ABOUTS) {
                batch.abouts.add(new RecordBatch.About(event.group(), event.task(), whole, journal.gatewayId(), 0));
            }
        }

        void delivered(Journal.Event event, RecordBatch batch) {
            if (abouts++ < ABOUTS) {
                batch.abouts.add(new RecordBatch.About(event.group(), event.task(), null, null, event.at()));
            }
        }
    }
}
