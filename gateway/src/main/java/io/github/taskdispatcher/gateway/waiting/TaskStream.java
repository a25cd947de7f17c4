package io.github.taskdispatcher.gateway.waiting;

import io.github.taskdispatcher.gateway.store.ChunkStore;
import io.github.taskdispatcher.gateway.store.ChunkStore.Chunk;
import io.github.taskdispatcher.gateway.store.Replies.TaskView;
import io.github.taskdispatcher.gateway.store.TaskAccess;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * What one {@link StreamListener} knows of its task. What is stored is the truth: the stream reads it at first, whenever a hint does
 * not fit what is known, about once a second while it is quiet, and at the end, so that the end comes behind the last chunk. A
 * stream passes on chunks of a hint without reading when they are just the next ones. A listener that does not read receives no
 * further events: it gets what it missed later, as far as that is still stored. Any thread.
 */
public final class TaskStream {

    private static final long QUIET_NANOS = 1_000_000_000L;
    private static final long LONGEST_NANOS = 2_000_000_000L;

    private final StreamSource source;
    private final TaskId id;
    private final TaskAccess access;
    private final StreamListener listener;
    private GroupName group;
    /** Number of the last chunk told. */
    private long known;

    private TaskView told;
    private boolean reading;
    private boolean again;
    private boolean over;
    private boolean left;
    private long readAtNanos;
    private long heardAtNanos;

    TaskStream(StreamSource source, TaskId id, TaskAccess access, long after, StreamListener listener) {
        this.source = source;
        this.id = id;
        this.access = access;
        this.listener = listener;
        known = after;
        readAtNanos = source.nanoTime();
        heardAtNanos = readAtNanos;
    }

    TaskId id() {
        return id;
    }

    /**
     * Begins; the follower is told how far the task is before this completes.
     *
     * @return false when there is no such task; then, and when it fails, the listener is told nothing
     */
    public CompletableFuture<Boolean> begin() {
        synchronized (this) {
            reading = true;
        }
        source.begun(this);
        return source.find(id, this::find)
                .whenComplete((found, failure) -> {
                    if (failure != null || found.isEmpty()) {
                        leave();
                    }
                })
                .thenApply(Optional::isPresent);
    }

    private CompletableFuture<Optional<GroupName>> find(GroupName candidate) {
        return source.read(candidate, id, access, known).thenApply(found -> {
            if (found.isEmpty()) {
                return Optional.empty();
            }
            boolean more;
            boolean gone;
            synchronized (this) {
                group = candidate;
                known = Math.min(known, found.get().last());
                more = take(found.get());
                gone = left;
            }
            if (more) {
                read();
            }
            if (gone) {
                source.clientLeft(candidate, id);
            }
            return Optional.of(candidate);
        });
    }

    /** There may be something new, or room for it. */
    public void wake() {
        synchronized (this) {
            if (group == null || reading) {
                again = true;
                return;
            }
            if (over || !listener.hasRoom(0)) {
                return;
            }
            reading = true;
        }
        read();
    }

    /** The follower is gone; it is told no more. */
    public void leave() {
        synchronized (this) {
            over = true;
        }
        source.ended(this);
    }

    /** The client behind the follower is gone, and the task may not be wanted any more. */
    public void clientLeft() {
        GroupName where;
        synchronized (this) {
            left = true;
            where = over ? null : group;
        }
        leave();
        if (where != null) {
            source.clientLeft(where, id);
        }
    }

    /** Reads again when nothing was heard for a while. */
    void poll(long nowNanos) {
        synchronized (this) {
            boolean due = nowNanos - heardAtNanos > QUIET_NANOS || nowNanos - readAtNanos > LONGEST_NANOS;
            if (!due) {
                return;
            }
        }
        wake();
    }

    /** This gateway stops. */
    synchronized void stopping() {
        if (!over) {
            end();
            listener.stopping();
        }
    }

    /** Chunks that came by a hint, or from a worker of this gateway. */
    void said(long first, List<byte[]> chunks) {
        synchronized (this) {
            boolean fits = !over && group != null && told.status() == TaskStatus.EXECUTING;
            for (int i = 0; i < chunks.size() && fits; i++) {
                long number = first + i;
                if (number > known) {
                    fits = number == known + 1 && listener.hasRoom(chunks.get(i).length);
                    if (fits) {
                        tell(number, chunks.get(i));
                    }
                }
            }
            if (fits && !chunks.isEmpty()) {
                return;
            }
        }
        wake();
    }

    private void read() {
        GroupName where;
        long after;
        synchronized (this) {
            where = group;
            after = known;
        }
        source.read(where, id, access, after).whenComplete((found, failure) -> {
            boolean more;
            synchronized (this) {
                if (failure != null) {
                    // Tried again when it was quiet for long enough.
                    reading = false;
                    readAtNanos = source.nanoTime();
                    heardAtNanos = readAtNanos;
                    return;
                }
                more = taken(found);
            }
            if (more) {
                read();
            }
        });
    }

    /** @return whether to read on at once */
    private boolean taken(Optional<ChunkStore.Followed> found) {
        if (found.isPresent()) {
            return take(found.get());
        }
        reading = false;
        heardAtNanos = source.nanoTime();
        if (!over && !source.worksHere(id)) {
            end();
            listener.lost();
        }
        return false;
    }

    private boolean take(ChunkStore.Followed found) {
        reading = false;
        readAtNanos = source.nanoTime();
        if (over) {
            return false;
        }
        TaskView view = found.view();
        boolean ended = view.status().ended();
        if (told == null || !ended && changed(view)) {
            listener.status(view);
        }
        told = view;
        boolean room = tell(found.chunks());
        boolean all = !found.mayHaveMore();
        if (room && all) {
            gapTo(found.last());
        }
        if (over) {
            // The follower left.
            return false;
        }
        if (room && all && ended) {
            end();
            listener.ended(view);
            return false;
        }
        heardAtNanos = readAtNanos;
        reading = again || room && !all;
        again = false;
        return reading;
    }

    /** @return whether all of them were taken */
    private boolean tell(List<Chunk> chunks) {
        for (Chunk chunk : chunks) {
            if (chunk.number() > known) {
                if (!listener.hasRoom(chunk.json().length)) {
                    return false;
                }
                gapTo(chunk.number() - 1);
                tell(chunk.number(), chunk.json());
            }
        }
        return true;
    }

    private void tell(long number, byte[] json) {
        known = number;
        heardAtNanos = source.nanoTime();
        listener.chunk(number, json);
    }

    private void gapTo(long last) {
        if (last > known) {
            listener.gap(known + 1, last);
            known = last;
        }
    }

    private boolean changed(TaskView view) {
        return told == null
                || told.status() != view.status()
                || told.position() != view.position()
                || !Objects.equals(told.workerId(), view.workerId())
                || !Objects.equals(told.progress(), view.progress());
    }

    private void end() {
        over = true;
        source.ended(this);
    }
}
