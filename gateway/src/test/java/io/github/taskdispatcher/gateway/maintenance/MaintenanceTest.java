package io.github.taskdispatcher.gateway.maintenance;

import static io.github.taskdispatcher.gateway.test.WorkerRoom.GROUP;
import static io.github.taskdispatcher.gateway.test.WorkerRoom.assignment;
import static io.github.taskdispatcher.gateway.test.WorkerRoom.done;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.background.Retry;
import io.github.taskdispatcher.gateway.config.GatewayConfig.WorkerTiming;
import io.github.taskdispatcher.gateway.config.ModelOwners;
import io.github.taskdispatcher.gateway.groups.Groups;
import io.github.taskdispatcher.gateway.store.Assignment;
import io.github.taskdispatcher.gateway.store.GroupStore;
import io.github.taskdispatcher.gateway.store.ModelStore;
import io.github.taskdispatcher.gateway.store.Replies;
import io.github.taskdispatcher.gateway.store.StoreException;
import io.github.taskdispatcher.gateway.test.FakeCalls;
import io.github.taskdispatcher.gateway.test.WorkerRoom;
import io.github.taskdispatcher.gateway.test.WorkerRoom.Socket;
import io.github.taskdispatcher.gateway.waiting.AbandonedTasks;
import io.github.taskdispatcher.gateway.waiting.HeldRequests;
import io.github.taskdispatcher.gateway.waiting.TaskCanceller;
import io.github.taskdispatcher.gateway.waiting.TaskStreams;
import io.github.taskdispatcher.gateway.waiting.WaitEnd;
import io.github.taskdispatcher.gateway.waiting.Waiters;
import io.github.taskdispatcher.gateway.worker.WorkerConnection;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import io.github.taskdispatcher.wire.FromWorker;
import io.github.taskdispatcher.wire.ToWorker;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Each service of the room, on a fake store and a time that the test moves. */
class MaintenanceTest {

    private final WorkerRoom room = new WorkerRoom();
    private final Socket socket = new Socket();
    private final Retry retry = new Retry(room.time, room.lifecycle);

    // ---- LeaseRenewer -------------------------------------------------------------------------------------------

    private LeaseRenewer leases() {
        Groups groups = new Groups(room.groups.proxy(), retry, room.time);
        return new LeaseRenewer(room.time, room.store.proxy(), room.registry, room.delivery, groups, room.membership);
    }

    private static Replies.Beat beat(boolean lapsed, List<Replies.Unclaimed> unclaimed, List<Replies.Told> cancelled) {
        return new Replies.Beat(lapsed, unclaimed, cancelled);
    }

    @Test
    void theLeaseOfEachGroupWithWorkersIsExtendedEverySecond() {
        room.store.answer("beat", done(beat(false, List.of(), List.of())));
        LeaseRenewer leases = leases();
        leases.start();
        room.time.advance(10_000);
        assertThat(room.store.made("beat")).as("there is no worker").isZero();
        room.idle(socket);
        room.time.advance(10_000);
        assertThat(room.store.made("beat")).isEqualTo(10);
        assertThat(room.store.last("beat")).containsExactly(GROUP);
    }

    @Test
    void anAssignmentWhoseHintWasLostIsClaimedWithTheNextBeat() {
        WorkerConnection worker = room.idle(socket);
        Assignment task = assignment("1", 60_000);
        room.store.answer(
                "beat", done(beat(false, List.of(new Replies.Unclaimed(task.id(), worker.id(), "1")), List.of())));
        room.store.answer("claim", done(Optional.of(task)));
        leases().trigger();
        room.time.run();
        assertThat(socket.all(ToWorker.Task.class)).hasSize(1);
        room.store.answer("beat", done(beat(false, List.of(), List.of(new Replies.Told(task.id(), worker.id())))));
        leases().trigger();
        room.time.run();
        assertThat(socket.all(ToWorker.Cancel.class)).hasSize(1);
    }

