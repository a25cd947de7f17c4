package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.taskdispatcher.gateway.test.TestRedis;
import io.lettuce.core.RedisClient;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A task is waited for from anywhere, for as long as the client likes; a request that comes twice is one task. */
class FollowIT {

    private static final AtomicInteger GROUPS = new AtomicInteger();

    private static GatewayProcess a;
    private static GatewayProcess b;
    private static String prefix;

    /** One of its own for each test: the worker of the one before may not be gone yet, and would get the next task. */
    private final String group = "g" + GROUPS.incrementAndGet();

    private final String task = "{\"data\":{\"n\":1},\"group\":\"" + group + "\"}";

    @BeforeAll
    static void start() {
        prefix = TestRedis.freshPrefix();
        a = GatewayProcess.on(TestRedis.url(), prefix);
        b = GatewayProcess.on(TestRedis.url(), prefix);
    }

    @AfterAll
    static void stop() {
        Closing.all(Closing.killed(a), Closing.killed(b));
    }

    private static CompletableFuture<HttpResponse<String>> post(
            GatewayProcess gateway, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(gateway.uri("/api/openai"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return GatewayProcess.HTTP.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static CompletableFuture<HttpResponse<String>> get(GatewayProcess gateway, String path) {
        return GatewayProcess.HTTP.sendAsync(
                HttpRequest.newBuilder(gateway.uri(path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse(null);
    }

    /** The gateways that will be told of the task's end, once there are so many. */
    private void awaitWatchers(String id, int count) {
        RedisClient client = RedisClient.create(TestRedis.url());
        try (var connection = client.connect()) {
            await().atMost(Duration.ofSeconds(20)).until(() -> {
                String watchers = connection.sync().hget(prefix + "{" + group + "}:task:" + id, "watchers");
                return watchers != null && new TreeSet<>(List.of(watchers.split(" "))).size() == count;
            });
        } finally {
            client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
        }
    }

    @Test
    void whoWaitsOnAnyGatewayHearsOfTheEnd() {
        try (TestWorker worker = TestWorker.ready(b, group)) {
            CompletableFuture<HttpResponse<String>> held = post(a, task);
            String id = worker.awaitTask();
            var onA = get(a, "/api/task/" + id + "?wait=300");
            var onB = get(b, "/api/task/" + id + "?wait=300");
            awaitWatchers(id, 2);
            HttpResponse<String> now = get(b, "/api/task/" + id + "?wait=0").join();
            assertThat(GatewayProcess.json(now).path("status").asText()).isEqualTo("executing");
            assertThat(header(now, "cache-control")).isEqualTo("no-store");
            worker.complete(id, "7");
            assertThat(GatewayProcess.json(held.join()).path("result").asInt()).isEqualTo(7);
            assertThat(header(held.join(), "x-task-id")).isEqualTo(id);
            assertThat(header(held.join(), "location")).isEqualTo("/api/task/" + id);
            for (HttpResponse<String> followed : List.of(onA.join(), onB.join())) {
                JsonNode task = GatewayProcess.json(followed);
                assertThat(task.path("status").asText()).isEqualTo("completed");
                assertThat(task.path("result").asInt()).isEqualTo(7);
                assertThat(task.path("completedAt").asLong()).isPositive();
            }
            assertThat(get(a, "/api/task/" + id + "?wait=300").join().body())
                    .isEqualTo(onA.join().body());
        }
    }

    @Test
    void aWaitEndsWithHowFarTheTaskIs() {
        try (TestWorker worker = TestWorker.ready(b, group)) {
            HttpResponse<String> given =
                    post(a, task, "Prefer", "respond-async, wait=1").join();
            assertThat(given.statusCode()).isEqualTo(202);
            JsonNode body = GatewayProcess.json(given);
            assertThat(body.path("status").asText()).isEqualTo("executing");
            String id = body.path("taskId").asText();
            assertThat(header(given, "preference-applied")).isEqualTo("wait=1");
            assertThat(header(given, "location")).isEqualTo("/api/task/" + id);
            assertThat(header(given, "x-should-retry")).isNull();
            HttpResponse<String> looked =
                    get(a, header(given, "location") + "?wait=1").join();
            assertThat(GatewayProcess.json(looked).path("status").asText()).isEqualTo("executing");
            assertThat(worker.awaitTask()).isEqualTo(id);
            worker.fail(id, "\"no luck\"");
            HttpResponse<String> failed =
                    get(b, header(given, "location") + "?wait=20").join();
            assertThat(GatewayProcess.json(failed).path("error").asText()).isEqualTo("no luck");
            HttpResponse<String> unknown = get(b, "/api/task/" + id.replace(id.charAt(9), 'f') + "?wait=20")
                    .join();
            assertThat(unknown.statusCode()).isIn(200, 404);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "301", "x", "1.5", "", "1&wait=2", "%zz", "99999999999999999999"})
    void aWaitThatIsNone(String wait) throws IOException {
        String path = "/api/task/c8e5c5c2-be4f-8b31-a1b6-b2b957a078f4?wait=" + wait;
        RawHttp.Reply reply = RawHttp.send(
                a.port(),
                ("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").getBytes(US_ASCII));
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.body()).contains("\"code\":\"invalid_request\"");
        HttpResponse<String> preferred =
                post(a, task, "Prefer", "wait=" + wait.replace("&", ", ")).join();
        assertThat(preferred.statusCode()).isIn(400, 503);
    }

    @Test
    void everyAnswerHasARequestId() {
        for (String path : List.of("/livez", "/nothing", "/api/task/none", "/dashboard")) {
            assertThat(header(get(a, path).join(), "x-request-id")).as(path).startsWith("req_");
        }
        HttpRequest own = HttpRequest.newBuilder(a.uri("/livez"))
                .header("x-request-id", "my-own/1")
                .build();
        assertThat(header(
                        GatewayProcess.HTTP
                                .sendAsync(own, HttpResponse.BodyHandlers.ofString())
                                .join(),
                        "x-request-id"))
                .isEqualTo("my-own/1");
        HttpRequest odd = HttpRequest.newBuilder(a.uri("/livez"))
                .header("x-request-id", "a \"b\"")
                .build();
        assertThat(header(
                        GatewayProcess.HTTP
                                .sendAsync(odd, HttpResponse.BodyHandlers.ofString())
                                .join(),
                        "x-request-id"))
                .startsWith("req_");
    }

    // ---- the same request twice ---------------------------------------------------------------------------------

    @Test
    void fiftyAtOnceRunOnce() {
        try (TestWorker worker = TestWorker.ready(b, group)) {
            List<CompletableFuture<HttpResponse<String>>> all = IntStream.range(0, 50)
                    .mapToObj(i -> post(i % 2 == 0 ? a : b, task, "Idempotency-Key", "fifty"))
                    .toList();
            String id = worker.awaitTask();
            awaitWatchers(id, 2);
            worker.complete(id, "\"once\"");
            for (var one : all) {
                assertThat(one.join().statusCode()).isEqualTo(200);
                assertThat(GatewayProcess.json(one.join()).path("taskId").asText())
                        .isEqualTo(id);
                assertThat(one.join().body()).endsWith("\"result\":\"once\"}");
            }
            assertThat(post(a, task, "Idempotency-Key", "fifty").join().body())
                    .as("long after it ended")
                    .isEqualTo(all.get(0).join().body());
            assertThat(worker.received).hasSize(1);
        }
    }

    @Test
    void aKeyIsOneRequestOfOneClient() {
        try (TestWorker worker = TestWorker.echo(b, group)) {
            String first = post(a, task, "Idempotency-Key", "mine", "Authorization", "Bearer one")
                    .join()
                    .body();
            assertThat(post(b, task, "Idempotency-Key", "mine", "Authorization", "Bearer one")
                            .join()
                            .body())
                    .isEqualTo(first);
            HttpResponse<String> ofAnother = post(b, task, "Idempotency-Key", "mine", "Authorization", "Bearer two")
                    .join();
            assertThat(ofAnother.statusCode()).as(ofAnother.body()).isEqualTo(200);
            assertThat(ofAnother.body()).isNotEqualTo(first);
            HttpResponse<String> other = post(
                            b, task.replace("1}", "2}"), "Idempotency-Key", "mine", "Authorization", "Bearer one")
                    .join();
            assertThat(other.statusCode()).isEqualTo(422);
            assertThat(other.body()).contains("\"code\":\"idempotency_mismatch\"");
            assertThat(worker.received).hasSize(2);
        }
    }

    @Test
    void aKeyOfARefusedRequestCanBeUsedAgain() {
        String alone = "{\"data\":{},\"group\":\"nobody\"}";
        assertThat(post(a, alone, "Idempotency-Key", "again").join().statusCode())
                .isEqualTo(503);
        try (TestWorker worker = TestWorker.echo(b, "nobody")) {
            await().atMost(Duration.ofSeconds(20))
                    .until(() ->
                            post(a, alone, "Idempotency-Key", "again").join().statusCode() == 200);
            assertThat(worker.received).hasSize(1);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Idempotency-Key: \r\n",
                "Idempotency-Key: a\r\nIdempotency-Key: a\r\n",
                "LONG",
                "Idempotency-Key: \u00e9\r\n"
            })
    void aKeyThatIsNone(String headers) throws IOException {
        String sent = headers.equals("LONG") ? "Idempotency-Key: " + "k".repeat(256) + "\r\n" : headers;
        RawHttp.Reply reply = RawHttp.post(
                a.port(),
                sent + "Connection: close\r\nContent-Length: " + task.length() + "\r\n",
                task.getBytes(US_ASCII));
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.body()).contains("Idempotency-Key");
    }
}
