package io.github.taskdispatcher.gateway.worker;

import io.github.taskdispatcher.gateway.background.Scheduler;
import io.github.taskdispatcher.gateway.store.Departure;
import io.github.taskdispatcher.gateway.store.GroupStore;
import io.github.taskdispatcher.gateway.store.ModelStore.Refusal;
import io.github.taskdispatcher.gateway.store.Progress;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import io.github.taskdispatcher.wire.FromWorker;
import io.github.taskdispatcher.wire.ToWorker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One worker's socket: greets the worker, hears what it says of itself, and brings what it says of a task to the slot that
 * has it. Each slot is a {@link Slot}, to the store a worker of its own; a plain worker has one.
 *
 * <p>Any thread. Its lock is never taken while a slot's is held.
 */
public final class WorkerConnection {

    private static final long GREET_WITHOUT_REDIS_MS = 500;

    private final Workers workers;
    private final WorkerIdentity identity;
    private final WorkerSocket socket;
    private final Scheduler scheduler;
    private final GroupEntry entry;
    private final RefusedModels refusedModels = new RefusedModels();
    /** The first is there from the beginning. */
    private final List<Slot> slots = new CopyOnWriteArrayList<>();

    private volatile FromWorker.Hello hello;
    /** Ends when the store has said which slot has each task that the worker came back with. */
    private CompletableFuture<?> resumed = CompletableFuture.completedFuture(null);

    /** How many slots have left for another gateway. */
    private final AtomicInteger left = new AtomicInteger();

    private boolean greeted;
    private boolean draining;
    private volatile boolean closed;
    private volatile long lastFrameNanos;

    WorkerConnection(Workers workers, WorkerIdentity identity, WorkerSocket socket, Scheduler scheduler) {
        this.workers = workers;
        this.identity = identity;
        this.socket = socket;
        this.scheduler = scheduler;
        entry = new GroupEntry(workers, identity);
        lastFrameNanos = scheduler.nanoTime();
        slots.add(workers.slot(this, identity.group(), slotId(1)));
    }

    /** {@code W<n>-<8 hex>} for the first, {@code W<n>.<slot>-<8 hex>} for the others. */
    private String slotId(int slot) {
        return slot == 1 ? identity.id() : identity.id().replace("-", "." + slot + "-");
    }

    /** That of its first slot: {@code W<n>-<8 hex>}, unique over all gateways and restarts. */
    public String id() {
        return identity.id();
    }

    public GroupName group() {
        return identity.group();
    }

    /** The holder of the worker's key, or the address it connected from: what quotas are counted by. */
    public String holder() {
        return identity.holder();
    }

    /** All of them, those that have left too. */
    public List<Slot> slots() {
        return slots;
    }

    /** What it said of itself; null for nothing. */
    public FromWorker.Hello hello() {
        return hello;
    }

    /** The models it declared. */
    public List<String> models() {
        FromWorker.Hello said = hello;
        return said == null ? List.of() : said.models();
    }

    /** The store refused some models of the group's workers here: those among them that are this worker's. */
    public void modelsRefused(Map<String, Refusal> refused) {
        Map<String, Refusal> before = refusedModels.now();
        refusedModels.note(identity.group(), models(), refused).forEach(this::send);
        if (!refusedModels.now().equals(before) && !closed) {
            workers.modelsRefused(identity, refusedModels.now().values());
        }
    }

    void open(long readyAfterMs) {
        Slot first = slots.get(0);
        workers.joined(first);
        // Greeted when every gateway knows it: a client told of the worker then gets no "No worker available".
        first.open().thenRun(this::greet);
        scheduler.schedule(this::greet, GREET_WITHOUT_REDIS_MS);
        scheduler.schedule(() -> readyUnlessHeard(first), readyAfterMs);
    }

    /** Whether the store has let the worker into its group. */
    public boolean hasEntered() {
        return entry.isEntered();
    }

