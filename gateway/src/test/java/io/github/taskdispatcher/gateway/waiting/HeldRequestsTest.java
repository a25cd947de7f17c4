package io.github.taskdispatcher.gateway.waiting;

import static io.github.taskdispatcher.gateway.test.WorkerRoom.GROUP;
import static io.github.taskdispatcher.gateway.test.WorkerRoom.done;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.background.Lifecycle;
import io.github.taskdispatcher.gateway.background.Retry;
import io.github.taskdispatcher.gateway.journal.Journal;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.store.RecordStore;
import io.github.taskdispatcher.gateway.store.Replies;
import io.github.taskdispatcher.gateway.store.Replies.TaskView;
import io.github.taskdispatcher.gateway.store.StoreException;
import io.github.taskdispatcher.gateway.store.TaskAccess;
import io.github.taskdispatcher.gateway.store.TaskStore;
import io.github.taskdispatcher.gateway.test.FakeCalls;
import io.github.taskdispatcher.gateway.test.ManualScheduler;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** How held requests are answered: with the end, with how far the task is, and when their clients leave. */
class HeldRequestsTest {

    private static final Outcome RESULT = Outcome.answer(TaskStatus.COMPLETED, "7".getBytes(UTF_8));
    private static final TaskView RUNS = view(TaskStatus.EXECUTING, null);

    private final ManualScheduler time = new ManualScheduler();
    private final Lifecycle lifecycle = new Lifecycle();
    private final Retry retry = new Retry(time, lifecycle);
    private final FakeCalls<TaskStore> store = new FakeCalls<>(TaskStore.class);
    private final FakeCalls<RecordStore> records = new FakeCalls<>(RecordStore.class);
    private final Journal journal = new Journal(records.proxy(), () -> 1L, "G-1", true, true);
    private final Waiters waiters = new Waiters(time);
    private final TaskStreams streams = new TaskStreams(time);
    private final TaskCanceller canceller = new TaskCanceller(store.proxy(), retry, journal, waiters, streams);
    private final AbandonedTasks abandoned = new AbandonedTasks(store.proxy(), canceller, retry, time, lifecycle);
    private final TaskId id = TaskId.next(GROUP);
    private boolean worksHere;
    private final HeldRequests held =
            new HeldRequests(store.proxy(), journal, waiters, streams, abandoned, task -> worksHere);
    private final EndWatch ends = new EndWatch(store.proxy(), waiters, held, time, lifecycle);
    private final Runnable[] leaving = {null};
    private final DisconnectSignal client = left -> leaving[0] = left;

    private static TaskView view(TaskStatus status, Outcome outcome) {
        return new TaskView(status, 1, 2, "W1", outcome == null ? 0 : 3, outcome, 0, "", null);
    }

    private Waiters.Waiter waiting(long waitMs, boolean joined, TaskStatus status) {
        Waiters.Waiter waiter = ends.register(id, GROUP, 60_000);
        ends.hold(waiter, WaitPolicy.of(waitMs, client), 60_000, status, joined);
        return waiter;
    }

    @Test
    void theEndOfATaskAnswersAllThatWaitForIt() {
        Waiters.Waiter one = waiting(WaitPolicy.TO_THE_END, false, TaskStatus.EXECUTING);
        Waiters.Waiter two = waiting(WaitPolicy.TO_THE_END, false, TaskStatus.QUEUED);
        assertThat(held.count()).isEqualTo(2);
        held.ended(id, RESULT);
        assertThat(one.future()).isCompletedWithValue(new WaitEnd.Ended(RESULT));
        assertThat(two.future()).isCompletedWithValue(new WaitEnd.Ended(RESULT));
        assertThat(held.count()).isZero();
    }

    @Test
    void aWaitThatIsOverTellsHowFarTheTaskIs() {
        store.answer("detach", done(Optional.of(RUNS)));
        Waiters.Waiter waiter = waiting(5_000, false, TaskStatus.QUEUED);
        time.advance(4_999);
        assertThat(waiter.future()).isNotDone();
        time.advance(1);
        assertThat(waiter.future()).isCompletedWithValue(new WaitEnd.GoesOn(TaskStatus.EXECUTING));
    }

