package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.taskdispatcher.gateway.test.TestRedis;
import io.lettuce.core.RedisClient;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What no single gateway can spoil: stopped ones, and a Redis that forgets. */
class SeveralGatewaysIT {

    private final String prefix = TestRedis.freshPrefix();
    private GatewayProcess a;
    private GatewayProcess b;

    @BeforeEach
    void start() {
        a = GatewayProcess.on(TestRedis.url(), prefix);
        b = GatewayProcess.on(TestRedis.url(), prefix);
    }

    @AfterEach
    void stop() {
        Closing.all(Closing.killed(a), Closing.killed(b));
    }

    private static void awaitStatus(GatewayProcess gateway, String id, String status) {
        await().atMost(Duration.ofSeconds(40))
                .pollInterval(Duration.ofMillis(50))
                .untilAsserted(() ->
                        assertThat(gateway.task(id).path("status").asText()).isEqualTo(status));
    }

    @Test
    void aStoppingGatewayLetsRunningWorkEnd() {
        try (TestWorker worker = TestWorker.ready(a, "g");
                TestWorker idle = TestWorker.ready(a, "other")) {
            CompletableFuture<HttpResponse<String>> held = a.postAsync("{\"data\":{},\"group\":\"g\"}");
            String id = worker.awaitTask();
            String waiting = b.submit("{\"data\":{},\"group\":\"g\"}");
            a.process.destroy();
            assertThat(idle.closed
                            .orTimeout(5, java.util.concurrent.TimeUnit.SECONDS)
                            .join())
                    .isEqualTo(1012);
            assertThat(a.process.isAlive()).isTrue();
            worker.complete(id, "\"in time\"");
            assertThat(held.join().body()).endsWith("\"result\":\"in time\"}");
            assertThat(worker.closed
                            .orTimeout(5, java.util.concurrent.TimeUnit.SECONDS)
                            .join())
                    .isEqualTo(1012);
            a.process
                    .onExit()
                    .orTimeout(10, java.util.concurrent.TimeUnit.SECONDS)
                    .join();
            assertThat(b.task(waiting).path("status").asText()).isEqualTo("queued");
            try (TestWorker again = TestWorker.ready(b, "g")) {
                assertThat(again.awaitTask()).isEqualTo(waiting);
            }
        }
    }

    @Test
    void whatAStoppingGatewayCannotWaitForGoesOnElsewhere() {
        a.kill();
        a = GatewayProcess.on(TestRedis.url(), prefix, "SHUTDOWN_GRACE_MS", "500");
        TestWorker worker = TestWorker.ready(a, "g");
        CompletableFuture<HttpResponse<String>> held = a.postAsync("{\"data\":{},\"group\":\"g\"}");
        String id = worker.awaitTask();
        a.process.destroy();
        assertThat(held.join().statusCode()).isEqualTo(202);
        assertThat(held.join().body()).isEqualTo("{\"taskId\":\"" + id + "\",\"status\":\"executing\"}");
        assertThat(worker.closed.join()).isEqualTo(1012);
        try (TestWorker again = TestWorker.silent(b, "g")) {
            again.complete(id, "7");
            awaitStatus(b, id, "completed");
        }
        assertThat(a.process
                        .onExit()
                        .orTimeout(15, java.util.concurrent.TimeUnit.SECONDS)
                        .join()
                        .exitValue())
                .isEqualTo(143);
    }

    @Test
    void whenRedisForgetsEverythingWorkersAreUsableAgain() {
        try (TestWorker idle = TestWorker.ready(a, "g");
                TestWorker busy = TestWorker.ready(b, "h")) {
            CompletableFuture<HttpResponse<String>> held = b.postAsync("{\"data\":{},\"group\":\"h\"}");
            String id = busy.awaitTask();
            forgetEverything();
            await().atMost(Duration.ofSeconds(3))
                    .until(() -> a.postAsync("{\"data\":{},\"group\":\"g\",\"async\":true}")
                                    .join()
                                    .statusCode()
                            == 200);
            assertThat(idle.awaitTask()).isNotEmpty();
            busy.complete(id, "\"all the same\"");
            assertThat(held.join().body()).endsWith("\"result\":\"all the same\"}");
            await().atMost(Duration.ofSeconds(3))
                    .until(() -> a.post("{\"data\":{},\"group\":\"h\",\"async\":true}")
                                    .statusCode()
                            == 200);
            assertThat(busy.awaitTask()).isNotEqualTo(id);
        }
    }

    private void forgetEverything() {
        RedisClient client = RedisClient.create(TestRedis.url());
        try (var connection = client.connect()) {
            List<String> keys = connection.sync().keys(prefix + "*");
            connection.sync().del(keys.toArray(String[]::new));
            connection.sync().scriptFlush();
        } finally {
            client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
        }
    }

    @Test
    void theQueueCanBeReadWithRedisCli() {
        try (TestWorker worker = TestWorker.ready(a, "g")) {
            String running = a.submit("{\"data\":{},\"group\":\"g\"}");
            assertThat(worker.awaitTask()).isEqualTo(running);
            List<String> waiting =
                    List.of(a.submit("{\"data\":{},\"group\":\"g\"}"), b.submit("{\"data\":{},\"group\":\"g\"}"));
            RedisClient client = RedisClient.create(TestRedis.url());
            try (var connection = client.connect()) {
                assertThat(connection.sync().lrange(prefix + "{g}:queue", 0, -1))
                        .isEqualTo(waiting);
                assertThat(connection.sync().hget(prefix + "{g}:task:" + running, "status"))
                        .isEqualTo("executing");
                assertThat(connection.sync().pttl(prefix + "{g}:task:" + running))
                        .isPositive();
            } finally {
                client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
            }
            JsonNode task = b.task(waiting.get(1));
            assertThat(task.path("position").asInt()).isEqualTo(2);
        }
    }
}
