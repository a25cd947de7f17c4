package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

import io.github.taskdispatcher.gateway.store.redis.ScriptSha;
import io.github.taskdispatcher.testkit.Freezer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;

/**
 * Gateways killed, frozen and stopped at each moment of a task's life. A moment is met by the link to Redis: it breaks when
 * the script runs that the moment is about.
 */
class GatewayFaultsIT {

    private static final String TASK = "{\"data\":{\"n\":1},\"timeout\":120000}";

    @TempDir
    Path dir;

    private FaultStage stage;
    private GatewayProcess a;
    private GatewayProcess b;

    /** A is the client's gateway, B the worker's. */
    @BeforeEach
    void start() throws Exception {
        stage = new FaultStage(dir);
        a = stage.gateway("WORKER_RECONNECT_GRACE_MS", "3000");
        b = stage.gateway("WORKER_RECONNECT_GRACE_MS", "3000", "SHUTDOWN_GRACE_MS", "2000");
        stage.rehearse(a, b);
    }

    @AfterEach
    void stop() throws Exception {
        stage.close();
    }

    @Test
    @Execution(CONCURRENT)
    void killedBetweenAssignmentAndClaimTheTaskGoesBackToItsPlace() throws Exception {
        stage.ready(b);
        var claims = stage.linkOf(b).stallBefore(ScriptSha.of("CLAIM"));
        String first = stage.submit(a, TASK);
        claims.get(20, TimeUnit.SECONDS);
        String second = stage.submit(a, TASK);
        assertThat(stage.queue()).containsExactly(second);
        b.kill();
        await().atMost(Duration.ofSeconds(20)).until(() -> stage.queue().equals(List.of(first, second)));
        TestWorker other = stage.silent(a);
        assertThat(other.awaitTask()).isEqualTo(first);
        other.complete(first, "1");
        assertThat(other.awaitTask()).isEqualTo(second);
        other.complete(second, "2");
        stage.settled(a);
    }

    @Test
    @Execution(CONCURRENT)
    void killedBetweenClaimAndSendTheTaskFailsAndRunsNowhere() throws Exception {
        TestWorker worker = stage.ready(b);
        var claims = stage.linkOf(b).swallowRepliesAfter(ScriptSha.of("CLAIM"));
        CompletableFuture<String> held = stage.held(a, TASK);
        claims.get(20, TimeUnit.SECONDS);
        await().atMost(Duration.ofSeconds(5)).until(() -> stage.ask(it -> it.keys("td:{default}:unclaimed:*"))
                .isEmpty());
        b.kill();
        assertThat(held.get(40, TimeUnit.SECONDS)).contains("Worker disconnected", "worker_lost");
        assertThat(worker.received).isEmpty();
        stage.settled(a);
    }

    @Test
    @Execution(CONCURRENT)
    void killedWithTheAnswerInHandItsWorkerBringsItToAnother() throws Exception {
        TestWorker worker = stage.ready(b);
        CompletableFuture<String> held = stage.held(a, TASK);
        String id = worker.awaitTask();
        var completes = stage.linkOf(b).stallBefore(ScriptSha.of("COMPLETE"));
        worker.complete(id, "\"again\"");
        completes.get(20, TimeUnit.SECONDS);
        b.kill();
        stage.silent(a).complete(id, "\"again\"");
        assertThat(held.get(40, TimeUnit.SECONDS)).endsWith("\"result\":\"again\"}");
        stage.settled(a);
    }

    @Test
    @Execution(CONCURRENT)
    void killedBeforeItToldTheClientTheResultIsThereToRead() throws Exception {
        TestWorker worker = stage.ready(b);
        CompletableFuture<String> held = stage.held(b, TASK);
        String id = worker.awaitTask();
        var completes = stage.linkOf(b).swallowRepliesAfter(ScriptSha.of("COMPLETE"));
        worker.complete(id, "\"stored\"");
        completes.get(20, TimeUnit.SECONDS);
        stage.awaitField(id, "status", "completed");
        b.kill();
        assertThatThrownBy(held::join).as("the connection broke").hasMessageContaining("IOException");
        assertThat(a.get("/api/task/" + id).body()).contains("\"result\":\"stored\"");
        stage.ledger.accepted(id);
        stage.settled(a);
    }

    @Test
    @Execution(CONCURRENT)
    void killedBeforeItToldTheTasksIdTheTaskRunsAllTheSame() throws Exception {
        TestWorker worker = stage.ready(b);
        var submits = stage.linkOf(a).swallowRepliesAfter(ScriptSha.of("SUBMIT"));
        CompletableFuture<String> untold = stage.held(a, TASK);
        submits.get(20, TimeUnit.SECONDS);
        String id = worker.awaitTask();
        a.kill();
        assertThatThrownBy(untold::join).hasMessageContaining("IOException");
        worker.complete(id, "1");
        stage.awaitStatus(b, id, "completed");
        stage.ledger.accepted(id);
        stage.settled(b);
    }

    @Test
    @Execution(CONCURRENT)
    void killedWhileItHoldsARequestTheTaskGoesOn() throws Exception {
        TestWorker worker = stage.ready(b);
        CompletableFuture<String> held = stage.held(a, TASK);
        String running = worker.awaitTask();
        String queued = stage.submit(a, TASK);
        a.kill();
        assertThatThrownBy(held::join).hasMessageContaining("IOException");
        worker.complete(running, "1");
        assertThat(worker.awaitTask()).isEqualTo(queued);
        worker.complete(queued, "2");
        stage.awaitStatus(b, running, "completed");
        stage.ledger.accepted(running);
        stage.settled(b);
    }