    @Test
    void aWaitThatIsOverEndsWithTheOutcomeThatItFinds() {
        store.answer("detach", done(Optional.of(view(TaskStatus.COMPLETED, RESULT))));
        Waiters.Waiter waiter = waiting(5_000, false, TaskStatus.QUEUED);
        time.advance(5_000);
        assertThat(waiter.future()).isCompletedWithValue(new WaitEnd.Ended(RESULT));
    }

    @Test
    void aTaskThatRedisLostFailsWhatWaitsForIt() {
        store.answer("outcome", done(null));
        Waiters.Waiter early = ends.register(id, GROUP, 60_000);
        held.check(id);
        assertThat(early.future()).as("its submit may still be on the way").isNotDone();
        Waiters.Waiter waiter = waiting(WaitPolicy.TO_THE_END, false, TaskStatus.QUEUED);
        worksHere = true;
        held.check(id);
        assertThat(waiter.future()).as("its worker is here").isNotDone();
        worksHere = false;
        held.check(id);
        assertThat(waiter.future().join()).isInstanceOfSatisfying(WaitEnd.Ended.class, end -> {
            assertThat(end.outcome().endedBy()).isEqualTo(Outcome.Cause.FORGOTTEN);
            assertThat(new String(end.outcome().value(), UTF_8)).startsWith("Task lost");
        });
    }

    @Test
    void aFailedLookSaysNothing() {
        store.answer(
                "outcome", CompletableFuture.failedFuture(StoreException.unanswered(new RuntimeException("away"))));
        Waiters.Waiter waiter = waiting(WaitPolicy.TO_THE_END, false, TaskStatus.QUEUED);
        assertThat(held.check(id)).isCompleted();
        assertThat(waiter.future()).isNotDone();
    }

    @Test
    void aRequestThatJoinsAnotherIsToldOfTheEndFromNowOn() {
        store.answer("watch", done(Optional.of(RUNS)));
        store.answer("outcome", done(Optional.of(RESULT)));
        Waiters.Waiter waiter = waiting(WaitPolicy.TO_THE_END, true, TaskStatus.EXECUTING);
        assertThat(store.made("watch")).isEqualTo(1);
        assertThat(waiter.future()).as("it had ended meanwhile").isCompletedWithValue(new WaitEnd.Ended(RESULT));
    }

    // ---- tasks that were there before ---------------------------------------------------------------------------

    private CompletableFuture<Optional<TaskView>> await(long waitMs) {
        return ends.await(GROUP, id, TaskAccess.ALL, waitMs, client);
    }

    @Test
    void aTaskThatHasEndedIsToldAtOnce() {
        Optional<TaskView> ended = Optional.of(view(TaskStatus.COMPLETED, RESULT));
        store.answer("watch", done(ended));
        assertThat(await(5_000)).isCompletedWithValue(ended);
        assertThat(held.count()).isZero();
    }

    @Test
    void aTaskThatIsNotThereIsNotWaitedFor() {
        store.answer("watch", done(Optional.empty()));
        assertThat(await(5_000)).isCompletedWithValue(Optional.empty());
        store.answer("watch", CompletableFuture.failedFuture(StoreException.unanswered(new RuntimeException("away"))));
        assertThat(await(5_000)).isCompletedExceptionally();
        assertThat(held.count()).isZero();
    }

    @Test
    void aTaskThatRunsIsWaitedForUntilItEndsOrTheTimeIsOver() {
        store.answer("watch", done(Optional.of(RUNS)));
        Optional<TaskView> later = Optional.of(view(TaskStatus.COMPLETED, RESULT));
        store.answer("look", done(later));
        CompletableFuture<Optional<TaskView>> first = await(5_000);
        assertThat(first).isNotDone();
        held.ended(id, RESULT);
        assertThat(first).isCompletedWithValue(later);
        assertThat(time.waiting()).as("its limit is cancelled").isZero();
        store.answer("look", done(Optional.of(RUNS)));
        CompletableFuture<Optional<TaskView>> second = await(5_000);
        time.advance(5_000);
        assertThat(second).isCompletedWithValue(Optional.of(RUNS));
        assertThat(held.count()).isZero();
    }

