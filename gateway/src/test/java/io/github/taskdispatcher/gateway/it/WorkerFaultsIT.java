package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.testkit.Audit;
import io.github.taskdispatcher.testkit.FaultProxy;
import io.github.taskdispatcher.testkit.Ledger;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Workers that die, freeze or hang on a dead link: their task ends in time, and the next one is somebody else's. */
class WorkerFaultsIT {

    private String prefix;
    private GatewayProcess gateway;
    private FaultProxy link;

    @BeforeEach
    void start() throws IOException {
        prefix = TestRedis.freshPrefix();
        gateway = GatewayProcess.on(
                TestRedis.url(),
                prefix,
                "MIN_TASK_TIMEOUT_MS",
                "300",
                "MAX_TASK_TIMEOUT_MS",
                "8000",
                "WS_PING_INTERVAL_MS",
                "300",
                "WORKER_SILENCE_LIMIT_MS",
                "3000");
        link = new FaultProxy(gateway.port());
    }

    @AfterEach
    void stop() {
        Closing.all(link, this::nothingIsLeft, gateway);
    }

    private void nothingIsLeft() throws Exception {
        Ledger ledger = new Ledger();
        new Audit(ledger, GatewayProcess.HTTP, gateway::port, TestRedis.url())
                .awaitNothingLeft(prefix + "{default}:", 0, 30);
        assertThat(ledger.violations()).isEmpty();
    }

    private String statusOf(String id) {
        return gateway.task(id).path("status").asText();
    }

    private void awaitFailure(String id, String error) {
        await().atMost(Duration.ofSeconds(10)).until(() -> statusOf(id).equals("failed"));
        assertThat(gateway.task(id).path("error").asText()).isEqualTo(error);
    }

    private void anotherWorkerTakesTheNext() {
        try (TestWorker other = TestWorker.echo(gateway, null)) {
            assertThat(gateway.post("{\"data\":{\"n\":1},\"timeout\":8000}").body())
                    .contains("\"completed\"");
            assertThat(other.closed).isNotDone();
        }
    }

    @Test
    void aWorkerKilledWhileIdleGetsNoTask() {
        TestWorker.ready(link.port(), null);
        // The gateway is asked, not the worker: JDK 17's client loses one cut in fifty that comes right after a frame.
        link.cut();
        await().atMost(Duration.ofSeconds(5))
                .until(() -> gateway.post("{\"data\":{}}").body().contains("No worker available"));
        anotherWorkerTakesTheNext();
    }

    @Test
    void aWorkerKilledAtWorkFailsItsTaskAtOnce() {
        TestWorker worker = TestWorker.ready(link.port(), null);
        var held = gateway.postAsync("{\"data\":{},\"timeout\":8000}");
        String running = worker.awaitTask();
        String queued = gateway.submit("{\"data\":{\"n\":2},\"timeout\":8000}");
        link.cut();
        HttpResponse<String> answer = held.orTimeout(5, TimeUnit.SECONDS).join();
        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(answer.body()).contains("Worker disconnected", "worker_lost", running);
        assertThat(statusOf(queued)).as("it waits for a worker to come").isEqualTo("queued");
        try (TestWorker other = TestWorker.ready(gateway, null)) {
            assertThat(other.awaitTask()).isEqualTo(queued);
            other.complete(queued, "2");
            await().until(() -> statusOf(queued).equals("completed"));
        }
    }

    @Test
    void anIdleWorkerBehindADeadLinkIsGivenUp() {
        TestWorker.ready(link.port(), null);
        link.stall();
        // Asked only then: a task would make it a busy one.
        await().pollDelay(Duration.ofSeconds(6))
                .atMost(Duration.ofSeconds(20))
                .until(() -> gateway.post("{\"data\":{}}").body().contains("No worker available"));
        anotherWorkerTakesTheNext();
    }

    @Test
    void aWorkerThatStaysSilentLongAfterItsDeadlineIsGivenUp() {
        TestWorker.ready(link.port(), null);
        link.stall();
        String lost = gateway.submit("{\"data\":{},\"timeout\":300}");
        awaitFailure(lost, "Task timeout");
        assertThat(gateway.post("{\"data\":{},\"timeout\":300}").body())
                .as("it is still there")
                .contains("Task timeout");
        await().atMost(Duration.ofSeconds(20))
                .until(() ->
                        gateway.post("{\"data\":{},\"timeout\":300}").body().contains("No worker available"));
        anotherWorkerTakesTheNext();
    }

    @Test
    void aTaskSentIntoADeadLinkEndsAtItsDeadline() {
        TestWorker.ready(link.port(), null);
        link.stall();
        String lost = gateway.submit("{\"data\":{\"x\":\"" + "x".repeat(2_000_000) + "\"},\"timeout\":2000}");
        awaitFailure(lost, "Task timeout");
        assertThat(gateway.get("/livez").statusCode()).isEqualTo(200);
        anotherWorkerTakesTheNext();
    }

    @Test
    void aFrozenWorkersLateAnswerChangesNothingAndItIsUsableAgain() {
        try (TestWorker worker = TestWorker.ready(link.port(), null)) {
            String late = gateway.submit("{\"data\":{\"n\":1},\"timeout\":1000}");
            assertThat(worker.awaitTask()).isEqualTo(late);
            link.stall();
            awaitFailure(late, "Task timeout");
            worker.complete(late, "\"late\"");
            link.heal();
            worker.await("cancel");
            String next = gateway.submit("{\"data\":{\"n\":2},\"timeout\":8000}");
            assertThat(worker.awaitTask()).isEqualTo(next);
            worker.complete(next, "2");
            await().until(() -> statusOf(next).equals("completed"));
            assertThat(gateway.task(late).path("error").asText()).isEqualTo("Task timeout");
        }
    }

    /** What stands between client and gateway ends the wait; the task goes on, and who knows its id can read it. */
    @Test
    void aProxyInFrontThatCutsTheWait() {
        try (TestWorker worker = TestWorker.ready(gateway, null)) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + link.port() + "/api/openai"))
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString("{\"data\":{},\"timeout\":8000}"))
                    .build();
            var held = GatewayProcess.HTTP.sendAsync(request, HttpResponse.BodyHandlers.ofString());
            String id = worker.awaitTask();
            link.cut();
            assertThatThrownBy(held::join).hasMessageContaining("IOException");
            worker.complete(id, "\"all the same\"");
            await().untilAsserted(() ->
                    assertThat(gateway.get("/api/task/" + id).body()).contains("\"result\":\"all the same\""));
        }
        anotherWorkerTakesTheNext();
    }
}
