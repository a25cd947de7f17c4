package io.github.taskdispatcher.gateway.dashboard;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;

/** What was read for one page within the last second (two, when it had to be searched for) serves all. Any thread. */
final class ViewCache {

    private static final long FRESH_NANOS = 950_000_000L;
    private static final int MAX_ENTRIES = 200;

    private record Entry(CompletableFuture<byte[]> json, long sinceNanos) {}

    private final ConcurrentMap<ViewQuery, Entry> entries = new ConcurrentHashMap<>();
    private final Function<ViewQuery, CompletableFuture<byte[]>> source;

    ViewCache(Function<ViewQuery, CompletableFuture<byte[]>> source) {
        this.source = source;
    }

    CompletableFuture<byte[]> get(ViewQuery query) {
        long now = System.nanoTime();
        Entry known = entries.get(query);
        if (known != null && isFresh(query, known, now)) {
            return known.json();
        }
        Entry entry = entries.compute(
                query, (key, old) -> old != null && isFresh(query, old, now) ? old : new Entry(read(query), now));
        if (entries.size() > MAX_ENTRIES) {
            entries.entrySet().removeIf(it -> !isFresh(it.getKey(), it.getValue(), now));
        }
        return entry.json();
    }

    private CompletableFuture<byte[]> read(ViewQuery query) {
        try {
            return source.apply(query);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static boolean isFresh(ViewQuery query, Entry entry, long now) {
        if (entry.json().isCompletedExceptionally()) {
            return false;
        }
        return now - entry.sinceNanos() < (query.searches() ? 2 : 1) * FRESH_NANOS;
    }
}