    @Test
    void aLeaseThatHadLapsedRegistersTheWorkersAnewWithTheirWork() {
        WorkerConnection worker = room.idle(socket);
        Assignment task = assignment("1", 60_000);
        room.delivery.deliver(worker.id(), task);
        room.store.answer("beat", done(beat(true, List.of(), List.of())));
        leases().trigger();
        room.time.run();
        assertThat(room.store.made("join")).isEqualTo(2);
        assertThat(room.store.last("join").get(2)).as("a new epoch").isEqualTo(2);
        assertThat(((Assignment) room.store.last("join").get(3)).id()).isEqualTo(task.id());
        assertThat(room.groups.made("enter"))
                .as("the store may have lost the name")
                .isEqualTo(2);
    }

    // ---- the others of the workers ------------------------------------------------------------------------------

    @Test
    void aWorkerHearsThatTheTimeOfItsTaskIsOver() {
        WorkerConnection worker = room.idle(socket);
        DeadlineWatcher watcher = new DeadlineWatcher(room.time, room.registry);
        watcher.start();
        room.time.advance(1_000);
        room.delivery.deliver(worker.id(), assignment("1", 3_000));
        room.time.advance(2_900);
        assertThat(socket.all(ToWorker.Cancel.class)).isEmpty();
        room.time.advance(200);
        assertThat(socket.all(ToWorker.Cancel.class)).hasSize(1);
        room.time.advance(10_000);
        assertThat(socket.all(ToWorker.Cancel.class)).hasSize(1);
    }

    @Test
    void aWorkerBelievedIdleThatTheStoreDoesNotHaveIdleAsksAgain() {
        WorkerConnection worker = room.idle(socket);
        room.idle(new Socket());
        room.store.answer("notIdle", done(List.of(worker.id())));
        new IdleAuditor(room.time, room.store.proxy(), room.registry).trigger();
        room.time.run();
        assertThat(room.store.made("notIdle")).isEqualTo(1);
        assertThat(room.store.made("ready")).isEqualTo(3);
        assertThat(room.store.last("ready")).containsExactly(GROUP, worker.id());
    }

    @Test
    void everyWorkerIsPingedOnceInAnInterval() {
        Socket[] sockets = new Socket[40];
        for (int i = 0; i < sockets.length; i++) {
            sockets[i] = new Socket();
            room.idle(sockets[i]);
        }
        new Pinger(room.time, room.registry, new WorkerTiming(1, 1, 1_600, 60_000), 1_000).start();
        room.time.advance(1_700);
        int pings = 0;
        for (Socket each : sockets) {
            pings += each.pings;
        }
        assertThat(pings).isBetween(38, 43);
    }

    @Test
    void anIdleWorkerThatIsSilentIsGivenUpAndABusyOneIsNot() {
        Socket silent = new Socket();
        room.idle(silent);
        WorkerConnection busy = room.idle(socket);
        room.delivery.deliver(busy.id(), assignment("1", 600_000));
        new Pinger(room.time, room.registry, new WorkerTiming(1, 1, 1_600, 5_000), 1_000).start();
        room.time.advance(4_000);
        assertThat(silent.closed).isZero();
        room.time.advance(4_000);
        assertThat(silent.closed).isEqualTo(1001);
        assertThat(socket.closed).isZero();
        assertThat(room.registry.size()).isEqualTo(1);
    }

    @Test
    void theGroupsOfWorkersAreSaidAgain() {
        room.idle(socket);
        room.idle(new Socket());
        GroupKeeper keeper = new GroupKeeper(room.time, room.registry, room.groups.proxy());
        int before = room.groups.made("enter");
        keeper.trigger();
        room.time.run();
        assertThat(room.groups.made("enter")).as("once for a group and holder").isEqualTo(before + 1);
        assertThat(room.groups.last("enter")).containsExactly(GROUP, "holder", true);
    }

