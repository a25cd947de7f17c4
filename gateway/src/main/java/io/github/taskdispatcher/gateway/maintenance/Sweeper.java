package io.github.taskdispatcher.gateway.maintenance;

import io.github.taskdispatcher.gateway.background.BackgroundService;
import io.github.taskdispatcher.gateway.background.Scheduler;
import io.github.taskdispatcher.gateway.journal.Journal;
import io.github.taskdispatcher.gateway.store.GroupStore;
import io.github.taskdispatcher.gateway.store.GroupStore.Registry;
import io.github.taskdispatcher.gateway.store.TaskStore;
import io.github.taskdispatcher.task.GroupName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * About every 700 ms: ends what is overdue, gives up the workers of dead gateways, and brings waiting tasks and idle workers
 * together.
 *
 * <ul>
 *   <li>Each group that may have tasks is swept in every round: its tasks end in time.
 *   <li>Of all other groups a slice is looked at in each round, and those with workers in it are swept.
 *   <li>Names of groups that hold nothing more, and were not used for a while, are forgotten, so many in each round.
 * </ul>
 *
 * So a round costs what the groups with tasks cost, and a bounded rest, however many names there are.
 */
public final class Sweeper extends BackgroundService {

    private static final long INTERVAL_MS = 700;
    /** So many names are read, and so many groups swept, at once. */
    private static final int PAGE = 500;
    /** So many of the groups without tasks are looked at in a round. */
    private static final int SLICE = 100;
    /** What the recorder is told of at most. */
    private static final int MAX_TOLD = 2_000;

    private final TaskStore store;
    private final GroupStore groups;
    private final Journal journal;
    private String cursor;
    private volatile Set<GroupName> busy = Set.of();

    public Sweeper(Scheduler scheduler, TaskStore store, Journal journal) {
        super(scheduler, INTERVAL_MS);
        this.store = store;
        this.journal = journal;
        groups = store.groups();
    }

    /** The groups that had tasks in the last round, the first few thousand. */
    public Set<GroupName> busy() {
        return busy;
    }

    @Override
    protected CompletableFuture<?> round() {
        return groups.beginRound().thenCompose(graceUntil -> {
            Set<GroupName> found = new HashSet<>();
            return sweepBusy(graceUntil, null, found)
                    .thenCompose(done -> {
                        busy = Set.copyOf(found);
                        return tidy(Registry.BUSY, graceUntil);
                    })
                    .thenCompose(done -> tidy(Registry.ENTERED, graceUntil))
                    .thenCompose(done -> sweepSlice(graceUntil));
        });
    }

    private CompletableFuture<Void> sweepBusy(long graceUntil, String from, Set<GroupName> found) {
        return groups.scan(Registry.BUSY, from, PAGE).thenCompose(page -> {
            page.groups().stream()
                    .limit(MAX_TOLD - Math.min(MAX_TOLD, found.size()))
                    .forEach(found::add);
            return sweep(page.groups(), graceUntil)
                    .thenCompose(done -> page.cursor() == null
                            ? CompletableFuture.completedFuture(null)
                            : sweepBusy(graceUntil, page.cursor(), found));
        });
    }

    /** Forgets the names that stand for nothing. Of those that still do the workers of dead gateways are given up. */
    private CompletableFuture<Void> tidy(Registry registry, long graceUntil) {
        return groups.unused(registry, PAGE)
                .thenCompose(unused -> unused.isEmpty()
                        ? CompletableFuture.completedFuture(null)
                        : groups.holding(registry, unused).thenCompose(holding -> {
                            List<GroupName> over = new ArrayList<>(unused);
                            over.removeAll(Set.copyOf(holding));
                            return sweep(registry == Registry.BUSY ? List.of() : holding, graceUntil)
                                    .thenCompose(done -> groups.keep(registry, holding))
                                    .thenCompose(done -> groups.forget(registry, over));
                        }));
    }

    private CompletableFuture<Void> sweepSlice(long graceUntil) {
        return groups.scan(Registry.ENTERED, cursor, SLICE).thenCompose(page -> {
            cursor = page.cursor();
            List<GroupName> others = new ArrayList<>(page.groups());
            others.removeAll(busy);
            return groups.holding(Registry.ENTERED, others).thenCompose(holding -> sweep(holding, graceUntil));
        });
    }

    private CompletableFuture<Void> sweep(Collection<GroupName> some, long graceUntil) {
        return CompletableFuture.allOf(
                some.stream().map(group -> sweep(group, graceUntil)).toArray(CompletableFuture[]::new));
    }

    private CompletableFuture<Void> sweep(GroupName group, long graceUntil) {
        return store.sweep(group, graceUntil).thenCompose(swept -> {
            swept.ended().forEach(id -> journal.endedUnsaid(group, id));
            return swept.more() ? sweep(group, graceUntil) : CompletableFuture.completedFuture(null);
        });
    }
}
