package io.github.taskdispatcher.gateway.worker;

import io.github.taskdispatcher.gateway.background.Lifecycle;
import io.github.taskdispatcher.gateway.background.Scheduler;
import io.github.taskdispatcher.gateway.store.Assignment;
import io.github.taskdispatcher.gateway.store.Progress;
import io.github.taskdispatcher.gateway.store.TaskStore;

/**
 * Writes how far a slot is with its task, at most once in 250 ms: of what comes meanwhile the newest is written then. Beside the
 * other calls of the slot: the store knows what is too late. Any thread.
 */
final class ProgressNotes {

    private static final long INTERVAL_MS = 250;

    private final SlotKey slot;
    private final TaskStore store;
    private final Scheduler scheduler;
    private final Lifecycle lifecycle;
    private boolean closed;
    private Assignment task;
    private Progress next;
    /** Whether a write is under way, or was made within the interval. */
    private boolean pausing;

    ProgressNotes(SlotKey slot, TaskStore store, Scheduler scheduler, Lifecycle lifecycle) {
        this.slot = slot;
        this.store = store;
        this.scheduler = scheduler;
        this.lifecycle = lifecycle;
    }

    /** The slot has left: nothing more is written. */
    synchronized void close() {
        closed = true;
    }

    synchronized void add(Assignment assignment, Progress progress) {
        next = assignment == task ? progress.after(next) : progress;
        task = assignment;
        if (!pausing) {
            pausing = true;
            write();
        }
    }

    private void write() {
        Assignment about = task;
        Progress written = next;
        next = null;
        store.progress(slot.group(), about, slot.id(), written).whenComplete((noted, failure) -> {
            if (failure != null) {
                keep(about, written);
            }
            scheduler.schedule(this::go, INTERVAL_MS);
        });
    }

    /** It could not be written: it comes with the next, or by itself. */
    private synchronized void keep(Assignment about, Progress written) {
        if (about == task) {
            next = next == null ? written : next.after(written);
        }
    }

    private synchronized void go() {
        if (next == null || closed || lifecycle.isStopped()) {
            pausing = false;
            return;
        }
        write();
    }
}