    @Test
    @Execution(CONCURRENT)
    void killedForGoodItsWorkersTaskFailsAndTheNextOneRuns() throws Exception {
        TestWorker worker = stage.ready(b);
        CompletableFuture<String> held = stage.held(a, TASK);
        worker.awaitTask();
        String queued = stage.submit(a, TASK);
        b.kill();
        assertThat(held.get(40, TimeUnit.SECONDS)).contains("Worker disconnected", "worker_lost");
        TestWorker next = stage.silent(a);
        assertThat(next.awaitTask()).isEqualTo(queued);
        next.complete(queued, "2");
        stage.settled(a);
    }

    @Test
    @Execution(CONCURRENT)
    void frozenForFiveSecondsNothingIsGivenUp() throws Exception {
        TestWorker busy = stage.ready(b);
        CompletableFuture<String> first = stage.held(b, TASK);
        String running = busy.awaitTask();
        TestWorker idle = stage.ready(b);
        Freezer.freeze(b.process);
        CompletableFuture<String> second = stage.held(a, TASK);
        TimeUnit.SECONDS.sleep(5);
        Freezer.thaw(b.process);
        String assigned = idle.awaitTask();
        idle.complete(assigned, "2");
        busy.complete(running, "1");
        assertThat(first.get(20, TimeUnit.SECONDS)).endsWith("\"result\":1}");
        assertThat(second.get(20, TimeUnit.SECONDS)).endsWith("\"result\":2}");
        assertThat(busy.closed).isNotDone();
        stage.settled(a, b);
    }

    @Test
    @Execution(CONCURRENT)
    void frozenForThirtySecondsItIsGivenUpAndComesBack() throws Exception {
        TestWorker busy = stage.ready(b);
        CompletableFuture<String> held = stage.held(b, TASK);
        String running = busy.awaitTask();
        TestWorker idle = stage.ready(b);
        Freezer.freeze(b.process);
        CompletableFuture<String> unclaimed = stage.held(a, TASK);
        // Meanwhile its idle worker's task goes to another gateway's worker, and its busy one's fails.
        TestWorker other = stage.ready(a);
        String moved = other.awaitTask();
        other.complete(moved, "\"elsewhere\"");
        assertThat(unclaimed.get(20, TimeUnit.SECONDS)).endsWith("\"result\":\"elsewhere\"}");
        stage.awaitStatus(a, running, "failed");
        TimeUnit.SECONDS.sleep(12);
        Freezer.thaw(b.process);
        assertThat(held.get(20, TimeUnit.SECONDS)).contains("Worker disconnected", "worker_lost");
        busy.complete(running, "\"too late\"");
        // Both its workers are of use again, without having reconnected.
        stage.settled(a, b);
        assertThat(a.task(running).path("error").asText()).isEqualTo("Worker disconnected");
        assertThat(busy.closed).isNotDone();
        assertThat(idle.closed).isNotDone();
    }

    @Test
    @Execution(CONCURRENT)
    void stoppedWithAnUnclaimedTaskTheTaskGoesElsewhere() throws Exception {
        TestWorker idle = stage.ready(b);
        var claims = stage.linkOf(b).stallBefore(ScriptSha.of("CLAIM"));
        CompletableFuture<String> held = stage.held(a, TASK);
        claims.get(20, TimeUnit.SECONDS);
        b.process.destroy();
        TimeUnit.MILLISECONDS.sleep(500);
        stage.linkOf(b).heal();
        assertThat(idle.closed.get(20, TimeUnit.SECONDS)).isEqualTo(1012);
        TestWorker other = stage.silent(a);
        String id = other.awaitTask();
        other.complete(id, "1");
        assertThat(held.get(20, TimeUnit.SECONDS)).endsWith("\"result\":1}");
        stage.settled(a);
    }

    @Test
    @Execution(CONCURRENT)
    void allKilledAndStartedAgainAfterTwentySeconds() throws Exception {
        TestWorker first = stage.ready(b);
        TestWorker second = stage.ready(a);
        String returns = stage.submit(a, TASK);
        String lost = stage.submit(a, TASK);
        TestWorker loses = first.awaitTask().equals(lost) ? first : second;
        assertThat(loses == first ? second.awaitTask() : lost).isIn(returns, lost);
        String overdue = stage.submit(a, "{\"data\":{},\"timeout\":5000}");
        String third = stage.submit(b, TASK);
        String fourth = stage.submit(a, TASK);
        a.kill();
        b.kill();
        TimeUnit.SECONDS.sleep(20);
        GatewayProcess c = stage.gateway("WORKER_RECONNECT_GRACE_MS", "3000");
        stage.awaitStatus(c, overdue, "failed");
        assertThat(c.task(overdue).path("error").asText()).isEqualTo("Task timeout");
        TestWorker back = stage.silent(c);
        back.complete(returns, "\"back\"");
        assertThat(back.awaitTask()).isEqualTo(third);
        back.complete(third, "3");
        assertThat(back.awaitTask()).isEqualTo(fourth);
        back.complete(fourth, "4");
        stage.awaitStatus(c, returns, "completed");
        stage.awaitStatus(c, lost, "failed");
        assertThat(c.task(lost).path("error").asText()).isEqualTo("Worker disconnected");
        stage.settled(c);
    }
}
