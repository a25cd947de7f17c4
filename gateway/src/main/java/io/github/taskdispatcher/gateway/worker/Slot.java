package io.github.taskdispatcher.gateway.worker;

import io.github.taskdispatcher.gateway.background.Scheduler;
import io.github.taskdispatcher.gateway.store.Assignment;
import io.github.taskdispatcher.gateway.store.Departure;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.store.Progress;
import io.github.taskdispatcher.gateway.store.Replies;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import io.github.taskdispatcher.wire.RawJson;
import io.github.taskdispatcher.wire.ToWorker;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * One slot of a worker, to the store a worker: whether it is free, which assignment it works on, and the events of both sides
 * in order.
 *
 * <p>Threads: frames come on WebSocket threads, replies on the store's thread, timers on the timer; the state is guarded
 * by this object's lock, which is never held while something is awaited. Join, ready, complete and gone reach Redis in the
 * order in which they happened ({@link SlotCalls#inOrder}); only a {@link AdoptedAnswer} goes beside them.
 */
public final class Slot {

    private enum State {
        /** Connected, said nothing yet. */
        NEW,
        /** Asked the store for a task, or an answer is being recorded. */
        ASKING,
        IDLE,
        BUSY,
        CLOSED
    }

    private static final long ASK_AGAIN_MS = 100;

    private final WorkerConnection connection;
    private final SlotKey key;
    private final SentAssignments sent = new SentAssignments();
    private final SlotCalls calls;
    private final SlotAnswers answers;
    private final ProgressNotes progress;
    private final ChunkWriter chunks;
    private final Scheduler scheduler;

    private volatile State state = State.NEW;
    private int epoch = 1;
    private Assignment current;
    /** The task it came back with, until the store has said whose it is; and when it has. */
    private TaskId resuming;

    private CompletableFuture<Void> resumption;
    private boolean expired;
    private boolean draining;
    /** Of the current assignment, {@link Scheduler#nanoTime}; means nothing without one. */
    private long deadlineNanos;

    Slot(
            WorkerConnection connection,
            SlotKey key,
            SlotCalls calls,
            ChunkWriter chunks,
            ProgressNotes progress,
            Scheduler scheduler) {
        this.connection = connection;
        this.key = key;
        this.calls = calls;
        this.chunks = chunks;
        this.progress = progress;
        this.scheduler = scheduler;
        answers = new SlotAnswers(this, calls, chunks, scheduler);
    }

    /** Unique over all gateways and restarts; see {@link WorkerConnection#id}. */
    public String id() {
        return key.id();
    }

    public GroupName group() {
        return key.group();
    }

    /** Registers it, if its group may have workers; completes when every gateway knows it. */
    CompletableFuture<?> open() {
        return calls.inOrder(() -> register(epoch(), null));
    }

    private CompletableFuture<Void> register(int epoch, Assignment works) {
        return calls.enter(connection.holder(), connection.hasEntered())
                .thenCompose(entry ->
                        connection.enter(entry) ? calls.join(epoch, works) : CompletableFuture.completedFuture(null));
    }

    // ---- what the worker says -----------------------------------------------------------------------------------

    /**
     * The worker has room for a task here. Said twice it means the same.
     *
     * @return the task it works on, which it must finish first; null when it has room
     */
    TaskId ready() {
        synchronized (this) {
            if (state == State.BUSY && !expired) {
                return current.id();
            }
            if (state == State.BUSY) {
                forgetCurrent();
            } else if (state != State.NEW) {
                return null;
            }
            state = State.ASKING;
        }
        askForTask();
        return null;
    }

    /**
     * The worker came back with a task it was given on another connection: it is this slot's when the store says so, else the
     * worker is told to stop. Before {@link #ready} only.
     */
    CompletableFuture<?> resume(TaskId task) {
        CompletableFuture<Void> settled = new CompletableFuture<>();
        synchronized (this) {
            resuming = task;
            resumption = settled;
        }
        calls.inOrder(() -> calls.resume(task).thenAccept(assignment -> resumed(task, assignment.orElse(null))))
                .whenComplete((done, failure) -> settled.complete(null));
        return settled;
    }

    /** Runs before the next call is made: `gone` must know what the worker has. */
    private void resumed(TaskId task, Assignment assignment) {
        synchronized (this) {
            resuming = null;
            Assignment known = assignment == null ? null : sent.add(assignment);
            chunks.settle(known);
            if (known != null) {
                if (state == State.NEW) {
                    begin(known, assignment.remainingMs());
                }
                return;
            }
        }
        connection.send(new ToWorker.Cancel(task.text()));
    }

    /** Whether the worker has, or had, this task here. */
    synchronized boolean had(String taskId) {
        return sent.containsTask(taskId) || resuming != null && resuming.text().equals(taskId);
    }

    /** How far it is with its task; false when it does not work on that, and nothing is noted. */
    boolean progress(String taskId, Progress said) {
        Assignment works;
        synchronized (this) {
            if (state != State.BUSY || !current.id().text().equals(taskId)) {
                return false;
            }
            works = expired ? null : current;
        }
        if (works != null) {
            progress.add(works, said);
        }
        return true;
    }

    /**
     * A piece of its task's result; false when it does not work on that, and nothing is kept.
     *
     * @param json null for one that is lost
     * @param stored runs once, when it need not be kept in memory any more
     */
    boolean chunk(String taskId, byte[] json, Runnable stored) {
        synchronized (this) {
            if (resuming != null && resuming.text().equals(taskId)) {
                chunks.add(null, json, stored);
                return true;
            }
            boolean works = state == State.BUSY && current.id().text().equals(taskId);
            if (works && !expired) {
                chunks.add(current, json, stored);
                return true;
            }
            stored.run();
            return works;
        }
    }

    /**
     * The worker's answer to a task, its own or, after its former gateway was lost, one it was given there.
     *
     * @return completes when the value is needed no more
     */
    CompletableFuture<AnswerResult> answer(String taskId, TaskStatus status, byte[] value) {
        CompletableFuture<?> settled;
        synchronized (this) {
            settled = resuming != null && resuming.text().equals(taskId) ? resumption : null;
        }
        Outcome outcome = Outcome.answer(status, value);
        return settled == null
                ? answers.bring(taskId, outcome)
                : settled.thenCompose(done -> answers.bring(taskId, outcome));
    }

    /** The worker's current assignment, when it is of this task: it is answered now. Else null. */
    synchronized Assignment takeOff(String taskId) {
        if (state != State.BUSY || !current.id().text().equals(taskId)) {
            return null;
        }
        Assignment answered = current;
        forgetCurrent();
        state = State.ASKING;
        return answered;
    }

    /** The store has said what became of the answer, and what is next. */
    void goOn(Replies.Completed reply) {
        boolean leave;
        synchronized (this) {
            leave = draining && state != State.CLOSED;
            if (!leave && state == State.ASKING && reply.next() == null) {
                state = State.IDLE;
            }
        }
        if (leave) {
            release();
        } else if (reply.next() != null) {
            deliver(reply.next());
        } else if (reply.outcome() == Replies.Completed.Outcome.UNKNOWN) {
            // Redis may know the worker no more than the task.
            audit();
        }
    }

    /** Whether the worker is to hear what became of its answers. */
    boolean isToldOfAnswers() {
        return connection.saidHello();
    }

    /** The connection is closed; {@code error} is what its task fails with, if it does. Said twice it means the same. */
    void closed(Departure how, String error) {
        if (close()) {
            leave(how, error).whenComplete((left, failure) -> connection.gone(this));
        }
    }

    private boolean close() {
        synchronized (this) {
            if (state == State.CLOSED) {
                return false;
            }
            state = State.CLOSED;
        }
        progress.close();
        return true;
    }

    private CompletableFuture<Void> leave(Departure how, String error) {
        // What was sent is known when the calls before this one are answered.
        return calls.inOrder(() -> calls.gone(epoch(), how, error, lastSent()));
    }

    private synchronized String lastSent() {
        return sent.lastKey();
    }

    // ---- what the store says ------------------------------------------------------------------------------------

    /** Sends an assignment that is claimed for this worker, unless it was sent before; then it says false. */
    boolean deliver(Assignment assignment) {
        synchronized (this) {
            if (state == State.CLOSED || sent.contains(assignment)) {
                return false;
            }
            expired = false;
            begin(sent.add(assignment), assignment.remainingMs());
        }
        connection.send(new ToWorker.Task(assignment.id().text(), RawJson.of(assignment.payload())));
        calls.delivered(assignment);
        return true;
    }

    /** Tells the worker when its task's time is over, or has that watched; the store ends the task by itself. */
    public void checkDeadline(long nowNanos) {
        // Nearly all are idle; what begins just now is watched from there.
        if (state != State.BUSY) {
            return;
        }
        TaskId overdue;
        synchronized (this) {
            if (state != State.BUSY || expired) {
                return;
            }
            if (nowNanos - deadlineNanos < 0) {
                connection.watchDeadline(deadlineNanos);
                return;
            }
            expired = true;
            overdue = current.id();
        }
        connection.send(new ToWorker.Cancel(overdue.text()));
    }

    /** Its task was cancelled: tells it. Its slot is free when it answers, or says that it is ready. */
    void cancelled(TaskId id) {
        synchronized (this) {
            if (state != State.BUSY || expired || !current.id().equals(id)) {
                return;
            }
            expired = true;
        }
        connection.send(new ToWorker.Cancel(id.text()));
    }

    private void askForTask() {
        calls.inOrder(() -> calls.ready().thenCompose(this::asked));
    }

    private CompletableFuture<Void> asked(Replies.Ready reply) {
        switch (reply.word()) {
            case IDLE -> idle();
            case TASK -> {
                // Sent before: the worker is ready again, but Redis does not know yet that its task is overdue.
                if (!deliver(reply.task())) {
                    askAgainSoon();
                }
            }
            case UNKNOWN, GONE -> {
                return rejoinNow(null).thenRun(this::askAgainSoon);
            }
            // BUSY: an assignment is on its way, by hint or by the next beat.
            default -> askAgainSoon();
        }
        return CompletableFuture.completedFuture(null);
    }

    private void askAgainSoon() {
        idle();
        scheduler.schedule(this::audit, ASK_AGAIN_MS);
    }

    private synchronized void idle() {
        if (state == State.ASKING) {
            state = State.IDLE;
        }
    }

    /** Believed idle, but not by the store, or the store forgot us: says again what is so. */
    public void audit() {
        synchronized (this) {
            if (state != State.IDLE || draining) {
                return;
            }
            state = State.ASKING;
        }
        askForTask();
    }

    /** Redis forgot this gateway, or gave it up: registers the worker anew, with what it works on. */
    public void rejoin() {
        Assignment works;
        synchronized (this) {
            if (state == State.CLOSED) {
                return;
            }
            works = current;
        }
        // An answer that was under way may have found the worker gone and freed nothing: asked for a task in any case.
        calls.inOrder(() -> rejoinNow(works)).thenRun(this::audit);
    }

    private CompletableFuture<Void> rejoinNow(Assignment works) {
        int next;
        synchronized (this) {
            next = ++epoch;
        }
        return register(next, works);
    }

    // ---- drain --------------------------------------------------------------------------------------------------

    /** Takes no further task: leaves now, or when the current one is answered. */
    void drain() {
        synchronized (this) {
            draining = true;
            if (state == State.BUSY && !expired || state == State.CLOSED) {
                return;
            }
        }
        release();
    }

    /** Leaves now, whatever it works on: its answer will count through another gateway, within the grace time. */
    CompletableFuture<Void> release() {
        if (!close()) {
            return CompletableFuture.completedFuture(null);
        }
        // Redis knows first: the worker may be back elsewhere a millisecond after its socket closed.
        return leave(Departure.RELEASED, "Worker disconnected")
                .orTimeout(3, TimeUnit.SECONDS)
                .whenComplete((left, failure) -> {
                    connection.released();
                    // Last: a stopping gateway waits until it knows no worker any more.
                    connection.gone(this);
                });
    }

    synchronized boolean isDraining() {
        return draining;
    }

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

    synchronized boolean worksOn(TaskId task) {
        return state != State.IDLE && sent.lastIs(task);
    }

    /** How long ago the last frame of its worker came, in ms. */
    public long silentMs() {
        return connection.silentMs();
    }

    boolean isNew() {
        return state == State.NEW;
    }

    public synchronized boolean isIdle() {
        return state == State.IDLE;
    }

    synchronized boolean isClosed() {
        return state == State.CLOSED;
    }

    private synchronized int epoch() {
        return epoch;
    }

    private void begin(Assignment assignment, long remainingMs) {
        state = State.BUSY;
        current = assignment;
        deadlineNanos = scheduler.nanoTime() + remainingMs * 1_000_000;
        connection.watchDeadline(deadlineNanos);
    }

    private void forgetCurrent() {
        current = null;
        expired = false;
    }

    @Override
    public String toString() {
        return key.id();
    }
}
