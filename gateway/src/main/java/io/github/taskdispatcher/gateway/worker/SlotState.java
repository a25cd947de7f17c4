package io.github.taskdispatcher.gateway.worker;

import io.github.taskdispatcher.gateway.background.Scheduler;
import io.github.taskdispatcher.gateway.store.Assignment;
import io.github.taskdispatcher.task.TaskId;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/**
 * What a slot does at the moment, and which assignments were written to its worker. Any thread: each method is one step, guarded by
 * this object's lock, in which nothing is awaited and nothing is sent.
 */
final class SlotState {

    private enum State {
        /** Connected, said nothing yet. */
        NEW,
        /** Asked the store for a task, or an answer is being recorded. */
        ASKING,
        IDLE,
        BUSY,
        CLOSED
    }

    /**
     * What a worker works on.
     *
     * @param expired whether the worker was told to stop: the task's time is over, or it was cancelled
     */
    record Work(Assignment assignment, boolean expired) {}

    private final Scheduler scheduler;
    private final LongConsumer watchDeadline;
    private final SentAssignments sent = new SentAssignments();

    private volatile State state = State.NEW;
    private int epoch = 1;
    private Assignment current;
    private boolean expired;
    private boolean draining;
    /** Of the current assignment, {@link Scheduler#nanoTime}; means nothing without one. */
    private long deadlineNanos;

    /** @param watchDeadline told of the deadline of each assignment, {@link Scheduler#nanoTime}: {@link #expire} is called then */
    SlotState(Scheduler scheduler, LongConsumer watchDeadline) {
        this.scheduler = scheduler;
        this.watchDeadline = watchDeadline;
    }

    // ---- what the worker says -----------------------------------------------------------------------------------

    /** The task that the worker has to finish before it has room; null when it has room. */
    synchronized TaskId busyWith() {
        return state == State.BUSY && !expired ? current.id() : null;
    }

    /** The worker has room; says whether to ask the store for a task. Not when it was asked already, or has closed. */
    synchronized boolean ready() {
        if (state == State.BUSY && expired) {
            forgetCurrent();
        } else if (state != State.NEW) {
            return false;
        }
        state = State.ASKING;
        return true;
    }

    /** What the worker works on, when it is this task; else null. */
    synchronized Work workOn(String taskId) {
        return state == State.BUSY && current.id().text().equals(taskId) ? new Work(current, expired) : null;
    }

    /** The same; it is answered now. */
    synchronized Work takeOff(String taskId) {
        Work answered = workOn(taskId);
        if (answered != null) {
            forgetCurrent();
            state = State.ASKING;
        }
        return answered;
    }

    /** Whether the worker has, or had, this task on this connection. */
    synchronized boolean had(String taskId) {
        return sent.containsTask(taskId);
    }

    // ---- what the store says ------------------------------------------------------------------------------------

    /** The store took the answer; {@code hasNext} tells whether an assignment came with its reply. Says whether the slot leaves now. */
    synchronized boolean answered(boolean hasNext) {
        if (draining && state != State.CLOSED) {
            return true;
        }
        if (state == State.ASKING && !hasNext) {
            state = State.IDLE;
        }
        return false;
    }

    /** An assignment is for this worker; says whether to send it: not twice, and not after the end. */
    synchronized boolean begin(Assignment assignment) {
        if (state == State.CLOSED || sent.contains(assignment)) {
            return false;
        }
        expired = false;
        work(sent.add(assignment), assignment.remainingMs());
        return true;
    }

    /** The worker came back with this assignment. Returns it as it is remembered. */
    synchronized Assignment resume(Assignment assignment) {
        Assignment known = sent.add(assignment);
        if (state == State.NEW) {
            work(known, assignment.remainingMs());
        }
        return known;
    }

    private void work(Assignment assignment, long remainingMs) {
        state = State.BUSY;
        current = assignment;
        deadlineNanos = scheduler.nanoTime() + TimeUnit.MILLISECONDS.toNanos(remainingMs);
        watchDeadline.accept(deadlineNanos);
    }

    private void forgetCurrent() {
        current = null;
        expired = false;
    }

    /** The task whose time is over now, once; else null, and the deadline is watched on. */
    TaskId expire(long nowNanos) {
        // Nearly all are idle; what begins just now is watched from there.
        if (state != State.BUSY) {
            return null;
        }
        synchronized (this) {
            if (state != State.BUSY || expired) {
                return null;
            }
            if (nowNanos - deadlineNanos < 0) {
                watchDeadline.accept(deadlineNanos);
                return null;
            }
            expired = true;
            return current.id();
        }
    }

    /** The task was cancelled; says whether the worker has to be told. */
    synchronized boolean cancel(TaskId id) {
        if (state != State.BUSY || expired || !current.id().equals(id)) {
            return false;
        }
        expired = true;
        return true;
    }

    /** The store has no task for it. */
    synchronized void idle() {
        if (state == State.ASKING) {
            state = State.IDLE;
        }
    }

    /** Believed idle: says whether to ask the store for a task. */
    synchronized boolean askAgain() {
        if (state != State.IDLE || draining) {
            return false;
        }
        state = State.ASKING;
        return true;
    }

    /** What the worker works on, or null. */
    synchronized Assignment current() {
        return current;
    }

    synchronized int epoch() {
        return epoch;
    }

    /** The worker is registered anew: calls with an older epoch count no more. */
    synchronized int nextEpoch() {
        return ++epoch;
    }

    // ---- the end ------------------------------------------------------------------------------------------------

    /** It takes no further task; says whether it leaves now: not while it works, and not twice. */
    synchronized boolean drain() {
        draining = true;
        return !(state == State.BUSY && !expired || state == State.CLOSED);
    }

    /** Says whether it was open. */
    synchronized boolean close() {
        boolean open = state != State.CLOSED;
        state = State.CLOSED;
        return open;
    }

    /** {@link Assignment#key()} of the assignment that was written last, or empty. */
    synchronized String lastSent() {
        return sent.lastKey();
    }

    // ---- questions ----------------------------------------------------------------------------------------------

    /**
     * Whether it works on a task and may be unable to say anything meanwhile: until the task's time is over, and as much time
     * again as any task may have.
     */
    boolean works(long overrunLimitMs) {
        // Nearly all are idle.
        if (state != State.BUSY) {
            return false;
        }
        synchronized (this) {
            boolean overrun = expired && (scheduler.nanoTime() - deadlineNanos) / 1_000_000 > overrunLimitMs;
            return state == State.BUSY && !overrun;
        }
    }

    /** Whether it has this task, or its answer is on its way to the store. */
    synchronized boolean worksOn(TaskId task) {
        return state != State.IDLE && sent.lastIs(task);
    }

    boolean isNew() {
        return state == State.NEW;
    }

    boolean isIdle() {
        return state == State.IDLE;
    }

    boolean isClosed() {
        return state == State.CLOSED;
    }

    synchronized boolean isDraining() {
        return draining;
    }
}