    // ---- models -------------------------------------------------------------------------------------------------

    private final FakeCalls<ModelStore> models = new FakeCalls<>(ModelStore.class)
            .answer("live", done(List.of()))
            .answer("declare", done(List.of()))
            .answer("retract", done(null));

    private WorkerConnection declaring(String... names) {
        WorkerConnection worker = room.workers.open(GROUP, "holder", socket);
        worker.hello(new FromWorker.Hello(1, 1, List.of(names), null, null, List.of()));
        return worker;
    }

    private ModelAnnouncer announcer() {
        return new ModelAnnouncer(room.time, room.registry, models.proxy(), new ModelOwners(List.of()));
    }

    @Test
    void theModelsOfWorkersAreDeclaredAndTakenBack() {
        room.records.answer("refusedModels", done(null));
        ModelAnnouncer announcer = announcer();
        room.workers.onModelsChanged(announcer::trigger);
        WorkerConnection worker = declaring("m1", "m2");
        room.time.run();
        assertThat(models.last("declare"))
                .containsExactly(new ModelStore.Declarer(GROUP, "holder"), Map.of("m1", false, "m2", false));
        worker.closed(io.github.taskdispatcher.gateway.store.Departure.CLOSED, "Worker disconnected");
        room.time.run();
        assertThat(models.made("retract")).isEqualTo(1);
    }

    @Test
    void aModelThatWasNotTakenBackRunsOutAndOneWhoseCallFailedStands() {
        ModelAnnouncer announcer = announcer();
        declaring("m1");
        announcer.trigger();
        room.time.run();
        models.answer(
                "declare", CompletableFuture.failedFuture(StoreException.unanswered(new RuntimeException("away"))));
        announcer.trigger();
        room.time.run();
        assertThat(models.made("retract"))
                .as("what was said before still stands")
                .isZero();
        announcer.deregister();
        assertThat(models.made("retract")).isEqualTo(1);
    }

    @Test
    void aRefusedModelIsToldToItsWorkerOnce() {
        room.records.answer("refusedModels", done(null));
        models.answer(
                "declare",
                done(List.of(new ModelStore.Refusal("m1", ModelStore.Reason.TAKEN, new GroupName("other")))));
        declaring("m1");
        ModelAnnouncer announcer = announcer();
        for (int i = 0; i < 2; i++) {
            announcer.trigger();
            room.time.run();
        }
        assertThat(socket.all(ToWorker.Error.class)).hasSize(1);
        assertThat(socket.all(ToWorker.Error.class).get(0).code()).isEqualTo("model_taken");
    }

    // ---- Sweeper ------------------------------------------------------------------------------------------------

    @Test
    void busyGroupsAreSweptInEveryRoundUntilNothingIsOverdue() {
        TaskId ended = TaskId.next(GROUP);
        room.groups.answer("beginRound", done(5L));
        room.groups.answer("scan", done(new GroupStore.Page(List.of(GROUP), null)));
        room.groups.answer("unused", done(List.of()));
        room.groups.answer("holding", done(List.of()));
        room.store.answer("sweep", done(new Replies.Swept(List.of(ended), false)));
        Sweeper sweeper = new Sweeper(room.time, room.store.proxy(), room.journal);
        sweeper.trigger();
        room.time.run();
        assertThat(room.store.made("sweep")).isEqualTo(1);
        assertThat(room.store.last("sweep")).containsExactly(GROUP, 5L);
        assertThat(sweeper.busy()).containsExactly(GROUP);
    }

