package io.github.taskdispatcher.gateway.groups;

import io.github.taskdispatcher.gateway.background.Scheduler;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** What was noted in the store of late, so that it is not noted again at once. Bounded. Any thread. */
final class RecentNotes<K, V> {

    private static final int MAX_REMEMBERED = 10_000;

    private record Note<V>(V value, long at) {}

    private final Scheduler scheduler;
    private final long lifeNanos;
    private final ConcurrentMap<K, Note<V>> notes = new ConcurrentHashMap<>();

    /** @param lifeNanos how long a note counts */
    RecentNotes(Scheduler scheduler, long lifeNanos) {
        this.scheduler = scheduler;
        this.lifeNanos = lifeNanos;
    }

    /** For {@link #put}. */
    long now() {
        return scheduler.nanoTime();
    }

    /** What was noted of late. */
    Optional<V> get(K key) {
        Note<V> note = notes.get(key);
        return note == null || isOld(note) ? Optional.empty() : Optional.of(note.value());
    }

    /** @param begunAt when the call that noted it was made */
    void put(K key, V value, long begunAt) {
        if (notes.size() >= MAX_REMEMBERED) {
            notes.values().removeIf(this::isOld);
        }
        if (notes.size() < MAX_REMEMBERED) {
            notes.put(key, new Note<>(value, begunAt));
        }
    }

    private boolean isOld(Note<V> note) {
        return scheduler.nanoTime() - note.at() >= lifeNanos;
    }

    void remove(K key) {
        notes.remove(key);
    }

    void clear() {
        notes.clear();
    }
}
