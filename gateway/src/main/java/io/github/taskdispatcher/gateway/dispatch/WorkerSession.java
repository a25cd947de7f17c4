package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.store.Assignment;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.store.Replies;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import io.github.taskdispatcher.wire.RawJson;
import io.github.taskdispatcher.wire.ToWorker;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * One worker's connection: whether it is free, which assignment it works on, and the events of both sides in order.
 *
 * <p>Threads: frames come on WebSocket threads, replies on the store's thread, timers on the timer; the state is guarded
 * by this object's lock, which is never held while something is awaited. Join, ready, complete and gone reach Redis in the
 * order in which they happened ({@link CallsInOrder}); only a {@link BroughtAnswer} goes beside them.
 */
public final class WorkerSession {

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
    private static final long GREET_WITHOUT_REDIS_MS = 500;

    private final Dispatcher dispatcher;
    private final WorkerSocket socket;
    private final String id;
    private final GroupName group;
    private final SentAssignments sent = new SentAssignments();
    private final CallsInOrder calls;

    private volatile State state = State.NEW;
    private int epoch = 1;
    private Assignment current;
    private boolean expired;
    private boolean greeted;
    private boolean draining;
    /** Of the current assignment, {@link System#nanoTime}; means nothing without one. */
    private long deadlineNanos;

    private volatile long lastFrameNanos = System.nanoTime();

    WorkerSession(Dispatcher dispatcher, WorkerSocket socket, String id, GroupName group) {
        this.dispatcher = dispatcher;
        this.socket = socket;
        this.id = id;
        this.group = group;
        calls = new CallsInOrder(dispatcher.retry(), dispatcher::isStopped);
    }

    /** {@code W<n>-<8 hex>}, unique over all gateways and restarts. */
    public String id() {
        return id;
    }

    public GroupName group() {
        return group;
    }

    void open(long readyAfterMs) {
        calls.then(() -> dispatcher.groups().use(group));
        // Greeted when every gateway knows it: a client told of the worker then gets no "No worker available".
        calls.then(() -> dispatcher.store().join(group, id, epoch(), null)).thenRun(this::greet);
        dispatcher.timer().schedule(this::greet, GREET_WITHOUT_REDIS_MS, TimeUnit.MILLISECONDS);
        dispatcher.timer().schedule(this::readyUnlessHeard, readyAfterMs, TimeUnit.MILLISECONDS);
    }

    private void greet() {
        synchronized (this) {
            if (greeted) {
                return;
            }
            greeted = true;
            // Within the lock: no task may overtake it.
            socket.send(new ToWorker.Connected(id, "Connected to Task Dispatcher"));
        }
    }

    // ---- what the worker says -----------------------------------------------------------------------------------

    /** A frame, any frame, came in. */
    public void heard() {
        lastFrameNanos = System.nanoTime();
    }

    /** The worker is ready for a task. Said twice it means the same; said while it works it is refused. */
    public void ready() {
        synchronized (this) {
            if (state == State.BUSY && !expired) {
                socket.send(new ToWorker.Error(
                        "busy",
                        "ready was ignored: finish the current task first",
                        current.id().text()));
                return;
            }
            if (state == State.BUSY) {
                forgetCurrent();
            } else if (state != State.NEW) {
                return;
            }
            state = State.ASKING;
        }
        askForTask();
    }

    private void readyUnlessHeard() {
        greet();
        synchronized (this) {
            if (state != State.NEW || draining) {
                return;
            }
        }
        ready();
    }

    /**
     * The worker's answer to a task, its own or, after its former gateway was lost, one it was given there.
     *
     * @return completes when the value is needed no more; true when the worker was to answer this task
     */
    public CompletableFuture<Boolean> answer(String taskId, TaskStatus status, byte[] value) {
        Outcome outcome = Outcome.answer(status, value);
        Assignment answered;
        synchronized (this) {
            answered = current;
            if (answered == null || !answered.id().text().equals(taskId) || state != State.BUSY) {
                answered = null;
            } else {
                forgetCurrent();
                state = State.ASKING;
            }
        }
        if (answered == null) {
            return answerToOther(taskId, outcome);
        }
        Assignment done = answered;
        return calls.then(() -> dispatcher
                .store()
                .complete(group, done.id(), id, done.token(), outcome, 0, isDraining())
                .thenApply(reply -> {
                    completed(done, outcome, reply);
                    return true;
                }));
    }

