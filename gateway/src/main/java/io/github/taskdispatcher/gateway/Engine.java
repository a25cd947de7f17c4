package io.github.taskdispatcher.gateway;

import io.github.taskdispatcher.gateway.background.BackgroundService;
import io.github.taskdispatcher.gateway.background.Lifecycle;
import io.github.taskdispatcher.gateway.background.Retry;
import io.github.taskdispatcher.gateway.background.Scheduler;
import io.github.taskdispatcher.gateway.background.SystemScheduler;
import io.github.taskdispatcher.gateway.config.GatewayConfig;
import io.github.taskdispatcher.gateway.config.ModelOwners;
import io.github.taskdispatcher.gateway.dispatch.AcceptedTasks;
import io.github.taskdispatcher.gateway.dispatch.Admission;
import io.github.taskdispatcher.gateway.dispatch.Dispatcher;
import io.github.taskdispatcher.gateway.dispatch.Models;
import io.github.taskdispatcher.gateway.dispatch.SubmitCalls;
import io.github.taskdispatcher.gateway.dispatch.Submitter;
import io.github.taskdispatcher.gateway.dispatch.TaskReader;
import io.github.taskdispatcher.gateway.groups.GroupMembership;
import io.github.taskdispatcher.gateway.groups.Groups;
import io.github.taskdispatcher.gateway.journal.GatewayHeartbeat;
import io.github.taskdispatcher.gateway.journal.Journal;
import io.github.taskdispatcher.gateway.journal.Recorder;
import io.github.taskdispatcher.gateway.maintenance.DeadlineWatcher;
import io.github.taskdispatcher.gateway.maintenance.GroupKeeper;
import io.github.taskdispatcher.gateway.maintenance.IdleAuditor;
import io.github.taskdispatcher.gateway.maintenance.LeaseRenewer;
import io.github.taskdispatcher.gateway.maintenance.ModelAnnouncer;
import io.github.taskdispatcher.gateway.maintenance.OutcomePoller;
import io.github.taskdispatcher.gateway.maintenance.Pinger;
import io.github.taskdispatcher.gateway.maintenance.SubscriptionProbe;
import io.github.taskdispatcher.gateway.maintenance.Sweeper;
import io.github.taskdispatcher.gateway.store.GroupStore;
import io.github.taskdispatcher.gateway.store.LogEntry;
import io.github.taskdispatcher.gateway.store.ModelStore;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.store.RecordStore;
import io.github.taskdispatcher.gateway.store.Replies;
import io.github.taskdispatcher.gateway.store.TaskStore;
import io.github.taskdispatcher.gateway.waiting.AbandonedTasks;
import io.github.taskdispatcher.gateway.waiting.EndWatch;
import io.github.taskdispatcher.gateway.waiting.HeldRequests;
import io.github.taskdispatcher.gateway.waiting.StreamSource;
import io.github.taskdispatcher.gateway.waiting.TaskCanceller;
import io.github.taskdispatcher.gateway.waiting.TaskStreams;
import io.github.taskdispatcher.gateway.waiting.Waiters;
import io.github.taskdispatcher.gateway.worker.AssignmentDelivery;
import io.github.taskdispatcher.gateway.worker.SlotFactory;
import io.github.taskdispatcher.gateway.worker.WorkerGreeting;
import io.github.taskdispatcher.gateway.worker.WorkerRegistry;
import io.github.taskdispatcher.gateway.worker.Workers;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A gateway without its edges: assembles the rooms and starts, drains and stops what works in the background. It is the only class
 * beside {@link Gateway} that sees all rooms. Any thread.
 */
public final class Engine {

    private static final int MAX_GROUPS_AT_WORK = 2_000;
    private static final long DRAIN_LOOK_MS = 20;

