package io.github.taskdispatcher.gateway.dashboard;

import io.github.taskdispatcher.gateway.store.BoardStore;
import io.github.taskdispatcher.gateway.store.BoardStore.GroupState;
import io.github.taskdispatcher.gateway.store.BoardStore.Minute;
import io.github.taskdispatcher.gateway.store.BoardStore.RedisState;
import io.github.taskdispatcher.gateway.store.GatewayInfo;
import io.github.taskdispatcher.gateway.store.MissingRight;
import io.github.taskdispatcher.gateway.store.TimeBuckets;
import io.github.taskdispatcher.task.GroupName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListSet;

/** The groups, the last hour, the gateways and Redis. */
final class OverviewView {

    private static final long MINUTE_MS = 60_000;
    private static final int MINUTES = 60;
    /** Two gateways write into a minute for at most so long after it is over. */
    private static final int OPEN_MINUTES = 2;

    private static final long REDIS_FRESH_NANOS = 5_000_000_000L;

    /**
     * @param perMinute how many tasks were accepted, completed and failed within the last 60 s, about
     */
    record Group(String name, long depth, long oldestAt, long executing, long workers, long idle, Rates perMinute) {}

    record Rates(long accepted, long completed, long failed) {}

    /** Times in ms, -1 where no task ended. */
    record Point(
            long at,
            long accepted,
            long completed,
            long failed,
            long cancelled,
            long depth,
            long waitP50,
            long waitP95,
            long runP50,
            long runP95) {}

    record Redis(
            String version,
            long usedBytes,
            long maxBytes,
            String policy,
            String appendonly,
            long clients,
            long uptimeS,
            List<String> warnings,
            List<String> missing) {}

    /**
     * @param groupsLeft how many groups there are beside these
     * @param missing commands that the gateway's Redis user may not run; the parts that need them are empty
     */
    record All(
            List<Group> groups,
            long groupsLeft,
            List<Point> minutes,
            List<GatewayInfo> gateways,
            Redis redis,
            Collection<String> missing) {}

    record One(Group group, List<Point> minutes) {}

    private final BoardStore store;
    private final ConcurrentMap<String, Minute> past = new ConcurrentHashMap<>();
    private volatile CompletableFuture<RedisState> redis;
    private volatile long redisAskedAt;

    OverviewView(BoardStore store) {
        this.store = store;
    }

    CompletableFuture<All> all(ShownGroups shown) {
        Collection<String> missing = new ConcurrentSkipListSet<>();
        CompletableFuture<List<Group>> groups = allowed(groups(shown.names()), missing);
        CompletableFuture<List<Point>> minutes = allowed(lastHour(null), missing);
        CompletableFuture<List<GatewayInfo>> gateways = allowed(store.gateways(), missing);
        CompletableFuture<RedisState> asked = redis();
        return CompletableFuture.allOf(groups, minutes, gateways, asked)
                .thenApply(done -> new All(
                        groups.join(),
                        shown.left(),
                        minutes.join(),
                        gateways.join().stream()
                                .sorted(Comparator.comparingLong(GatewayInfo::startedAt)
                                        .thenComparing(GatewayInfo::id))
                                .toList(),
                        redis(asked.join()),
                        missing));
    }

    /** A part that needs a right which the gateway's Redis user does not have is empty, and the others are shown. */
    private static <T> CompletableFuture<List<T>> allowed(CompletableFuture<List<T>> part, Collection<String> missing) {
        return part.exceptionally(failure -> {
            missing.add(MissingRight.of(failure)
                    .orElseThrow(() -> failure instanceof CompletionException wrapped
                            ? wrapped
                            : new CompletionException(failure)));
            return List.of();
        });
    }

    CompletableFuture<One> one(GroupName name) {
        return groups(List.of(name)).thenCombine(lastHour(name), (groups, minutes) -> new One(groups.get(0), minutes));
    }

    private CompletableFuture<List<Group>> groups(List<GroupName> names) {
        long now = store.now();
        Map<GroupName, CompletableFuture<List<Minute>>> recent = new HashMap<>();
        long minute = now - now % MINUTE_MS;
        for (GroupName name : names) {
            recent.put(name, recent(name, List.of(minute - MINUTE_MS, minute)));
        }
        return store.groups(names)
                .thenCombine(
                        CompletableFuture.allOf(recent.values().toArray(CompletableFuture[]::new)),
                        (states, read) -> states.stream()
                                .map(state ->
                                        group(state, recent.get(state.name()).join(), now - minute))
                                .toList());
    }

