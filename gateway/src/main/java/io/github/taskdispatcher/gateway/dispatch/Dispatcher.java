package io.github.taskdispatcher.gateway.dispatch;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.taskdispatcher.gateway.config.GatewayConfig;
import io.github.taskdispatcher.gateway.store.Assignment;
import io.github.taskdispatcher.gateway.store.LogEntry;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.store.Replies;
import io.github.taskdispatcher.gateway.store.Replies.Submitted;
import io.github.taskdispatcher.gateway.store.StoreException;
import io.github.taskdispatcher.gateway.store.TaskStore;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts tasks, hands assignments to the workers of this gateway, answers held requests. Any thread; nothing blocks. Its
 * futures complete on the store's thread: what follows them must not block either.
 */
public final class Dispatcher {

    private static final Logger log = LoggerFactory.getLogger(Dispatcher.class);

    /** What a held request waits beyond its task's timeout before it is answered without the store's word. */
    private static final long SLACK_MS = 1_500;

    private final TaskStore store;
    private final GatewayConfig config;
    private final ScheduledExecutorService timer;
    private final Retry retry;
    private final Groups groups;
    private final Journal journal;
    private final Waiters waiters = new Waiters();
    private final ConcurrentMap<String, WorkerSession> workers = new ConcurrentHashMap<>();
    private final AtomicLong workerNumber = new AtomicLong();
    private final String workerSuffix;
    private final Recorder recorder;
    private final List<Duty> duties;
    private volatile boolean draining;
    /** Drained: what still comes in is refused. */
    private volatile boolean refusing;

    private volatile boolean stopped;

    /**
     * @param journal where what happens is noted; recorded by a duty of this dispatcher
     * @param nonce eight hex digits no gateway had before; they stand in the ids of its workers
     * @param timer runs timers and duties; not closed here
     */
    public Dispatcher(
            TaskStore store, Journal journal, GatewayConfig config, String nonce, ScheduledExecutorService timer) {
        this.store = store;
        this.journal = journal;
        this.config = config;
        this.timer = timer;
        this.workerSuffix = "-" + nonce;
        retry = new Retry(timer);
        groups = new Groups(store, timer);
        recorder = new Recorder(this, journal);
        duties = List.of(
                new Heartbeat(this),
                new Sweeper(this),
                new WaiterReader(this),
                new HintWatcher(this),
                new IdleAuditor(this),
                new DeadlineWatcher(this),
                recorder,
                new Presence(this, journal),
                new Pinger(this, config.workers(), config.tasks().maxTimeoutMs()));
    }

    /** Begins to listen for hints and starts the duties. */
    public void start() {
        store.listen(new TaskStore.Hints() {
            @Override
            public void assigned(TaskId id, String workerId, String token) {
                claim(new Replies.Unclaimed(id, workerId, token));
            }

            @Override
            public void done(TaskId id, Outcome outcome) {
                if (outcome == null) {
                    checkWaiter(id);
                } else {
                    ended(id, outcome);
                }
            }

            @Override
            public void resync() {
                duties.forEach(Dispatcher.this::resyncBy);
            }
        });
        duties.forEach(Duty::start);
    }

    private void resyncBy(Duty duty) {
        if (duty instanceof Heartbeat || duty instanceof WaiterReader) {
            duty.round().exceptionally(failure -> null);
        }
    }

    // ---- tasks --------------------------------------------------------------------------------------------------

    /**
     * Runs a task.
     *
     * @param payload JSON for the worker
     * @param timeoutMs within the configured bounds
     * @param async whether to answer once it is accepted, else once it has ended
     * @param stored runs once, when the payload is needed no more
     */
    public CompletableFuture<Submission> submit(
            GroupName group, byte[] payload, long timeoutMs, boolean async, Runnable stored) {
        if (!async && waiters.size() >= config.limits().maxWaiters()) {
            stored.run();
            return CompletableFuture.completedFuture(new Submission.Overloaded());
        }
        TaskId id = TaskId.next(group);
        Waiters.Waiter waiter = async ? null : waiters.register(id, group, timeoutMs);
        if (refusing) {
            stored.run();
            waiters.answer(id, new Submission.Stopping());
            return CompletableFuture.completedFuture(new Submission.Stopping());
        }
        long notAfter = store.now() + TaskStore.CALL_TIME_MS;
        long giveUpAt = System.nanoTime() + TaskStore.CALL_TIME_MS * 1_000_000;
        return retry.untilAnswered(
                        () -> store.submit(group, id, payload, timeoutMs, !async, notAfter),
                        failure -> isRefused(failure) || System.nanoTime() > giveUpAt)
                .handle((reply, failure) -> {
                    stored.run();
                    if (failure != null) {
                        waiters.answer(id, new Submission.Unavailable());
                        log.warn("a task of group {} was not accepted: {}", group, failure.toString());
                        takeBack(group, id);
                        return CompletableFuture.<Submission>completedFuture(new Submission.Unavailable());
                    }
                    return accepted(group, id, payload, timeoutMs, reply, waiter);
                })
                .thenCompose(submission -> submission);
    }