    /** The store has let the worker into its group, or there are too many groups: then it is told so and sent away. */
    boolean enter(GroupStore.Entry word) {
        if (word != GroupStore.Entry.KEPT) {
            refuse(word);
            return false;
        }
        entry.enter();
        if (closed) {
            entry.depart();
        }
        return true;
    }

    private void refuse(GroupStore.Entry why) {
        synchronized (this) {
            if (greeted && closed) {
                return;
            }
            greeted = true;
        }
        send(new ToWorker.Error("too_many_groups", entry.refusal(why), null));
        closed(Departure.CLOSED, "Worker disconnected");
        socket.close(1013, "too many groups");
    }

    private void greet() {
        synchronized (this) {
            if (greeted) {
                return;
            }
            greeted = true;
            // Within the lock: no task may overtake it.
            socket.send(new ToWorker.Connected(identity.id(), "Connected to Task Dispatcher"));
        }
    }

    private void readyUnlessHeard(Slot first) {
        greet();
        synchronized (this) {
            // A worker that sends hello also sends ready.
            if (hello != null || draining) {
                return;
            }
        }
        if (first.isNew()) {
            first.ready();
        }
    }

    // ---- what the worker says -----------------------------------------------------------------------------------

    /** A frame, any frame, came in. */
    public void heard() {
        lastFrameNanos = scheduler.nanoTime();
    }

    /** What the worker is; refused once it is ready. Opens its slots, and asks for the tasks it came back with. */
    public void hello(FromWorker.Hello said) {
        List<Slot> more = new ArrayList<>();
        synchronized (this) {
            if (closed) {
                return;
            }
            if (hello != null || !slots.get(0).isNew()) {
                send(new ToWorker.Error("bad_message", "hello is said once, before ready", null));
                return;
            }
            hello = said;
            for (int slot = 2; slot <= said.slots(); slot++) {
                more.add(workers.slot(this, identity.group(), slotId(slot)));
            }
            slots.addAll(more);
            // While this runs no caller learns that the worker is ready.
            for (Slot slot : more) {
                workers.joined(slot);
                slot.open();
            }
            resumed = resume(said.resume());
            if (draining) {
                more.forEach(Slot::drain);
            }
        }
        workers.introduced(identity, said);
    }

