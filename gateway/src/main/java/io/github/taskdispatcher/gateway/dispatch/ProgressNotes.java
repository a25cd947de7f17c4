package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.store.Assignment;
import io.github.taskdispatcher.gateway.store.Progress;
import java.util.concurrent.TimeUnit;

/**
 * Writes how far a slot is with its task, at most once in 250 ms: of what comes meanwhile the newest is written then. Beside the
 * other calls of the slot: the store knows what is too late. Any thread.
 */
final class ProgressNotes {

    private static final long INTERVAL_MS = 250;

    private final Dispatcher dispatcher;
    private final Slot worker;
    private Assignment task;
    private Progress next;
    /** Whether a write is under way, or was made within the interval. */
    private boolean pausing;

    ProgressNotes(Dispatcher dispatcher, Slot worker) {
        this.dispatcher = dispatcher;
        this.worker = worker;
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
        dispatcher.store().progress(worker.group(), about, worker.id(), written).whenComplete((noted, failure) -> {
            if (failure != null) {
                keep(about, written);
            }
            dispatcher.timer().schedule(this::go, INTERVAL_MS, TimeUnit.MILLISECONDS);
        });
    }

    /** It could not be written: it comes with the next, or by itself. */
    private synchronized void keep(Assignment about, Progress written) {
        if (about == task) {
            next = next == null ? written : next.after(written);
        }
    }

    private synchronized void go() {
        if (next == null || worker.isClosed() || dispatcher.isStopped()) {
            pausing = false;
            return;
        }
        write();
    }
}