    // ---- clients that leave -------------------------------------------------------------------------------------

    @Test
    void aTaskWhoseClientLeftIsCancelledWhenNoClientAsksForIt() {
        store.answer("abandon", done(OptionalLong.of(77)));
        store.answer("cancel", done(Replies.Cancelled.CANCELLED));
        Outcome cancelled = new Outcome(TaskStatus.CANCELLED, Outcome.Cause.CANCEL, new byte[0], 0);
        store.answer("look", done(Optional.of(view(TaskStatus.CANCELLED, cancelled))));
        store.answer("outcome", done(Optional.empty()));
        Waiters.Waiter waiter = waiting(WaitPolicy.TO_THE_END, false, TaskStatus.EXECUTING);
        leaving[0].run();
        time.advance(AbandonedTasks.RETURN_MS - 1);
        assertThat(store.made("cancel")).isZero();
        time.advance(1);
        assertThat(store.last("cancel").get(3)).isEqualTo(OptionalLong.of(77));
        assertThat(waiter.future()).isCompletedWithValue(new WaitEnd.Ended(cancelled));
    }

    @Test
    void aTaskThatAClientAskedForSinceGoesOn() {
        store.answer("abandon", done(OptionalLong.of(77)));
        store.answer("cancel", done(Replies.Cancelled.WANTED));
        store.answer("outcome", done(Optional.empty()));
        Waiters.Waiter waiter = waiting(WaitPolicy.TO_THE_END, false, TaskStatus.EXECUTING);
        leaving[0].run();
        time.advance(AbandonedTasks.RETURN_MS);
        assertThat(waiter.future())
                .as("only a client that sends no more reads this")
                .isCompletedWithValue(new WaitEnd.GoesOn(TaskStatus.EXECUTING));
        assertThat(store.last("outcome").get(2)).as("no client wants it here").isEqualTo(false);
    }

    @Test
    void aGatewayThatStopsCancelsNothing() {
        store.answer("abandon", done(OptionalLong.of(77)));
        store.answer("outcome", done(Optional.empty()));
        waiting(WaitPolicy.TO_THE_END, false, TaskStatus.EXECUTING);
        leaving[0].run();
        lifecycle.drain();
        time.advance(AbandonedTasks.RETURN_MS);
        assertThat(store.made("cancel")).isZero();
        assertThat(held.count()).isZero();
    }

    @Test
    void aGatewayThatStopsTellsEveryRequestHowFarItsTaskIs() {
        store.answer("detach", done(Optional.of(RUNS)));
        Waiters.Waiter one = waiting(WaitPolicy.TO_THE_END, false, TaskStatus.EXECUTING);
        Waiters.Waiter two = waiting(WaitPolicy.TO_THE_END, false, TaskStatus.EXECUTING);
        assertThat(held.tellAll()).isCompleted();
        assertThat(one.future()).isCompletedWithValue(new WaitEnd.GoesOn(TaskStatus.EXECUTING));
        assertThat(two.future()).isDone();
        assertThat(held.count()).isZero();
    }

    @Test
    void aCancelIsRepeatedWhileRedisDoesNotAnswer() {
        store.answer("cancel", CompletableFuture.failedFuture(StoreException.unanswered(new RuntimeException("away"))));
        CompletableFuture<Optional<TaskView>> cancelled = canceller.cancel(GROUP, id, TaskAccess.ALL);
        store.answer("cancel", done(Replies.Cancelled.ENDED));
        store.answer("look", done(Optional.of(view(TaskStatus.COMPLETED, RESULT))));
        Waiters.Waiter waiter = waiters.register(id, GROUP, 1_000);
        time.advance(100);
        assertThat(cancelled.join().orElseThrow().status()).isEqualTo(TaskStatus.COMPLETED);
        assertThat(waiter.future()).isCompletedWithValue(new WaitEnd.Ended(RESULT));
    }
}