    private CompletableFuture<Void> resume(List<String> taskIds) {
        List<CompletableFuture<?>> asked = new ArrayList<>();
        for (String taskId : taskIds) {
            Optional<TaskId> id = TaskId.parse(taskId).filter(it -> it.mayBeOf(identity.group()));
            if (id.isPresent() && asked.size() < slots.size()) {
                asked.add(slots.get(asked.size()).resume(id.get()));
            } else {
                send(new ToWorker.Cancel(taskId));
            }
        }
        return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new));
    }

    /** The worker is ready for tasks. Said twice it means the same; said while all slots work it is refused. */
    public void ready() {
        CompletableFuture<?> settled;
        synchronized (this) {
            settled = resumed;
        }
        settled.whenComplete((done, failure) -> readySlots());
    }

    private void readySlots() {
        TaskId busyWith = null;
        int busy = 0;
        for (Slot slot : slots) {
            TaskId task = slot.ready();
            if (task != null) {
                busyWith = task;
                busy++;
            }
        }
        if (busy > 0 && busy == slots.size()) {
            send(new ToWorker.Error("busy", "ready was ignored: finish the current task first", busyWith.text()));
        }
    }

    /** How far the worker is with a task; false when it does not work on that, and nothing is noted. */
    public boolean progress(String taskId, Double share, String message) {
        return slotOf(taskId).progress(taskId, new Progress(share, message));
    }

    /**
     * A piece of a task's result; refused when the worker does not work on that.
     *
     * @param json null for one that is lost
     * @param stored runs once, when it need not be kept in memory any more
     * @return false when it was of no use
     */
    public boolean chunk(String taskId, byte[] json, Runnable stored) {
        boolean works = slotOf(taskId).chunk(taskId, json, stored);
        if (!works) {
            refuse(taskId, "this task is not assigned to this worker");
        }
        return works;
    }

    /**
     * The worker's answer to a task, its own or, after its former connection was lost, one it was given there.
     *
     * @return completes when the value is needed no more; false when the answer was of no use
     */
    public CompletableFuture<Boolean> answer(String taskId, TaskStatus status, byte[] value) {
        return slotOf(taskId).answer(taskId, status, value).thenApply(answered -> {
            if (hello != null) {
                tell(taskId, answered);
            } else if (answered == AnswerResult.FOREIGN) {
                refuse(taskId, "this task is not assigned to this worker");
            }
            return answered == AnswerResult.RECORDED || answered == AnswerResult.LATE;
        });
    }

    /** A worker that said hello sends its answer until it hears of it. */
    private void tell(String taskId, AnswerResult answered) {
        switch (answered) {
            case RECORDED, REPEATED -> send(new ToWorker.Ack(taskId));
            case LATE -> refuse(taskId, "this task has ended without this answer");
            case FOREIGN -> refuse(taskId, "this task is not assigned to this worker");
            default -> {}
        }
    }

    private void refuse(String taskId, String why) {
        send(new ToWorker.Error("not_assigned", why, taskId));
    }

    private Slot slotOf(String taskId) {
        for (Slot slot : slots) {
            if (slot.had(taskId)) {
                return slot;
            }
        }
        return slots.get(0);
    }

    /** Whether it is to be told what became of its answers. */
    boolean saidHello() {
        return hello != null;
    }

    /**
     * The socket is closed. A worker that did not say hello does not come back: {@link Departure#LOST} is then the same as
     * {@link Departure#CLOSED}.
     *
     * @param error what its tasks fail with, if they do
     */
    public void closed(Departure how, String error) {
        closed = true;
        Departure left = how == Departure.LOST && hello == null ? Departure.CLOSED : how;
        slots.forEach(slot -> slot.closed(left, error));
        entry.depart();
        workers.disconnected(this);
    }

    // ---- what its slots and the gateway say ---------------------------------------------------------------------

    /** The store knows that this slot has left. */
    void gone(Slot slot) {
        workers.gone(slot);
    }

    void watchDeadline(long deadlineNanos) {
        workers.watchDeadline(deadlineNanos);
    }

    void send(ToWorker message) {
        socket.send(message);
    }

    /** A slot has left for another gateway; the last takes the socket with it. */
    void released() {
        if (left.incrementAndGet() == slots.size()) {
            closed = true;
            entry.depart();
            socket.close(1012, "gateway restarts, please reconnect");
            workers.disconnected(this);
        }
    }

    /** Takes no further task: its free slots leave now, the others when their task is answered. */
    void drain() {
        synchronized (this) {
            draining = true;
        }
        slots.forEach(Slot::drain);
    }

    // ---- liveness -----------------------------------------------------------------------------------------------

    /**
     * Pings; an idle worker that was silent for too long is dead. A busy one may be unable to answer: the deadline of its task
     * decides, and after that as much time again as any task may have.
     */
    public void ping(long silenceLimitMs, long overrunLimitMs) {
        if (closed) {
            return;
        }
        if (works(overrunLimitMs)) {
            lastFrameNanos = scheduler.nanoTime();
        } else if (silentMs() > silenceLimitMs) {
            closed(Departure.CLOSED, "Worker disconnected");
            socket.close(1001, "no sign of life");
            return;
        }
        socket.ping();
    }

    private boolean works(long overrunLimitMs) {
        for (Slot slot : slots) {
            if (slot.works(overrunLimitMs)) {
                return true;
            }
        }
        return false;
    }

    /** How long ago the last frame came, in ms. */
    long silentMs() {
        return (scheduler.nanoTime() - lastFrameNanos) / 1_000_000;
    }

    public boolean isClosed() {
        return closed;
    }

    @Override
    public String toString() {
        FromWorker.Hello said = hello;
        return said == null || said.name() == null ? identity.id() : identity.id() + " (" + said.name() + ")";
    }
}