    /** Without the right to read the counts, none; {@link #lastHour} names the right. */
    private CompletableFuture<List<Minute>> recent(GroupName name, List<Long> begins) {
        return minutes(name, begins).exceptionally(failure -> {
            MissingRight.of(failure)
                    .orElseThrow(() -> failure instanceof CompletionException wrapped
                            ? wrapped
                            : new CompletionException(failure));
            long[] none = new long[TimeBuckets.COUNT];
            return begins.stream()
                    .map(at -> new Minute(at, 0, 0, 0, 0, -1, none, none))
                    .toList();
        });
    }

    private static Group group(GroupState state, List<Minute> minutes, long sinceMinute) {
        Minute before = minutes.get(0);
        Minute current = minutes.get(1);
        double share = 1 - (double) sinceMinute / MINUTE_MS;
        return new Group(
                state.name().text(),
                state.depth(),
                state.oldestAt(),
                state.executing(),
                state.workers(),
                state.idle(),
                new Rates(
                        Math.round(before.accepted() * share) + current.accepted(),
                        Math.round(before.completed() * share) + current.completed(),
                        Math.round(before.failed() * share) + current.failed()));
    }

    private CompletableFuture<List<Point>> lastHour(GroupName group) {
        long now = store.now();
        long minute = now - now % MINUTE_MS;
        List<Long> begins = new ArrayList<>();
        for (int i = MINUTES - 1; i >= 0; i--) {
            begins.add(minute - i * MINUTE_MS);
        }
        return minutes(group, begins)
                .thenApply(read -> read.stream().map(OverviewView::point).toList());
    }

    /** What is over is read once. */
    private CompletableFuture<List<Minute>> minutes(GroupName group, List<Long> begins) {
        String prefix = group == null ? "" : group.text();
        long closed = store.now() - OPEN_MINUTES * MINUTE_MS;
        List<Long> missing = begins.stream()
                .filter(at -> at > closed || !past.containsKey(prefix + ' ' + at))
                .toList();
        return store.minutes(group, missing).thenApply(read -> {
            Map<Long, Minute> fresh = new HashMap<>();
            for (Minute minute : read) {
                fresh.put(minute.at(), minute);
                if (minute.at() <= closed) {
                    past.put(prefix + ' ' + minute.at(), minute);
                }
            }
            forgetOld();
            return begins.stream()
                    .map(at -> Optional.ofNullable(fresh.get(at)).orElseGet(() -> past.get(prefix + ' ' + at)))
                    .toList();
        });
    }

    private void forgetOld() {
        if (past.size() > 20_000) {
            past.clear();
        }
    }

    private static Point point(Minute minute) {
        return new Point(
                minute.at(),
                minute.accepted(),
                minute.completed(),
                minute.failed(),
                minute.cancelled(),
                minute.depth(),
                TimeBuckets.percentile(minute.waits(), 0.5),
                TimeBuckets.percentile(minute.waits(), 0.95),
                TimeBuckets.percentile(minute.runs(), 0.5),
                TimeBuckets.percentile(minute.runs(), 0.95));
    }

    private CompletableFuture<RedisState> redis() {
        CompletableFuture<RedisState> known = redis;
        if (known == null || known.isCompletedExceptionally() || System.nanoTime() - redisAskedAt > REDIS_FRESH_NANOS) {
            known = store.redis();
            redis = known;
            redisAskedAt = System.nanoTime();
        }
        return known;
    }

    private static Redis redis(RedisState state) {
        List<String> warnings = new ArrayList<>();
        if (!state.policy().isEmpty() && !state.policy().equals("noeviction")) {
            warnings.add("evicts");
        }
        if (state.appendonly().equals("no")) {
            warnings.add("no_aof");
        }
        if (state.maxBytes() > 0 && state.usedBytes() > 0.9 * state.maxBytes()) {
            warnings.add("nearly_full");
        }
        return new Redis(
                state.version(),
                state.usedBytes(),
                state.maxBytes(),
                state.policy(),
                state.appendonly(),
                state.clients(),
                state.uptimeS(),
                warnings,
                state.missing());
    }
}
