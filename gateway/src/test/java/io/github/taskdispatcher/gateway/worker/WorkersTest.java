package io.github.taskdispatcher.gateway.worker;

import static io.github.taskdispatcher.gateway.test.WorkerRoom.GROUP;
import static io.github.taskdispatcher.gateway.test.WorkerRoom.assignment;
import static io.github.taskdispatcher.gateway.test.WorkerRoom.done;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.store.Assignment;
import io.github.taskdispatcher.gateway.store.Departure;
import io.github.taskdispatcher.gateway.store.GroupStore;
import io.github.taskdispatcher.gateway.store.Replies;
import io.github.taskdispatcher.gateway.store.StoreException;
import io.github.taskdispatcher.gateway.test.WorkerRoom;
import io.github.taskdispatcher.gateway.test.WorkerRoom.Socket;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import io.github.taskdispatcher.wire.FromWorker;
import io.github.taskdispatcher.wire.ToWorker;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** One worker, from its greeting to its end. */
class WorkersTest {

    private static final byte[] RESULT = "7".getBytes(UTF_8);

    private final WorkerRoom room = new WorkerRoom();
    private final Socket socket = new Socket();

    private static <T> CompletableFuture<T> away() {
        return CompletableFuture.failedFuture(StoreException.unanswered(new RuntimeException("away")));
    }

    private CompletableFuture<Boolean> answer(WorkerConnection worker, TaskId task) {
        return worker.answer(task.text(), TaskStatus.COMPLETED, RESULT);
    }

    @Test
    void aWorkerIsGreetedWhenEveryGatewayKnowsIt() {
        CompletableFuture<Replies.Joined> joined = new CompletableFuture<>();
        room.store.answer("join", joined);
        WorkerConnection worker = room.workers.open(GROUP, "holder", socket);
        assertThat(socket.sent).isEmpty();
        joined.complete(Replies.Joined.JOINED);
        assertThat(socket.all(ToWorker.Connected.class)).hasSize(1);
        assertThat(worker.id()).isEqualTo("W1-00000001");
        assertThat(room.registry.groups()).containsExactly(GROUP);
        assertThat(room.registry.size()).isEqualTo(1);
    }

    @Test
    void withoutRedisAWorkerIsGreetedAfterHalfASecond() {
        room.store.answer("join", away());
        room.workers.open(GROUP, "holder", socket);
        room.time.advance(499);
        assertThat(socket.sent).isEmpty();
        room.time.advance(1);
        assertThat(socket.all(ToWorker.Connected.class)).hasSize(1);
        room.store.answer("join", done(Replies.Joined.JOINED));
        room.time.advance(2_000);
        assertThat(socket.all(ToWorker.Connected.class)).as("once").hasSize(1);
    }

    @Test
    void aWorkerThatSaysNothingCountsAsReadyAfterAWhile() {
        room.workers.open(GROUP, "holder", socket);
        room.time.advance(4_999);
        assertThat(room.store.made("ready")).isZero();
        room.time.advance(1);
        assertThat(room.store.made("ready")).isEqualTo(1);
    }

    @Test
    void aGroupTooManyIsRefusedWithTheReason() {
        room.groups.answer("enter", done(GroupStore.Entry.HOLDER_FULL));
        room.workers.open(GROUP, "holder", socket);
        assertThat(socket.all(ToWorker.Error.class).get(0).message()).contains("MAX_GROUPS_PER_KEY");
        assertThat(socket.closed).isEqualTo(1013);
        assertThat(room.store.made("join")).isZero();
    }

    @Test
    void anAssignmentIsSentAndItsAnswerIsRecorded() {
        WorkerConnection worker = room.idle(socket);
        Assignment task = assignment("1", 60_000);
        room.delivery.deliver(worker.id(), task);
        assertThat(socket.all(ToWorker.Task.class)).hasSize(1);
        assertThat(room.registry.workOn(task.id())).isTrue();
        room.takesAnswers(Replies.Completed.Outcome.RECORDED);
        assertThat(answer(worker, task.id())).isCompletedWithValue(true);
        assertThat(room.told().value()).isEqualTo(RESULT);
        assertThat(room.registry.workOn(task.id())).isFalse();
        assertThat(room.registry.slots()).allMatch(Slot::isIdle);
    }

    @Test
    void anAnswerOutlivesAnOutageOfRedis() {
        WorkerConnection worker = room.idle(socket);
        Assignment task = assignment("1", 60_000);
        room.delivery.deliver(worker.id(), task);
        room.store.answer("complete", away());
        CompletableFuture<Boolean> answered = answer(worker, task.id());
        room.time.advance(30_000);
        assertThat(answered).isNotDone();
        assertThat(room.registry.workOn(task.id()))
                .as("its answer is on the way")
                .isTrue();
        room.takesAnswers(Replies.Completed.Outcome.RECORDED);
        room.time.advance(1_500);
        assertThat(answered).isCompletedWithValue(true);
    }