    private final Scheduler scheduler;
    private final TaskStore store;
    private final RecordStore records;
    private final Journal journal;
    private final Lifecycle lifecycle = new Lifecycle();
    private final WorkerRegistry registry;
    private final Workers workers;
    private final AssignmentDelivery delivery;
    private final TaskStreams streams;
    private final HeldRequests held;
    private final Models models;
    private final Dispatcher dispatcher;
    private final LeaseRenewer leases;
    private final OutcomePoller outcomes;
    private final Sweeper sweeper;
    private final ModelAnnouncer announcer;
    private final Recorder recorder;
    private final List<BackgroundService> services;

    /**
     * @param records where the journal is written
     * @param journal of this gateway; recorded by a service of this engine
     * @param nonce eight hex digits no gateway had before; they stand in the ids of its workers
     * @param timer runs what waits and what repeats; not closed here
     */
    public Engine(
            TaskStore store,
            RecordStore records,
            Journal journal,
            GatewayConfig config,
            String nonce,
            ScheduledExecutorService timer) {
        this.store = store;
        this.records = records;
        this.journal = journal;
        scheduler = new SystemScheduler(timer);
        Retry retry = new Retry(scheduler, lifecycle);
        GroupMembership membership = new GroupMembership(store.groups(), scheduler);
        Groups groups = new Groups(store.groups(), retry, scheduler);
        registry = new WorkerRegistry(scheduler);
        Waiters waiters = new Waiters(scheduler);
        streams = new TaskStreams(scheduler);
        TaskCanceller canceller = new TaskCanceller(store, retry, journal, waiters, streams);
        AbandonedTasks abandoned = new AbandonedTasks(store, canceller, retry, scheduler, lifecycle);
        held = new HeldRequests(store, journal, waiters, streams, abandoned, registry::workOn);
        delivery = new AssignmentDelivery(store, registry, retry, lifecycle);
        workers = new Workers(
                registry,
                new SlotFactory(store, membership, journal, held, scheduler, lifecycle),
                membership,
                journal,
                scheduler,
                new WorkerGreeting(nonce, config.workers().readyAfterMs()));
        Admission admission = new Admission(lifecycle, held, config.limits().maxWaiters());
        EndWatch ends = new EndWatch(store, waiters, held, scheduler, lifecycle);
        dispatcher = new Dispatcher(
                new Submitter(
                        new SubmitCalls(store, retry, config.tasks()),
                        new AcceptedTasks(journal, delivery, groups),
                        ends,
                        admission,
                        journal),
                new TaskReader(store, groups, retry),
                canceller,
                ends,
                new StreamSource(store.chunks(), groups, streams, abandoned, registry::workOn, scheduler),
                admission);
        ModelOwners owners = new ModelOwners(config.access().workerKeys());
        models = new Models(store.models(), owners, this::enteredGroups, scheduler);
        leases = new LeaseRenewer(scheduler, store, registry, delivery, groups, membership);
        outcomes = new OutcomePoller(scheduler, waiters, held);
        sweeper = new Sweeper(scheduler, store, journal);
        announcer = new ModelAnnouncer(scheduler, registry, store.models(), owners);
        recorder = new Recorder(scheduler, journal, records, registry, this::groupsAtWork);
        services = List.of(
                leases,
                sweeper,
                new GroupKeeper(scheduler, registry, store.groups()),
                outcomes,
                streams,
                new SubscriptionProbe(scheduler, store),
                new IdleAuditor(scheduler, store, registry),
                new DeadlineWatcher(scheduler, registry),
                announcer,
                recorder,
                new GatewayHeartbeat(scheduler, journal, records, registry, held::count, lifecycle),
                new Pinger(scheduler, registry, config.workers(), config.tasks().maxTimeoutMs()));
        workers.onModelsChanged(announcer::trigger);
    }

    private CompletableFuture<List<GroupName>> enteredGroups() {
        return store.groups().recent(ModelStore.MAX_READ).thenApply(GroupStore.Recent::groups);
    }