    private void completed(Assignment done, Outcome outcome, Replies.Completed reply) {
        if (reply.outcome() == Replies.Completed.Outcome.RECORDED) {
            dispatcher.journal().ended(group, done.id(), id, outcome);
        }
        switch (reply.outcome()) {
            // UNKNOWN: Redis lost the task; whoever waits for it here still gets what was worked out.
            case RECORDED, REPLAYED, UNKNOWN -> dispatcher.ended(done.id(), outcome);
            default -> dispatcher.checkWaiter(done.id());
        }
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

    private CompletableFuture<Boolean> answerToOther(String taskId, Outcome outcome) {
        TaskId other = TaskId.parse(taskId).filter(it -> it.mayBeOf(group)).orElse(null);
        boolean repeated;
        synchronized (this) {
            repeated = state == State.CLOSED || sent.containsTask(taskId);
        }
        if (repeated) {
            return CompletableFuture.completedFuture(false);
        }
        if (other == null) {
            refuse(taskId);
            return CompletableFuture.completedFuture(false);
        }
        return new BroughtAnswer(dispatcher, this, other, outcome).offer().thenApply(counted -> {
            if (!counted) {
                refuse(taskId);
            }
            return counted;
        });
    }

    private void refuse(String taskId) {
        socket.send(new ToWorker.Error("not_assigned", "this task is not assigned to this worker", taskId));
    }

    /** The connection is closed; {@code error} is what its task fails with. Said twice it means the same. */
    public void closed(String error) {
        if (close()) {
            leave(false, error)
                    .whenComplete((left, failure) -> dispatcher.workers().closed(this));
        }
    }

    private boolean close() {
        synchronized (this) {
            if (state == State.CLOSED) {
                return false;
            }
            state = State.CLOSED;
        }
        return true;
    }

    private CompletableFuture<Void> leave(boolean released, String error) {
        String lastSent;
        synchronized (this) {
            lastSent = sent.lastKey();
        }
        return calls.then(() -> dispatcher.store().gone(group, id, epoch(), released, error, lastSent))
                .thenRun(() -> dispatcher.journal().left(group, id, lastSent));
    }

    // ---- what the store says ------------------------------------------------------------------------------------

    /** Sends an assignment that is claimed for this worker, unless it was sent before; then it says false. */
    boolean deliver(Assignment assignment) {
        synchronized (this) {
            if (state == State.CLOSED || sent.contains(assignment)) {
                return false;
            }
            expired = false;
            state = State.BUSY;
            current = sent.add(assignment);
            deadlineNanos = System.nanoTime() + assignment.remainingMs() * 1_000_000;
        }
        socket.send(new ToWorker.Task(assignment.id().text(), RawJson.of(assignment.payload())));
        dispatcher.journal().delivered(group, assignment, id);
        return true;
    }

    /** Tells the worker when its task's time is over; the store ends the task by itself. */
    void checkDeadline(long nowNanos) {
        // Nearly all are idle; what is missed here is seen next time.
        if (state != State.BUSY) {
            return;
        }
        TaskId overdue;
        synchronized (this) {
            if (state != State.BUSY || expired || nowNanos < deadlineNanos) {
                return;
            }
            expired = true;
            overdue = current.id();
        }
        socket.send(new ToWorker.Cancel(overdue.text()));
    }

    /** Its task was cancelled: tells it. Its slot is free when it answers, or says that it is ready. */
    void cancelled(TaskId id) {
        synchronized (this) {
            if (state != State.BUSY || expired || !current.id().equals(id)) {
                return;
            }
            expired = true;
        }
        socket.send(new ToWorker.Cancel(id.text()));
    }

    private void askForTask() {
        calls.then(() -> dispatcher.store().ready(group, id).thenCompose(this::asked));
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
        dispatcher.timer().schedule(this::audit, ASK_AGAIN_MS, TimeUnit.MILLISECONDS);
    }

    private synchronized void idle() {
        if (state == State.ASKING) {
            state = State.IDLE;
        }
    }

    /** Believed idle, but not by the store, or the store forgot us: says again what is so. */
    void audit() {
        synchronized (this) {
            if (state != State.IDLE || draining) {
                return;
            }
            state = State.ASKING;
        }
        askForTask();
    }

    /** Redis forgot this gateway, or gave it up: registers the worker anew, with what it works on. */
    void rejoin() {
        Assignment works;
        synchronized (this) {
            if (state == State.CLOSED) {
                return;
            }
            works = current;
        }
        // An answer that was under way may have found the worker gone and freed nothing: asked for a task in any case.
        calls.then(() -> rejoinNow(works)).thenRun(this::audit);
    }

    private CompletableFuture<Void> rejoinNow(Assignment works) {
        int next;
        synchronized (this) {
            next = ++epoch;
        }
        return dispatcher
                .groups()
                .use(group)
                .thenCompose(used -> dispatcher.store().join(group, id, next, works))
                .thenApply(joined -> null);
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
        return leave(true, "Worker disconnected").orTimeout(3, TimeUnit.SECONDS).whenComplete((left, failure) -> {
            socket.close(1012, "gateway restarts, please reconnect");
            // Last: a stopping gateway waits until it knows no worker any more.
            dispatcher.workers().closed(this);
        });
    }

    private synchronized boolean isDraining() {
        return draining;
    }

    // ---- liveness -----------------------------------------------------------------------------------------------

    /**
     * Pings; an idle worker that was silent for too long is dead. A busy one may be unable to answer: its deadline decides,
     * and after that as much time again as any task may have.
     */
    void ping(long silenceLimitMs, long overrunLimitMs) {
        boolean busy;
        synchronized (this) {
            if (state == State.CLOSED) {
                return;
            }
            boolean overrun = expired && (System.nanoTime() - deadlineNanos) / 1_000_000 > overrunLimitMs;
            busy = state == State.BUSY && !overrun;
        }
        if (busy) {
            lastFrameNanos = System.nanoTime();
        } else if ((System.nanoTime() - lastFrameNanos) / 1_000_000 > silenceLimitMs) {
            closed("Worker disconnected");
            socket.close(1001, "no sign of life");
            return;
        }
        socket.ping();
    }

    synchronized boolean worksOn(TaskId task) {
        return state != State.IDLE && sent.lastIs(task);
    }

    /** How long ago the last frame came, in ms. */
    long silentMs() {
        return (System.nanoTime() - lastFrameNanos) / 1_000_000;
    }

    synchronized boolean isIdle() {
        return state == State.IDLE;
    }

    synchronized boolean isClosed() {
        return state == State.CLOSED;
    }

    private synchronized int epoch() {
        return epoch;
    }

    private void forgetCurrent() {
        current = null;
        expired = false;
    }

    @Override
    public String toString() {
        return id;
    }
}