    @Test
    void namesThatStandForNothingAreForgottenAndTheOthersKept() {
        GroupName held = new GroupName("held");
        room.groups.answer("beginRound", done(0L));
        room.groups.answer("scan", done(new GroupStore.Page(List.of(), null)));
        room.groups.answer("unused", done(List.of(GROUP, held)));
        room.groups.answer("holding", done(List.of(held)));
        room.groups.answer("keep", done(null));
        room.groups.answer("forget", done(null));
        room.store.answer("sweep", done(new Replies.Swept(List.of(), false)));
        new Sweeper(room.time, room.store.proxy(), room.journal).trigger();
        room.time.run();
        assertThat(room.groups.last("forget").get(1)).isEqualTo(List.of(GROUP));
        assertThat(room.groups.last("keep").get(1)).isEqualTo(List.of(held));
        assertThat(room.store.last("sweep").get(0))
                .as("workers of dead gateways")
                .isEqualTo(held);
    }

    @Test
    void aRoundThatRedisDoesNotAnswerIsFollowedByTheNext() {
        room.groups.answer(
                "beginRound", CompletableFuture.failedFuture(StoreException.unanswered(new RuntimeException("away"))));
        new Sweeper(room.time, room.store.proxy(), room.journal).start();
        room.time.advance(5_000);
        assertThat(room.groups.made("beginRound")).isGreaterThan(5);
    }

    // ---- OutcomePoller ------------------------------------------------------------------------------------------

    private final Waiters waiters = new Waiters(room.time);
    private final TaskStreams streams = new TaskStreams(room.time);

    private HeldRequests held() {
        TaskCanceller canceller = new TaskCanceller(room.store.proxy(), retry, room.journal, waiters, streams);
        AbandonedTasks abandoned = new AbandonedTasks(room.store.proxy(), canceller, retry, room.time, room.lifecycle);
        return new HeldRequests(room.store.proxy(), room.journal, waiters, streams, abandoned, room.registry::workOn);
    }

    @Test
    void whatEachRequestWaitsForIsReadEveryTwoSeconds() {
        Waiters.Waiter waiter = waiters.register(TaskId.next(GROUP), GROUP, 60_000);
        waiter.accept();
        room.store.answer("outcome", done(Optional.empty()));
        new OutcomePoller(room.time, waiters, held()).start();
        room.time.advance(1_000);
        assertThat(room.store.made("outcome")).as("its hint may still come").isZero();
        room.time.advance(20_000);
        assertThat(room.store.made("outcome")).isBetween(9, 11);
        assertThat(waiter.future()).isNotDone();
    }

    @Test
    void aRequestWhoseDeadlineHasPassedIsAnsweredWhateverRedisDoes() {
        Waiters.Waiter waiter = waiters.register(TaskId.next(GROUP), GROUP, 3_000);
        waiter.accept();
        room.store.answer("outcome", new CompletableFuture<>());
        room.store.answer(
                "detach", CompletableFuture.failedFuture(StoreException.unanswered(new RuntimeException("away"))));
        new OutcomePoller(room.time, waiters, held()).start();
        room.time.advance(3_000);
        assertThat(waiter.future()).isNotDone();
        room.time.advance(1_001);
        assertThat(waiter.future()).isCompletedWithValue(new WaitEnd.GoesOn(TaskStatus.EXECUTING));
    }

    @Test
    void anOutcomeWhoseHintWasLostIsFound() {
        Waiters.Waiter waiter = waiters.register(TaskId.next(GROUP), GROUP, 60_000);
        waiter.accept();
        var outcome = io.github.taskdispatcher.gateway.store.Outcome.answer(TaskStatus.COMPLETED, "7".getBytes(UTF_8));
        room.store.answer("outcome", done(Optional.of(outcome)));
        new OutcomePoller(room.time, waiters, held()).start();
        room.time.advance(4_000);
        assertThat(waiter.future()).isCompletedWithValue(new WaitEnd.Ended(outcome));
        assertThat(waiters.size()).isZero();
    }

    @Test
    void theSubscriptionIsCheckedEveryThreeSeconds() {
        room.store.answer("checkListening", done(null));
        new SubscriptionProbe(room.time, room.store.proxy()).start();
        room.time.advance(30_000);
        assertThat(room.store.made("checkListening")).isEqualTo(10);
    }
}
