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
 * One slot of a worker, to the store a worker: brings what the worker says to the store, and what the store says to the worker, in
 * the order in which it happened. What the slot does at the moment is its {@link SlotState}.
 *
 * <p>Threads: frames come on WebSocket threads, replies on the store's thread, timers on the timer. Join, ready, complete and gone
 * reach Redis in the order in which they happened ({@link SlotCalls#inOrder}); only a {@link AdoptedAnswer} goes beside them.
 */
public final class Slot {

    private static final long ASK_AGAIN_MS = 100;

    private final WorkerConnection connection;
    private final SlotKey key;
    private final SlotState state;
    private final SlotCalls calls;
    private final SlotAnswers answers;
    private final ProgressNotes progress;
    private final ChunkWriter chunks;
    private final Scheduler scheduler;

    /** The task that the worker came back with, until the store has said which slot has it. Guarded by this object, as is the next. */
    private TaskId resuming;
    /** Completes when the store has said that. */
    private CompletableFuture<Void> resumption;

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
        state = new SlotState(scheduler, connection::watchDeadline);
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
        return calls.inOrder(() -> register(state.epoch(), null));
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
        TaskId works = state.busyWith();
        if (works == null && state.ready()) {
            askForTask();
        }
        return works;
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
            chunks.settle(assignment == null ? null : state.resume(assignment));
        }
        if (assignment == null) {
            connection.send(new ToWorker.Cancel(task.text()));
        }
    }

    private synchronized boolean isResuming(String taskId) {
        return resuming != null && resuming.text().equals(taskId);
    }

    /** Whether the worker has, or had, this task here. */
    boolean had(String taskId) {
        return state.had(taskId) || isResuming(taskId);
    }

    /** How far it is with its task; false when it does not work on that, and nothing is noted. */
    boolean progress(String taskId, Progress said) {
        SlotState.Work work = state.workOn(taskId);
        if (work != null && !work.expired()) {
            progress.add(work.assignment(), said);
        }
        return work != null;
    }

    /**
     * A piece of its task's result; false when it does not work on that, and nothing is kept.
     *
     * @param json null for one that is lost
     * @param stored runs once, when it need not be kept in memory any more
     */
    synchronized boolean chunk(String taskId, byte[] json, Runnable stored) {
        if (isResuming(taskId)) {
            chunks.add(null, json, stored);
            return true;
        }
        SlotState.Work work = state.workOn(taskId);
        if (work != null && !work.expired()) {
            chunks.add(work.assignment(), json, stored);
        } else {
            stored.run();
        }
        return work != null;
    }

    /**
     * The worker's answer to a task, its own or, after its former gateway was lost, one it was given there.
     *
     * @return completes when the value is needed no more
     */
    CompletableFuture<AnswerResult> answer(String taskId, TaskStatus status, byte[] value) {
        CompletableFuture<?> settled;
        synchronized (this) {
            settled = isResuming(taskId) ? resumption : null;
        }
        Outcome outcome = Outcome.answer(status, value);
        return settled == null
                ? answers.bring(taskId, outcome)
                : settled.thenCompose(done -> answers.bring(taskId, outcome));
    }

    /** What the worker works on, when it is of this task: it is answered now. Else null. */
    SlotState.Work takeOff(String taskId) {
        return state.takeOff(taskId);
    }

    /** The store has said what became of the answer, and what is next. */
    void goOn(Replies.Completed reply) {
        if (state.answered(reply.next() != null)) {
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
        progress.close();
        return state.close();
    }

    private CompletableFuture<Void> leave(Departure how, String error) {
        // What was sent is known when the calls before this one are answered.
        return calls.inOrder(() -> calls.gone(state.epoch(), how, error, state.lastSent()));
    }

    // ---- what the store says ------------------------------------------------------------------------------------

    /** Sends an assignment that is claimed for this worker, unless it was sent before; then it says false. */
    boolean deliver(Assignment assignment) {
        if (!state.begin(assignment)) {
            return false;
        }
        connection.send(new ToWorker.Task(assignment.id().text(), RawJson.of(assignment.payload())));
        calls.delivered(assignment);
        return true;
    }

    /** Tells the worker when its task's time is over, or has that watched; the store ends the task by itself. */
    public void checkDeadline(long nowNanos) {
        TaskId overdue = state.expire(nowNanos);
        if (overdue != null) {
            connection.send(new ToWorker.Cancel(overdue.text()));
        }
    }

    /** Its task was cancelled: tells the worker. The slot is free when the worker answers, or says that it is ready. */
    void cancelled(TaskId id) {
        if (state.cancel(id)) {
            connection.send(new ToWorker.Cancel(id.text()));
        }
    }

    private void askForTask() {
        calls.inOrder(() -> calls.ready().thenCompose(this::asked));
    }

    private CompletableFuture<Void> asked(Replies.Ready reply) {
        switch (reply.word()) {
            case IDLE -> state.idle();
            case TASK -> {
                // Sent before: the worker is ready again, but Redis does not know yet that its task is overdue.
                if (!deliver(reply.task())) {
                    askAgainSoon();
                }
            }
            case UNKNOWN, GONE -> {
                return register(state.nextEpoch(), null).thenRun(this::askAgainSoon);
            }
            // BUSY: an assignment is on its way, by hint or by the next beat.
            default -> askAgainSoon();
        }
        return CompletableFuture.completedFuture(null);
    }

    private void askAgainSoon() {
        state.idle();
        scheduler.schedule(this::audit, ASK_AGAIN_MS);
    }

    /** Believed idle, but not by the store, or the store forgot us: says again what is so. */
    public void audit() {
        if (state.askAgain()) {
            askForTask();
        }
    }

    /** Redis forgot this gateway, or gave it up: registers the worker anew, with what it works on. */
    public void rejoin() {
        if (state.isClosed()) {
            return;
        }
        Assignment works = state.current();
        // An answer that was under way may have found the worker gone and freed nothing: asked for a task in any case.
        calls.inOrder(() -> register(state.nextEpoch(), works)).thenRun(this::audit);
    }

    // ---- drain --------------------------------------------------------------------------------------------------

    /** Takes no further task: leaves now, or when the current one is answered. */
    void drain() {
        if (state.drain()) {
            release();
        }
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

    boolean isDraining() {
        return state.isDraining();
    }

    /** See {@link SlotState#works}. */
    boolean works(long overrunLimitMs) {
        return state.works(overrunLimitMs);
    }

    /** Whether it has this task, or is bringing its answer to the store. */
    boolean worksOn(TaskId task) {
        return state.worksOn(task);
    }

    /** How long ago the last frame of its worker came, in ms. */
    public long silentMs() {
        return connection.silentMs();
    }

    boolean isNew() {
        return state.isNew();
    }

    public boolean isIdle() {
        return state.isIdle();
    }

    boolean isClosed() {
        return state.isClosed();
    }

    @Override
    public String toString() {
        return key.id();
    }
}