    private CompletableFuture<Submission> accepted(
            GroupName group, TaskId id, byte[] payload, long timeoutMs, Submitted reply, Waiters.Waiter waiter) {
        if (reply.isAccepted()) {
            journal.accepted(group, id, payload, timeoutMs);
        }
        Submission refusal = null;
        TaskStatus status = TaskStatus.EXECUTING;
        if (reply instanceof Submitted.Assigned assigned) {
            deliver(assigned.workerId(), new Assignment(id, assigned.token(), timeoutMs, payload));
        } else if (reply instanceof Submitted.Exists exists) {
            status = exists.status();
            if (!exists.workerId().isEmpty()) {
                deliver(exists.workerId(), new Assignment(id, exists.token(), timeoutMs, payload));
            }
        } else if (reply instanceof Submitted.Queued) {
            status = TaskStatus.QUEUED;
        } else if (reply instanceof Submitted.NoWorker) {
            refusal = new Submission.NoWorker();
        } else if (reply instanceof Submitted.Full) {
            refusal = new Submission.QueueFull();
        } else if (reply instanceof Submitted.Late) {
            refusal = new Submission.Unavailable();
        }
        if (reply instanceof Submitted.Late) {
            // The last run was too late; an earlier one, whose reply was lost, may not have been.
            takeBack(group, id);
        }
        if (refusal != null) {
            journal.refused(group, refusal);
            waiters.answer(id, refusal);
            return CompletableFuture.completedFuture(refusal);
        }
        groups.use(group).exceptionally(failure -> null);
        if (waiter == null) {
            return CompletableFuture.completedFuture(new Submission.Accepted(id, status));
        }
        waiter.accepted().set(true);
        if (status.ended() || draining) {
            checkWaiter(id);
        }
        return waiter.future();
    }

    private void deliver(String workerId, Assignment assignment) {
        WorkerSession worker = workers.get(workerId);
        // A worker that has just left: its `gone`, which says what was sent, puts the task back.
        if (worker != null) {
            worker.deliver(assignment);
        }
    }

    private static boolean isRefused(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return cause instanceof StoreException refusal && refusal.isRefused();
    }

    /** The client was told 503: what an unanswered submit may have stored must not run. */
    private void takeBack(GroupName group, TaskId id) {
        long giveUpAt =
                System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(config.tasks().maxTimeoutMs());
        retry.untilAnswered(() -> store.withdraw(group, id), failure -> stopped || System.nanoTime() > giveUpAt)
                .thenAccept(word -> {
                    if (word == Replies.Withdrawn.RUNNING) {
                        log.warn("task {} runs although its client was told 503: the reply of Redis was lost", id);
                    }
                });
    }

    /** The task as a client may see it; empty when there is none. */
    public CompletableFuture<Optional<Replies.TaskView>> look(TaskId id) {
        return groups.of(id).thenCompose(candidates -> firstOf(candidates, 0, group -> store.look(group, id)));
    }

    /** The value of an ended task, whatever its size; empty when it has expired. */
    public CompletableFuture<Optional<byte[]>> value(TaskId id) {
        return groups.of(id).thenCompose(candidates -> firstOf(candidates, 0, group -> store.value(group, id)));
    }

    /** The groups there are, as of less than a second ago. */
    public Set<GroupName> knownGroups() {
        return groups.known();
    }

    /** The groups a task of this id may be in: nearly always one, none for an id nobody gave out. */
    public CompletableFuture<List<GroupName>> groupsOf(TaskId id) {
        return groups.of(id);
    }

    private static <T> CompletableFuture<Optional<T>> firstOf(
            List<GroupName> candidates, int index, Function<GroupName, CompletableFuture<Optional<T>>> read) {
        if (index == candidates.size()) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        return read.apply(candidates.get(index))
                .thenCompose(found -> found.isPresent()
                        ? CompletableFuture.completedFuture(found)
                        : firstOf(candidates, index + 1, read));
    }

    /** The task has this outcome: tells the request held here, if any. */
    void ended(TaskId id, Outcome outcome) {
        waiters.ended(id, outcome);
    }

    /** Reads whether the task a request is held for has ended. */
    CompletableFuture<Void> checkWaiter(TaskId id) {
        Waiters.Waiter waiter = waiters.find(id);
        if (waiter == null) {
            return CompletableFuture.completedFuture(null);
        }
        // Asked before the store is: a submit that is still being repeated may arrive after this reading.
        boolean accepted = waiter.accepted().get();
        boolean overdue = waiter.ageMs() > waiter.timeoutMs() + SLACK_MS - 500;
        return store.outcome(waiter.group(), id).handle((outcome, failure) -> {
            if (failure == null && outcome == null && accepted && !isWorkedOnHere(id)) {
                waiters.ended(id, failed(Outcome.Cause.FORGOTTEN, "Task lost: Redis no longer has it"));
            } else if (failure == null && outcome != null && outcome.isPresent()) {
                waiters.ended(id, outcome.get());
            } else if (overdue) {
                waiters.ended(id, failed(Outcome.Cause.DEADLINE, "Task timeout"));
            }
            return null;
        });
    }