    @Test
    void theNextTaskComesWithTheReplyToAnAnswer() {
        WorkerConnection worker = room.idle(socket);
        Assignment first = assignment("1", 60_000);
        Assignment next = assignment("1", 60_000);
        room.delivery.deliver(worker.id(), first);
        room.store.answer("complete", done(new Replies.Completed(Replies.Completed.Outcome.RECORDED, next, 0)));
        answer(worker, first.id());
        assertThat(socket.all(ToWorker.Task.class))
                .extracting(ToWorker.Task::taskId)
                .contains(next.id().text());
        assertThat(room.store.made("ready")).as("it did not ask").isEqualTo(1);
    }

    @Test
    void anAnswerToATaskThatRedisLostStillReachesWhatWaitsForItHere() {
        WorkerConnection worker = room.idle(socket);
        Assignment task = assignment("1", 60_000);
        room.delivery.deliver(worker.id(), task);
        room.takesAnswers(Replies.Completed.Outcome.UNKNOWN);
        answer(worker, task.id());
        assertThat(room.told().value()).isEqualTo(RESULT);
        assertThat(room.store.made("ready"))
                .as("Redis may have lost the worker, too")
                .isEqualTo(2);
    }

    @Test
    void anAnswerThatDoesNotCountIsLookedUp() {
        WorkerConnection worker = room.idle(socket);
        Assignment task = assignment("1", 60_000);
        room.delivery.deliver(worker.id(), task);
        room.takesAnswers(Replies.Completed.Outcome.STALE);
        assertThat(answer(worker, task.id())).as("the worker did nothing wrong").isCompletedWithValue(true);
        assertThat(room.outcomes.made("ended")).isZero();
        assertThat(room.outcomes.made("mayHaveEnded")).isEqualTo(1);
    }

    @Test
    void anAnswerToAForeignTaskIsRefused() {
        WorkerConnection worker = room.idle(socket);
        assertThat(worker.answer("nonsense", TaskStatus.COMPLETED, RESULT)).isCompletedWithValue(false);
        assertThat(socket.all(ToWorker.Error.class).get(0).code()).isEqualTo("not_assigned");
    }

    @Test
    void anAnswerToATaskOfALostGatewayIsOfferedUntilTheStoreDecides() {
        WorkerConnection worker = room.idle(socket);
        TaskId task = TaskId.next(GROUP);
        room.store.answer("complete", done(new Replies.Completed(Replies.Completed.Outcome.EARLY, null, 77)));
        CompletableFuture<Boolean> answered = answer(worker, task);
        room.time.advance(500);
        assertThat(room.completion().offeredAt())
                .as("when it was offered first")
                .isEqualTo(77L);
        assertThat(answered).isNotDone();
        room.takesAnswers(Replies.Completed.Outcome.RECORDED);
        room.time.advance(500);
        assertThat(answered).isCompletedWithValue(true);
        assertThat(room.told().value()).isEqualTo(RESULT);
    }

    @Test
    void aClaimIsRepeatedUntilItIsAnswered() {
        WorkerConnection worker = room.idle(socket);
        Assignment task = assignment("2", 60_000);
        room.store.answer("claim", away());
        room.delivery.claim(new Replies.Unclaimed(task.id(), worker.id(), "2"));
        room.store.answer("claim", done(Optional.of(task)));
        room.time.advance(1_500);
        assertThat(socket.all(ToWorker.Task.class)).hasSize(1);
        room.delivery.claim(new Replies.Unclaimed(task.id(), "W9-none", "2"));
        assertThat(socket.all(ToWorker.Task.class)).hasSize(1);
    }

    @Test
    void aCancelledTaskIsToldToItsWorkerOnce() {
        WorkerConnection worker = room.idle(socket);
        Assignment task = assignment("1", 60_000);
        room.delivery.deliver(worker.id(), task);
        room.delivery.cancelled(task.id(), worker.id());
        room.delivery.cancelled(task.id(), worker.id());
        room.delivery.cancelled(task.id(), "W9-none");
        assertThat(socket.all(ToWorker.Cancel.class)).hasSize(1);
    }

    @Test
    void anAnswerBehindTheCancelIsBroughtAsLate() {
        WorkerConnection worker = room.idle(socket);
        Assignment task = assignment("1", 3_000);
        room.takesAnswers(Replies.Completed.Outcome.STALE);
        room.delivery.deliver(worker.id(), task);
        room.time.advance(3_000);
        room.registry.checkDeadlines();
        assertThat(socket.all(ToWorker.Cancel.class)).hasSize(1);
        answer(worker, task.id());
        assertThat(room.completion().overran()).isTrue();
        room.delivery.deliver(worker.id(), assignment("1", 3_000));
        answer(worker, new TaskId(socket.all(ToWorker.Task.class).get(1).taskId()));
        assertThat(room.completion().overran()).isFalse();
    }

