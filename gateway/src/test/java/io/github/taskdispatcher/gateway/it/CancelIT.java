package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.taskdispatcher.gateway.test.TestRedis;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Tasks are cancelled through a gateway that has neither their worker nor their client. */
class CancelIT {

    private static GatewayProcess a;
    private static GatewayProcess b;

    @BeforeAll
    static void start() {
        String prefix = TestRedis.freshPrefix();
        a = GatewayProcess.on(TestRedis.url(), prefix);
        b = GatewayProcess.on(TestRedis.url(), prefix);
    }

    @AfterAll
    static void stop() {
        Closing.all(a, b);
    }

    private static HttpResponse<String> send(String method, String path) {
        HttpRequest request = HttpRequest.newBuilder(b.uri(path))
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        return GatewayProcess.HTTP
                .sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .join();
    }

    @Test
    void anExecutingTaskEndsForEveryoneAndItsWorkerIsTold() {
        try (TestWorker worker = TestWorker.ready(a, "executing")) {
            CompletableFuture<HttpResponse<String>> held = a.postAsync("{\"data\":{},\"group\":\"executing\"}");
            String id = worker.awaitTask();
            HttpResponse<String> cancelled = send("POST", "/api/task/" + id + "/cancel");
            assertThat(cancelled.statusCode()).isEqualTo(200);
            JsonNode task = GatewayProcess.json(cancelled);
            assertThat(task.path("taskId").asText()).isEqualTo(id);
            assertThat(task.path("status").asText()).isEqualTo("cancelled");
            assertThat(task.path("cancelledAt").asLong()).isPositive();
            assertThat(worker.await("cancel").path("taskId").asText()).isEqualTo(id);
            assertThat(held.join().statusCode()).isEqualTo(409);
            assertThat(held.join().body())
                    .isEqualTo("{\"error\":\"Task cancelled\",\"code\":\"cancelled\",\"taskId\":\"" + id
                            + "\",\"status\":\"cancelled\"}");
            assertThat(send("DELETE", "/api/task/" + id).body()).as("again").isEqualTo(cancelled.body());
            String next = b.submit("{\"data\":{},\"group\":\"executing\"}");
            assertThat(b.task(next).path("status").asText())
                    .as("busy until it answers")
                    .isEqualTo("queued");
            worker.complete(id, "\"in vain\"");
            assertThat(worker.awaitTask()).isEqualTo(next);
            assertThat(a.task(id)).isEqualTo(task);
        }
    }

    @Test
    void whoSaysReadyAfterACancelIsFree() {
        try (TestWorker worker = TestWorker.ready(a, "ready")) {
            String id = a.submit("{\"data\":{},\"group\":\"ready\"}");
            worker.awaitTask();
            send("DELETE", "/api/task/" + id);
            worker.await("cancel");
            worker.send("{\"type\":\"ready\"}");
            String next = b.submit("{\"data\":{},\"group\":\"ready\"}");
            assertThat(worker.awaitTask()).isEqualTo(next);
        }
    }

    @Test
    void aWaitingTaskLeavesTheQueue() {
        try (TestWorker worker = TestWorker.ready(a, "queued")) {
            String running = a.submit("{\"data\":{},\"group\":\"queued\"}");
            worker.awaitTask();
            String first = a.submit("{\"data\":{},\"group\":\"queued\"}");
            String second = a.submit("{\"data\":{},\"group\":\"queued\"}");
            assertThat(send("DELETE", "/api/task/" + first).statusCode()).isEqualTo(200);
            assertThat(a.task(second).path("position").asInt()).isEqualTo(1);
            worker.complete(running, "1");
            assertThat(worker.awaitTask()).isEqualTo(second);
        }
    }

    @Test
    void whatEndedOrNeverWasCannotBeCancelled() {
        try (TestWorker worker = TestWorker.echo(a, "ended")) {
            String id = GatewayProcess.json(a.post("{\"data\":{},\"group\":\"ended\"}"))
                    .path("taskId")
                    .asText();
            HttpResponse<String> refused = send("DELETE", "/api/task/" + id);
            assertThat(refused.statusCode()).isEqualTo(409);
            assertThat(refused.body())
                    .contains("\"code\":\"not_cancellable\"", "\"taskId\":\"" + id, "\"status\":\"completed\"");
            assertThat(worker.received).containsExactly(id);
        }
        assertThat(send("DELETE", "/api/task/none").statusCode()).isEqualTo(404);
        assertThat(send("POST", "/api/task/1e9651fd-6aa1-8b2c-9d5e-0242ac120002/cancel")
                        .statusCode())
                .isEqualTo(404);
        HttpResponse<String> wrong = send("PUT", "/api/task/none");
        assertThat(wrong.statusCode()).isEqualTo(405);
        assertThat(wrong.headers().firstValue("Allow")).hasValue("GET, HEAD, DELETE");
        assertThat(send("GET", "/api/task/none/cancel").statusCode()).isEqualTo(405);
        assertThat(send("GET", "/api/task/cancel").statusCode()).isEqualTo(404);
    }
}