    /** The groups that have tasks, and those with workers here; a few thousand at most. */
    private Set<GroupName> groupsAtWork() {
        Set<GroupName> all = new HashSet<>(sweeper.busy());
        registry.groups().stream().limit(MAX_GROUPS_AT_WORK).forEach(all::add);
        return all;
    }

    /** What clients may ask of tasks. */
    public Dispatcher dispatcher() {
        return dispatcher;
    }

    /** The workers that connect to this gateway. */
    public Workers workers() {
        return workers;
    }

    /** What the workers of all gateways serve. */
    public Models models() {
        return models;
    }

    /** How far this gateway is on its way to its end. */
    public Lifecycle lifecycle() {
        return lifecycle;
    }

    /** The requests that are held here. */
    public HeldRequests held() {
        return held;
    }

    // ---- start and stop -----------------------------------------------------------------------------------------

    /** Begins to listen for hints and starts what works in the background. */
    public void start() {
        store.listen(new Hints());
        services.forEach(BackgroundService::start);
    }

    /** What other gateways tell this one. A hint may be lost: each has a service that finds the same later. */
    private final class Hints implements TaskStore.Hints {

        @Override
        public void assigned(TaskId id, String workerId, String token) {
            delivery.claim(new Replies.Unclaimed(id, workerId, token));
        }

        @Override
        public void done(TaskId id, Outcome outcome) {
            if (outcome == null) {
                held.mayHaveEnded(id);
            } else {
                held.ended(id, outcome);
            }
        }

        @Override
        public void cancelled(TaskId id, String workerId) {
            delivery.cancelled(id, workerId);
        }

        @Override
        public void said(TaskId id, long first, List<byte[]> chunks) {
            held.said(id, first, chunks);
        }

        @Override
        public void resync() {
            streams.resync();
            leases.trigger();
            outcomes.trigger();
        }
    }

    /**
     * Takes no more work and lets what runs end: idle workers are sent elsewhere at once, busy ones when they have
     * answered. After {@code graceMs} busy workers are released, their answers count through another gateway, and held
     * requests are answered with how far their task is.
     *
     * @return completes when no worker and no held request is left
     */
    public CompletableFuture<Void> drain(long graceMs) {
        lifecycle.drain();
        journal.gateway(LogEntry.Kind.GATEWAY_STOPPING);
        workers.drain();
        CompletableFuture<Void> drained = new CompletableFuture<>();
        awaitDrained(scheduler.nanoTime() + TimeUnit.MILLISECONDS.toNanos(graceMs), drained);
        return drained;
    }

    private void awaitDrained(long deadlineNanos, CompletableFuture<Void> drained) {
        boolean idle = registry.isEmpty() && held.count() == 0;
        if (!idle && scheduler.nanoTime() - deadlineNanos < 0) {
            scheduler.schedule(() -> awaitDrained(deadlineNanos, drained), DRAIN_LOOK_MS);
            return;
        }
        // From here on no new request is held, so that all that are held can be told.
        lifecycle.refuse();
        CompletableFuture.allOf(held.tellAll(), workers.release())
                .orTimeout(4, TimeUnit.SECONDS)
                .whenComplete((done, failure) -> drained.complete(null));
    }

    /**
     * Ends what works in the background; nothing is retried any more.
     *
     * @return completes when the last rounds have ended; never fails
     */
    public CompletableFuture<Void> stop() {
        lifecycle.stop();
        return CompletableFuture.allOf(
                services.stream().map(BackgroundService::stop).toArray(CompletableFuture[]::new));
    }

    /** After {@link #stop}: records what is left to be told and takes this gateway off the list; never fails. */
    public CompletableFuture<Void> deregister() {
        return recorder.recordRest()
                .handle((recorded, failure) -> null)
                .thenCombine(announcer.deregister().exceptionally(failure -> null), (recorded, withdrawn) -> null)
                .thenCompose(recorded -> records.forget(journal.gatewayId()))
                .orTimeout(1, TimeUnit.SECONDS)
                .exceptionally(failure -> null);
    }
}