    private boolean isWorkedOnHere(TaskId id) {
        return workers.values().stream().anyMatch(worker -> worker.worksOn(id));
    }

    private static Outcome failed(Outcome.Cause cause, String error) {
        byte[] text = error.getBytes(UTF_8);
        return new Outcome(TaskStatus.FAILED, cause, text, text.length);
    }

    // ---- workers ------------------------------------------------------------------------------------------------

    /** A worker connected; from now on it is greeted, registered and given tasks. */
    public WorkerSession open(GroupName group, WorkerSocket socket) {
        String id = "W" + workerNumber.incrementAndGet() + workerSuffix;
        WorkerSession worker = new WorkerSession(this, socket, id, group);
        workers.put(id, worker);
        journal.joined(group, id);
        worker.open(config.workers().readyAfterMs());
        if (draining) {
            worker.drain();
        }
        return worker;
    }

    void closed(WorkerSession worker) {
        workers.remove(worker.id());
    }

    /** An assignment of another gateway's call: claims it and sends it. */
    void claim(Replies.Unclaimed unclaimed) {
        WorkerSession worker = workers.get(unclaimed.workerId());
        if (worker == null) {
            return;
        }
        // Repeated: once claimed nobody else sends it, and only the reply holds the payload.
        retry.untilAnswered(
                        () -> store.claim(worker.group(), unclaimed.id(), unclaimed.token()),
                        failure -> stopped || worker.isClosed() || isRefused(failure))
                .thenAccept(assignment -> assignment.ifPresent(worker::deliver))
                .exceptionally(failure -> null);
    }

    // ---- stop ---------------------------------------------------------------------------------------------------

    /**
     * Takes no more work and lets what runs end: idle workers are sent elsewhere at once, busy ones when they have
     * answered. After {@code graceMs} busy workers are released, their answers count through another gateway, and held
     * requests are answered with how far their task is.
     *
     * @return completes when no worker and no held request is left
     */
    public CompletableFuture<Void> drain(long graceMs) {
        draining = true;
        journal.gateway(LogEntry.Kind.GATEWAY_STOPPING);
        workers.values().forEach(WorkerSession::drain);
        CompletableFuture<Void> drained = new CompletableFuture<>();
        awaitDrained(System.nanoTime() + graceMs * 1_000_000, drained);
        return drained;
    }

    private void awaitDrained(long deadlineNanos, CompletableFuture<Void> drained) {
        boolean idle = workers.isEmpty() && waiters.size() == 0;
        if (!idle && System.nanoTime() < deadlineNanos) {
            timer.schedule(() -> awaitDrained(deadlineNanos, drained), 20, TimeUnit.MILLISECONDS);
            return;
        }
        // From here on nobody new is held, so all who are can be told.
        refusing = true;
        CompletableFuture<?>[] released =
                workers.values().stream().map(WorkerSession::release).toArray(CompletableFuture[]::new);
        CompletableFuture<?>[] told =
                waiters.olderThan(0).stream().map(this::tellHowFar).toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(CompletableFuture.allOf(released), CompletableFuture.allOf(told))
                .orTimeout(4, TimeUnit.SECONDS)
                .whenComplete((done, failure) -> drained.complete(null));
    }

    private CompletableFuture<Void> tellHowFar(Waiters.Waiter waiter) {
        return store.look(waiter.group(), waiter.id())
                .orTimeout(1, TimeUnit.SECONDS)
                .handle((view, failure) -> {
                    TaskStatus status =
                            failure == null && view.isPresent() ? view.get().status() : TaskStatus.EXECUTING;
                    waiters.answer(waiter.id(), new Submission.Accepted(waiter.id(), status));
                    return null;
                });
    }

    /** Ends the duties; nothing is retried any more. */
    public void stop() {
        stopped = true;
        duties.forEach(Duty::stop);
    }

    /** After {@link #stop}: records what is left to be told and takes this gateway off the list; never fails. */
    public CompletableFuture<Void> farewell() {
        return recorder.round()
                .handle((recorded, failure) -> null)
                .thenCompose(recorded -> journal.store().forget(journal.gatewayId()))
                .orTimeout(1, TimeUnit.SECONDS)
                .exceptionally(failure -> null);
    }

    public boolean isDraining() {
        return draining;
    }

    boolean isStopped() {
        return stopped;
    }

    /** The id of this gateway among the gateways. */
    public String gatewayId() {
        return journal.gatewayId();
    }

    /** How many requests are held. */
    public int heldRequests() {
        return waiters.size();
    }

    // ---- for the parts of this package --------------------------------------------------------------------------

    TaskStore store() {
        return store;
    }

    ScheduledExecutorService timer() {
        return timer;
    }

    Retry retry() {
        return retry;
    }

    Groups groups() {
        return groups;
    }

    long resultTtlMs() {
        return config.tasks().resultTtlMs();
    }

    Journal journal() {
        return journal;
    }

    Waiters waiters() {
        return waiters;
    }

    Collection<WorkerSession> workers() {
        return workers.values();
    }
}