    @Test
    void aWorkerThatClosesLeavesItsTaskToTheStore() {
        WorkerConnection worker = room.idle(socket);
        Assignment task = assignment("1", 60_000);
        room.delivery.deliver(worker.id(), task);
        worker.closed(Departure.LOST, "Worker disconnected");
        assertThat(room.store.last("gone"))
                .containsExactly(GROUP, worker.id(), 1, Departure.CLOSED, "Worker disconnected", task.key());
        assertThat(room.registry.isEmpty()).isTrue();
        assertThat(room.registry.size()).isZero();
        assertThat(room.registry.groups()).isEmpty();
        assertThat(room.groups.made("leave")).isEqualTo(1);
    }

    @Test
    void aGatewayThatStopsSendsIdleWorkersAwayAndLetsBusyOnesAnswer() {
        Socket other = new Socket();
        WorkerConnection busy = room.idle(socket);
        room.idle(other);
        Assignment task = assignment("1", 60_000);
        room.delivery.deliver(busy.id(), task);
        room.workers.drain();
        assertThat(other.closed).isEqualTo(1012);
        assertThat(socket.closed).isZero();
        room.takesAnswers(Replies.Completed.Outcome.RECORDED);
        answer(busy, task.id());
        assertThat(room.completion().last()).as("it takes no further task").isTrue();
        assertThat(socket.closed).isEqualTo(1012);
        assertThat(room.registry.isEmpty()).isTrue();
        Socket late = new Socket();
        room.idle(late);
        assertThat(late.closed).as("one that comes now").isEqualTo(1012);
    }

    @Test
    void aGatewayThatEndsReleasesBusyWorkersToo() {
        WorkerConnection busy = room.idle(socket);
        room.delivery.deliver(busy.id(), assignment("1", 60_000));
        assertThat(room.workers.release()).isDone();
        assertThat(socket.closed).isEqualTo(1012);
        assertThat(room.store.last("gone").get(3)).isEqualTo(Departure.RELEASED);
    }

    @Test
    void aWorkerThatComesBackGoesOnWithItsTask() {
        Assignment task = assignment("1", 60_000);
        room.store.answer("resume", done(Optional.of(task)));
        int[] changes = {0};
        room.workers.onModelsChanged(() -> changes[0]++);
        WorkerConnection worker = room.workers.open(GROUP, "holder", socket);
        worker.hello(new FromWorker.Hello(
                1, 2, List.of("m"), null, null, List.of(task.id().text(), "nonsense")));
        assertThat(changes[0]).isEqualTo(1);
        assertThat(room.registry.slots()).hasSize(2);
        assertThat(socket.all(ToWorker.Cancel.class))
                .extracting(ToWorker.Cancel::taskId)
                .containsExactly("nonsense");
        assertThat(room.registry.workOn(task.id())).isTrue();
        room.takesAnswers(Replies.Completed.Outcome.RECORDED);
        assertThat(answer(worker, task.id())).isCompletedWithValue(true);
        assertThat(socket.all(ToWorker.Ack.class)).hasSize(1);
    }

    @Test
    void chunksAreStoredInOrderBeforeTheAnswer() {
        WorkerConnection worker = room.idle(socket);
        Assignment task = assignment("1", 60_000);
        room.delivery.deliver(worker.id(), task);
        CompletableFuture<java.util.OptionalLong> storing = new CompletableFuture<>();
        room.chunks.answer("add", storing);
        room.takesAnswers(Replies.Completed.Outcome.RECORDED);
        assertThat(worker.chunk(task.id().text(), "\"a\"".getBytes(UTF_8), () -> {}))
                .isTrue();
        CompletableFuture<Boolean> answered = answer(worker, task.id());
        assertThat(room.store.made("complete")).isZero();
        storing.complete(java.util.OptionalLong.of(1));
        assertThat(answered).isCompletedWithValue(true);
        assertThat(room.outcomes.made("said")).isEqualTo(1);
    }

    @Test
    void progressIsWrittenFourTimesASecondAtMost() {
        WorkerConnection worker = room.idle(socket);
        Assignment task = assignment("1", 60_000);
        room.delivery.deliver(worker.id(), task);
        for (int i = 0; i < 10; i++) {
            assertThat(worker.progress(task.id().text(), i / 10.0, null)).isTrue();
        }
        assertThat(room.store.made("progress")).isEqualTo(1);
        room.time.advance(250);
        assertThat(room.store.made("progress")).as("the newest of the others").isEqualTo(2);
        room.time.advance(1_000);
        assertThat(room.store.made("progress")).isEqualTo(2);
        assertThat(worker.progress(TaskId.next(GROUP).text(), 0.5, null)).isFalse();
    }
}
