package io.github.taskdispatcher.gateway.dispatch;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.taskdispatcher.gateway.config.GatewayConfig;
import io.github.taskdispatcher.gateway.config.ModelOwners;
import io.github.taskdispatcher.gateway.store.GroupStore;
import io.github.taskdispatcher.gateway.store.LogEntry;
import io.github.taskdispatcher.gateway.store.ModelStore;
import io.github.taskdispatcher.gateway.store.NewTask;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.store.Replies;
import io.github.taskdispatcher.gateway.store.TaskAccess;
import io.github.taskdispatcher.gateway.store.TaskStore;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Accepts tasks and answers held requests; the workers it has in {@link Workers}. Any thread; nothing blocks. Its
 * futures complete on the store's thread: what follows them must not block either.
 */
public final class Dispatcher {

    private static final int MAX_GROUPS_AT_WORK = 2_000;

    private final TaskStore store;
    private final GatewayConfig config;
    private final ScheduledExecutorService timer;
    private final Retry retry;
    private final Groups groups;
    private final Sweeper sweeper;
    private final Journal journal;
    private final Waiters waiters = new Waiters();
    private final Submitter submitter;
    private final Workers workers;
    private final DeadlineWatcher deadlines;
    private final TaskStreams streams;
    private final AbandonedTasks abandoned;
    private final Models served;
    private final Recorder recorder;
    private final ModelAnnouncer announcer;
    private final List<BackgroundService> duties;
    private volatile boolean draining;
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
        workers = new Workers(this, nonce);
        deadlines = new DeadlineWatcher(this);
        streams = new TaskStreams(this);
        abandoned = new AbandonedTasks(this);
        retry = new Retry(timer);
        groups = new Groups(store.groups(), retry);
        sweeper = new Sweeper(timer, store, journal);
        submitter = new Submitter(this, config);
        ModelOwners owners = new ModelOwners(config.access().workerKeys());
        served = new Models(store.models(), owners, this::enteredGroups);
        recorder = new Recorder(this, journal);
        announcer = new ModelAnnouncer(timer, workers, store.models(), owners);
        duties = List.of(
                new LeaseRenewer(this),
                sweeper,
                new GroupKeeper(timer, workers, store.groups()),
                new OutcomePoller(this),
                streams,
                new SubscriptionProbe(this),
                new IdleAuditor(this),
                deadlines,
                announcer,
                recorder,
                new GatewayHeartbeat(this, journal),
                new Pinger(this, config.workers(), config.tasks().maxTimeoutMs()));
    }

    /** Begins to listen for hints and starts the duties. */
    public void start() {
        store.listen(new TaskStore.Hints() {
            @Override
            public void assigned(TaskId id, String workerId, String token) {
                workers.claim(new Replies.Unclaimed(id, workerId, token));
            }

            @Override
            public void done(TaskId id, Outcome outcome) {
                if (outcome == null) {
                    streams.ended(id);
                    checkWaiter(id);
                } else {
                    ended(id, outcome);
                }
            }

            @Override
            public void cancelled(TaskId id, String workerId) {
                workers.cancelled(id, workerId);
            }

            @Override
            public void said(TaskId id, long first, List<byte[]> chunks) {
                streams.said(id, first, chunks);
            }

            @Override
            public void resync() {
                streams.resync();
                duties.forEach(Dispatcher.this::resyncBy);
            }
        });
        duties.forEach(BackgroundService::start);
    }

    private void resyncBy(BackgroundService duty) {
        if (duty instanceof LeaseRenewer || duty instanceof OutcomePoller) {
            duty.round().exceptionally(failure -> null);
        }
    }

    // ---- tasks --------------------------------------------------------------------------------------------------

    /**
     * Runs a task.
     *
     * @param wait how long the answer may wait for its end; a client who leaves meanwhile cancels it, unless somebody comes
     *     within 10 s
     * @param stored runs once, when the payload is needed no more
     */
    public CompletableFuture<Submission> submit(NewTask task, WaitPolicy wait, Runnable stored) {
        return submitter.submit(task, wait, stored);
    }

    /**
     * Runs a task, or joins the one that came with the same key before, running or ended.
     *
     * @param key of the request, hashed
     * @param fingerprint of all the request says, hashed; the same key with another one is a mismatch
     */
    public CompletableFuture<Submission> submitOnce(
            String key, String fingerprint, NewTask task, WaitPolicy wait, Runnable stored) {
        return submitter.submitOnce(key, fingerprint, task, wait, stored);
    }

    /**
     * Runs a task of its own, which {@link #submitAgain} with the same key joins for two minutes. Costs no round trip more than
     * {@link #submit}.
     *
     * @param key of all the request says and whose it is, hashed
     */
    public CompletableFuture<Submission> submitFirst(String key, NewTask task, WaitPolicy wait, Runnable stored) {
        return submitter.submitFirst(key, task, wait, stored);
    }

    /** Joins the last task that {@link #submitFirst} ran with this key, or runs one that the next repetition joins. */
    public CompletableFuture<Submission> submitAgain(String key, NewTask task, WaitPolicy wait, Runnable stored) {
        return submitter.submitAgain(key, task, wait, stored);
    }

    /** The task as a client may see it; empty when there is none that the client may have. */
    public CompletableFuture<Optional<Replies.TaskView>> look(TaskId id, TaskAccess access) {
        return find(id, group -> store.look(group, id, access));
    }

    /**
     * The value of an ended task; empty when it has expired. Asked for again while Redis does not answer: the task has ended, and
     * its client would have to poll.
     *
     * @param size of the value in bytes
     */
    public CompletableFuture<Optional<byte[]>> value(TaskId id, long size) {
        return retry.within(TaskStore.CALL_TIME_MS, () -> find(id, group -> store.value(group, id, size)));
    }

    /** What the workers of all gateways serve. */
    public Models models() {
        return served;
    }

    /** Redis time in ms, estimated. */
    public long now() {
        return store.now();
    }

    /**
     * Ends a task that has not ended, for everyone at once; its worker is told, its held requests are answered. Asked twice it
     * means the same.
     *
     * @return the task as it is then: not {@code CANCELLED} when it had ended otherwise; empty when there is none that the
     *     caller may have
     */
    public CompletableFuture<Optional<Replies.TaskView>> cancel(TaskId id, TaskAccess access) {
        return find(id, group -> cancel(group, id, access, OptionalLong.empty()));
    }

    /** Ends a task whose client left, unless somebody asked for it since {@code abandonedAt}. */
    CompletableFuture<Optional<Replies.TaskView>> cancelAbandoned(GroupName group, TaskId id, long abandonedAt) {
        return cancel(group, id, TaskAccess.ALL, OptionalLong.of(abandonedAt));
    }

    private CompletableFuture<Optional<Replies.TaskView>> cancel(
            GroupName group, TaskId id, TaskAccess access, OptionalLong abandonedAt) {
        return retry.within(TaskStore.CALL_TIME_MS, () -> store.cancel(group, id, access, abandonedAt))
                .thenCompose(word -> cancelled(group, id, word));
    }

    private CompletableFuture<Optional<Replies.TaskView>> cancelled(
            GroupName group, TaskId id, Replies.Cancelled word) {
        if (word == Replies.Cancelled.UNKNOWN || word == Replies.Cancelled.WANTED) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        if (word == Replies.Cancelled.CANCELLED) {
            journal.cancelled(group, id);
        }
        return store.look(group, id, TaskAccess.ALL).thenApply(view -> {
            view.map(Replies.TaskView::outcome).ifPresent(outcome -> ended(id, outcome));
            return view;
        });
    }

    /** The groups that were used last, so many at most, those with tasks before all others; and how many there are. */
    public CompletableFuture<GroupStore.Recent> recentGroups(int count) {
        return store.groups().recent(count);
    }

    private CompletableFuture<List<GroupName>> enteredGroups() {
        return store.groups().recent(ModelStore.MAX_READ).thenApply(GroupStore.Recent::groups);
    }

    /** The groups that have tasks, and those with workers here; a few thousand at most. */
    Set<GroupName> groupsAtWork() {
        Set<GroupName> all = new HashSet<>(sweeper.busy());
        workers.groups().stream().limit(MAX_GROUPS_AT_WORK).forEach(all::add);
        return all;
    }

    /**
     * What is found first in the groups that a task of this id may be in: nearly always one, none for an id nobody gave out.
     *
     * @param read looks into one group; empty when the task is not there
     */
    public <T> CompletableFuture<Optional<T>> find(
            TaskId id, Function<GroupName, CompletableFuture<Optional<T>>> read) {
        return groups.find(id, read);
    }

    /**
     * The task as a client may see it, from now on watched: its end is told here, whoever submitted it. Empty when there is
     * none.
     */
    public CompletableFuture<Optional<Watch>> watch(TaskId id, TaskAccess access) {
        return find(id, group -> watch(group, id, access));
    }

    private CompletableFuture<Optional<Watch>> watch(GroupName group, TaskId id, TaskAccess access) {
        Waiters.Waiter waiter = waiters.register(id, group, Watch.NO_TIMEOUT);
        return store.watch(group, id, access).handle((view, failure) -> {
            Watch watch = new Watch(waiters, waiter, failure == null ? view.orElse(null) : null);
            if (watch.view() == null || watch.view().status().ended()) {
                watch.leave();
            }
            if (failure != null) {
                throw failure instanceof CompletionException wrapped ? wrapped : new CompletionException(failure);
            }
            waiter.accept();
            return watch.view() == null ? Optional.empty() : Optional.of(watch);
        });
    }

    /**
     * The task as a client may see it once it has ended, or after this time at the latest; at once from a gateway that holds
     * as many requests as it may, or is about to end. Empty when there is none.
     */
    public CompletableFuture<Optional<Replies.TaskView>> look(
            TaskId id, TaskAccess access, long waitMs, DisconnectSignal client) {
        if (waitMs <= 0 || !hasRoom()) {
            return look(id, access);
        }
        return watch(id, access).thenCompose(watched -> {
            if (watched.isEmpty() || watched.get().view().status().ended()) {
                return CompletableFuture.completedFuture(watched.map(Watch::view));
            }
            Watch watch = watched.get();
            ScheduledFuture<?> limit = timer.schedule(watch::leave, waitMs, TimeUnit.MILLISECONDS);
            client.onLeft(() -> left(watch.waiter()));
            return watch.end().thenCompose(end -> {
                limit.cancel(false);
                // For one who has left nobody asks any more.
                return watch.waiter().hasLeft() && !(end instanceof Submission.Ended)
                        ? CompletableFuture.completedFuture(Optional.of(watch.view()))
                        : look(id, access);
            });
        });
    }

    /**
     * Somebody who wants to hear of a task, once he {@linkplain TaskStream#begin begins}.
     *
     * @param after number of the last chunk he knows, 0 for none
     */
    public TaskStream following(TaskId id, TaskAccess access, long after, StreamListener listener) {
        return new TaskStream(this, id, access, after, listener);
    }

    /** Whether one more request may be held, or one more task be followed, here. */
    public boolean hasRoom() {
        return !refusing && heldRequests() < config.limits().maxWaiters();
    }

    /** The client of a held request has left. He is answered all the same: one who only sends nothing more still reads. */
    void left(Waiters.Waiter waiter) {
        waiter.leave();
        abandoned.clientLeft(waiter.group(), waiter.id(), () -> tellWhoLeft(waiter));
    }

    /** Nobody reads the answer but one who only sends nothing more; the word of the end may still be on its way. */
    private CompletableFuture<Void> tellWhoLeft(Waiters.Waiter waiter) {
        return checkWaiter(waiter.id())
                .whenComplete((read, failure) ->
                        waiters.answer(waiter, new Submission.Accepted(waiter.id(), TaskStatus.EXECUTING)));
    }

    /** The client who followed a task has left. */
    void left(GroupName group, TaskId id) {
        abandoned.clientLeft(group, id, () -> {});
    }

    /** The task has this outcome: tells the requests held here, if any. */
    void ended(TaskId id, Outcome outcome) {
        waiters.ended(id, outcome);
        streams.ended(id);
    }

    /** Reads whether the task that requests are held for has ended. */
    CompletableFuture<Void> checkWaiter(TaskId id) {
        Waiters.Waiter first = waiters.find(id);
        if (first == null) {
            return CompletableFuture.completedFuture(null);
        }
        // Asked before the store is: a submit that is still being repeated may arrive after this reading.
        boolean someAccepted = false;
        boolean someWait = false;
        for (Waiters.Waiter waiter = first; waiter != null; waiter = waiter.next()) {
            someAccepted |= waiter.accepted();
            someWait |= !waiter.hasLeft();
        }
        boolean accepted = someAccepted;
        return store.outcome(first.group(), id, someWait).handle((outcome, failure) -> {
            if (failure == null && outcome == null) {
                notFound(id, accepted);
            } else if (failure == null && outcome.isPresent()) {
                waiters.ended(id, outcome.get());
            }
            return null;
        });
    }

    /** The store has no such task: if it had it once, and nobody here works on it, it has lost it. */
    private void notFound(TaskId id, boolean accepted) {
        if (accepted && !workers.workOn(id)) {
            byte[] text = "Task lost: Redis no longer has it".getBytes(UTF_8);
            waiters.ended(id, new Outcome(TaskStatus.FAILED, Outcome.Cause.FORGOTTEN, text, text.length));
        }
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
        workers.drain();
        CompletableFuture<Void> drained = new CompletableFuture<>();
        awaitDrained(System.nanoTime() + graceMs * 1_000_000, drained);
        return drained;
    }

    private void awaitDrained(long deadlineNanos, CompletableFuture<Void> drained) {
        boolean idle = workers.isEmpty() && heldRequests() == 0;
        if (!idle && System.nanoTime() < deadlineNanos) {
            timer.schedule(() -> awaitDrained(deadlineNanos, drained), 20, TimeUnit.MILLISECONDS);
            return;
        }
        // From here on nobody new is held, so all who are can be told.
        refusing = true;
        streams.stopping();
        CompletableFuture<?>[] told =
                waiters.olderThan(0).stream().map(this::tellHowFar).toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(workers.release(), CompletableFuture.allOf(told))
                .orTimeout(4, TimeUnit.SECONDS)
                .whenComplete((done, failure) -> drained.complete(null));
    }

    /**
     * Answers a held request, within a second: with its task's end, or with how far the task is, which goes on without its
     * client from now on. One whose deadline has passed ends by this. An outcome is told only when it is stored: while the
     * store does not answer, the client is told that the task runs, and finds its outcome by asking.
     */
    CompletableFuture<Void> tellHowFar(Waiters.Waiter waiter) {
        if (waiter.hasLeft()) {
            return tellWhoLeft(waiter);
        }
        return store.detach(waiter.group(), waiter.id())
                .orTimeout(1, TimeUnit.SECONDS)
                .handle((found, failure) -> {
                    Replies.TaskView view = failure == null ? found.orElse(null) : null;
                    if (view != null && view.outcome() != null) {
                        if (view.outcome().endedBy() == Outcome.Cause.DEADLINE) {
                            journal.endedUnsaid(waiter.group(), waiter.id());
                        }
                        waiters.ended(waiter.id(), view.outcome());
                    } else if (failure == null && view == null) {
                        notFound(waiter.id(), waiter.accepted());
                    }
                    TaskStatus status = view == null ? TaskStatus.EXECUTING : view.status();
                    waiters.answer(waiter, new Submission.Accepted(waiter.id(), status));
                    return null;
                });
    }

    /** Ends the duties; nothing is retried any more. */
    public void stop() {
        stopped = true;
        duties.forEach(BackgroundService::stop);
    }

    /** After {@link #stop}: records what is left to be told and takes this gateway off the list; never fails. */
    public CompletableFuture<Void> deregister() {
        return recorder.round()
                .handle((recorded, failure) -> null)
                .thenCombine(announcer.deregister().exceptionally(failure -> null), (recorded, withdrawn) -> null)
                .thenCompose(recorded -> journal.store().forget(journal.gatewayId()))
                .orTimeout(1, TimeUnit.SECONDS)
                .exceptionally(failure -> null);
    }

    public boolean isDraining() {
        return draining;
    }

    /** Drained: what still comes in is refused. */
    boolean isRefusing() {
        return refusing;
    }

    boolean isStopped() {
        return stopped;
    }

    /** The id of this gateway among the gateways. */
    public String gatewayId() {
        return journal.gatewayId();
    }

    /** How many requests are held, those that follow a task with them. */
    public int heldRequests() {
        return waiters.size() + streams.size();
    }

    /** The workers connected to this gateway. */
    public Workers workers() {
        return workers;
    }

    /** The models of the workers here have changed. */
    void announceModels() {
        if (!stopped) {
            timer.execute(() -> announcer.round().exceptionally(failure -> null));
        }
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

    Journal journal() {
        return journal;
    }

    DeadlineWatcher deadlines() {
        return deadlines;
    }

    TaskStreams streams() {
        return streams;
    }

    Waiters waiters() {
        return waiters;
    }

    /** What a worker that says nothing after it connected is waited for, in ms. */
    long readyAfterMs() {
        return config.workers().readyAfterMs();
    }
}
