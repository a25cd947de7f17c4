package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.taskdispatcher.gateway.test.TestRedis;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The guide, clause by clause, over two gateways: the client on A, the worker on B, the poll on either. */
class GuideIT {

    private static final AtomicInteger GROUPS = new AtomicInteger();
    private static GatewayProcess a;
    private static GatewayProcess b;

    private final String group = "g" + GROUPS.incrementAndGet();

    @BeforeAll
    static void start() {
        String prefix = TestRedis.freshPrefix();
        a = GatewayProcess.on(TestRedis.url(), prefix, "MAX_QUEUE_LENGTH", "3", "MIN_TASK_TIMEOUT_MS", "300");
        b = GatewayProcess.on(TestRedis.url(), prefix, "MAX_QUEUE_LENGTH", "3", "MIN_TASK_TIMEOUT_MS", "300");
    }

    @AfterAll
    static void stop() {
        Closing.all(a, b);
    }

    private String body(String members) {
        return "{" + members + ",\"group\":\"" + group + "\"}";
    }

    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static void await5(Runnable holds) {
        await().atMost(Duration.ofSeconds(8))
                .pollInterval(Duration.ofMillis(20))
                .untilAsserted(holds::run);
    }

    @Test
    void aSynchronousTaskIsAnsweredWithItsResult() {
        try (TestWorker worker = TestWorker.ready(b, group)) {
            var answer = a.postAsync(body("\"data\":{\"action\":\"process\",\"content\":\"Hello World\"}"));
            JsonNode task = worker.await("task");
            assertThat(names(task)).containsExactly("type", "taskId", "payload");
            assertThat(task.path("payload"))
                    .hasToString(
                            "{\"model\":\"default\",\"data\":{\"action\":\"process\",\"content\":\"Hello World\"}}");
            worker.complete(task.path("taskId").asText(), "{\"success\":true,\"data\":\"结果\"}");
            HttpResponse<String> response = answer.join();
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
            assertThat(response.body())
                    .isEqualTo("{\"taskId\":\"" + task.path("taskId").asText()
                            + "\",\"status\":\"completed\",\"result\":{\"success\":true,\"data\":\"结果\"}}");
        }
    }

    @Test
    void theWorkerProtocol() {
        try (TestWorker worker = TestWorker.silent(a, group)) {
            assertThat(worker.id).matches("W\\d+-[0-9a-f]{8}");
            worker.send("{\"type\":\"ping\"}");
            assertThat(worker.awaitRaw()).isEqualTo("{\"type\":\"pong\"}");
        }
        try (TestWorker other = TestWorker.silent(a, null)) {
            assertThat(other.id).matches("W\\d+-[0-9a-f]{8}");
        }
    }

    @Test
    void aWorkerThatNeverSaysReadyGetsTasksAfterASecond() {
        try (TestWorker worker = TestWorker.silent(b, group)) {
            var answer = a.postAsync(body("\"data\":{}"));
            String first = worker.awaitTask();
            worker.complete(first, "1");
            assertThat(answer.join().statusCode()).isEqualTo(200);
            var second = a.postAsync(body("\"data\":{}"));
            worker.complete(worker.awaitTask(), "2");
            assertThat(second.join().body()).contains("\"result\":2");
        }
    }

    @Test
    void everyStateOfAnAsynchronousTask() {
        try (TestWorker worker = TestWorker.ready(b, group)) {
            String first = a.submit(body("\"data\":{}"));
            await5(() -> assertThat(a.task(first).path("status").asText()).isEqualTo("executing"));
            worker.awaitTask();
            JsonNode executing = b.task(first);
            assertThat(names(executing)).containsExactly("taskId", "status", "workerId", "startedAt");
            assertThat(executing.path("workerId").asText()).isEqualTo(worker.id);
            assertThat(executing.path("startedAt").asLong())
                    .isCloseTo(System.currentTimeMillis(), Assertions.within(60_000L));

            HttpResponse<String> accepted = a.post(body("\"data\":{\"n\":2},\"async\":true"));
            assertThat(accepted.statusCode()).isEqualTo(200);
            assertThat(names(GatewayProcess.json(accepted))).containsExactly("taskId", "status");
            assertThat(accepted.body()).endsWith("\"status\":\"queued\"}");
            String second = GatewayProcess.json(accepted).path("taskId").asText();
            String third = b.submit(body("\"data\":{\"n\":3}"));
            JsonNode queued = b.task(third);
            assertThat(names(queued)).containsExactly("taskId", "status", "enqueuedAt", "position");
            assertThat(queued.path("position").asInt()).isEqualTo(2);
            assertThat(a.task(second).path("position").asInt()).isEqualTo(1);

            worker.complete(first, "{\"ok\":1.10}");
            await5(() -> assertThat(a.get("/api/task/" + first).body())
                    .matches("\\{\"taskId\":\"" + first
                            + "\",\"status\":\"completed\",\"result\":\\{\"ok\":1.10},\"completedAt\":\\d{13}}"));
            assertThat(worker.awaitTask()).isEqualTo(second);
            worker.fail(second, "\"错误信息\"");
            await5(() -> assertThat(b.get("/api/task/" + second).body())
                    .matches("\\{\"taskId\":\"" + second
                            + "\",\"status\":\"failed\",\"error\":\"错误信息\",\"failedAt\":\\d{13}}"));
            assertThat(worker.awaitTask()).isEqualTo(third);
            worker.complete(third, "null");
            await5(() -> assertThat(b.get("/api/task/" + third).body()).contains("\"result\":null"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "{}", "{\"data\":null}", "{\"messages\":[]}", "{\"messages\":[ ]}", "{\"model\":\"x\"}"})
    void withoutDataOrMessages(String body) {
        HttpResponse<String> response = a.post(body);
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body())
                .isEqualTo("{\"error\":\"Invalid request: data or messages required\",\"code\":\"invalid_request\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonsense",
                "[]",
                "\"x\"",
                "1",
                "{\"data\":{}} x",
                "{\"data\":{},\"data\":{}}",
                "{\"data\":[]}",
                "{\"data\":\"x\"}",
                "{\"data\":{},\"timeout\":\"5000\"}",
                "{\"data\":{},\"async\":\"true\"}",
                "{\"data\":{},\"group\":\"a b\"}",
                "{\"data\":{},\"group\":\"{x}\"}",
                "{\"data\":{},\"group\":7}",
                "{\"data\":{},\"model\":7}",
                "{\"messages\":{}}",
                "{\"messages\":[1]}",
                "{\"data\":{'a':1}}"
            })
    void whatCannotBeUsed(String body) {
        HttpResponse<String> response = a.post(body);
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).startsWith("{\"error\":\"Invalid request").doesNotContain("jackson", "line:");
    }

    @Test
    void whatWasNeverThere() {
        for (String id : List.of("c8e5c5c2-be4f-8b31-a1b6-b2b957a078f4", "xxx", "%2e%2e%2fetc")) {
            HttpResponse<String> response = a.get("/api/task/" + id);
            assertThat(response.statusCode()).isEqualTo(404);
            assertThat(response.body()).isEqualTo("{\"error\":\"Task not found or expired\",\"code\":\"not_found\"}");
        }
    }

    @Test
    void withoutAnyWorker() {
        for (String async : List.of("", ",\"async\":true")) {
            HttpResponse<String> response = a.post(body("\"data\":{}" + async));
            assertThat(response.statusCode()).isEqualTo(503);
            assertThat(response.body()).isEqualTo("{\"error\":\"No worker available\",\"code\":\"no_worker\"}");
            assertThat(response.headers().firstValue("Retry-After")).isPresent();
        }
    }

    @Test
    void aFullQueue() {
        try (TestWorker worker = TestWorker.ready(b, group)) {
            for (int i = 0; i < 4; i++) {
                a.submit(body("\"data\":{}"));
            }
            List<CompletableFuture<HttpResponse<String>>> more = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                more.add((i % 2 == 0 ? a : b).postAsync(body("\"data\":{}")));
            }
            for (var response : more) {
                assertThat(response.join().statusCode()).isEqualTo(503);
                assertThat(response.join().body()).isEqualTo("{\"error\":\"Queue is full\",\"code\":\"queue_full\"}");
                assertThat(response.join().headers().firstValue("Retry-After")).isPresent();
            }
            assertThat(worker.awaitTask()).isNotEmpty();
        }
    }

    @Test
    void aTaskThatTakesTooLong() {
        try (TestWorker worker = TestWorker.ready(b, group)) {
            var answer = a.postAsync(body("\"data\":{},\"timeout\":1"));
            String late = worker.awaitTask();
            HttpResponse<String> response = answer.join();
            assertThat(response.statusCode()).isEqualTo(500);
            assertThat(response.body())
                    .isEqualTo("{\"error\":\"Task timeout\",\"code\":\"task_timeout\",\"taskId\":\"" + late
                            + "\",\"status\":\"failed\"}");
            assertThat(worker.await("cancel").path("taskId").asText()).isEqualTo(late);
            String next = a.submit(body("\"data\":{}"));
            assertThat(a.task(next).path("status").asText()).isEqualTo("queued");
            worker.complete(late, "1");
            assertThat(worker.awaitTask()).isEqualTo(next);
            assertThat(b.task(late).path("error").asText()).isEqualTo("Task timeout");
            worker.complete(next, "1");
        }
    }

    @Test
    void eachWorkerIsToldWhenItsOwnTaskIsOverdue() {
        List<TestWorker> workers = new ArrayList<>();
        List<String> tasks = new ArrayList<>();
        // The later it begins, the sooner it is overdue.
        for (int timeoutMs : new int[] {8_000, 4_500, 1_000}) {
            TestWorker worker = TestWorker.ready(b, group);
            workers.add(worker);
            tasks.add(a.submit(body("\"data\":{},\"timeout\":" + timeoutMs)));
            assertThat(worker.awaitTask()).isEqualTo(tasks.get(tasks.size() - 1));
        }
        for (int i = tasks.size() - 1; i >= 0; i--) {
            assertThat(workers.get(i).await("cancel").path("taskId").asText()).isEqualTo(tasks.get(i));
            assertThat(workers.subList(0, i)).allMatch(TestWorker::gotNothing);
        }
        workers.forEach(TestWorker::close);
    }

    @Test
    void aTaskThatWaitsTooLong() {
        try (TestWorker worker = TestWorker.ready(b, group)) {
            a.submit(body("\"data\":{}"));
            HttpResponse<String> response = a.post(body("\"data\":{},\"timeout\":400.7"));
            assertThat(response.statusCode()).isEqualTo(500);
            assertThat(response.body()).startsWith("{\"error\":\"Task timeout\"");
            assertThat(worker.awaitTask()).isNotEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aWorkerThatLeavesWhileItWorks(boolean politely) {
        TestWorker worker = TestWorker.ready(b, group);
        var answer = a.postAsync(body("\"data\":{}"));
        worker.awaitTask();
        if (politely) {
            worker.close();
        } else {
            worker.abort();
        }
        assertThat(answer.join().statusCode()).isEqualTo(500);
        assertThat(answer.join().body()).startsWith("{\"error\":\"Worker disconnected\",\"code\":\"worker_lost\"");
    }

    @Test
    void aWorkerThatReportsAnError() {
        try (TestWorker worker = TestWorker.ready(a, group)) {
            var answer = a.postAsync(body("\"data\":{}"));
            String id = worker.awaitTask();
            worker.fail(id, "{\"code\":7}");
            assertThat(answer.join().statusCode()).isEqualTo(500);
            assertThat(answer.join().body())
                    .isEqualTo("{\"error\":\"{\\\"code\\\":7}\",\"code\":\"worker_error\",\"taskId\":\"" + id
                            + "\",\"status\":\"failed\"}");
        }
    }

    @Test
    void whatBelongsToTheUserPassesByteForByte() {
        String data =
                "{ \"z\":1e400, \"a\":12345678901234567890,\"n\":1.10, \"u\":\"\\u0000 \\/ 美丽 \uD83D\uDE00\" , \"e\":[ ] }";
        String messages = "[{\"role\":\"user\", \"content\":\"Hello!\"}]";
        try (TestWorker worker = TestWorker.ready(b, group)) {
            var answer =
                    a.postAsync(body("\"data\":" + data + " , \"messages\" : " + messages + ",\"model\":\"gpt-4\""));
            String frame = worker.awaitRaw();
            assertThat(frame)
                    .endsWith("\"payload\":{\"model\":\"gpt-4\",\"messages\":" + messages + ",\"data\":" + data + "}}");
            String id = frame.substring(frame.indexOf("taskId\":\"") + 9).substring(0, 36);
            worker.complete(id, data);
            assertThat(answer.join().body()).endsWith("\"result\":" + data + "}");
            assertThat(a.get("/api/task/" + id).body()).contains("\"result\":" + data + ",");
        }
    }

    @Test
    void whatAWorkerMayGetWrongHarmsNobody() {
        try (TestWorker worker = TestWorker.ready(b, group);
                TestWorker other = TestWorker.silent(b, group)) {
            String id = a.submit(body("\"data\":{}"));
            assertThat(worker.awaitTask()).isEqualTo(id);
            other.complete(id, "\"forged\"");
            other.complete("c8e5c5c2-be4f-8b31-a1b6-b2b957a078f4", "1");
            for (String bad : List.of("x", "null", "[]", "{}", "{\"type\":\"dance\"}", "{\"type\":\"task\"}")) {
                other.send(bad);
                JsonNode error = other.await("error");
                if (error.path("code").asText().equals("not_assigned")) {
                    error = other.await("error");
                }
                assertThat(error.path("code").asText()).isIn("bad_message", "not_assigned");
            }
            worker.send("{\"type\":\"ready\"}");
            assertThat(worker.await("error").path("code").asText()).isEqualTo("busy");
            assertThat(a.task(id).path("status").asText()).isEqualTo("executing");
            worker.complete(id, "1");
            worker.complete(id, "2");
            await5(() -> assertThat(a.task(id).path("result").asInt()).isEqualTo(1));
        }
    }

    @ParameterizedTest
    @CsvSource({"a%20b", "%7Bx%7D", "x%0Ay", "a&group=b"})
    void aGroupNameThatIsNoneIsRefusedBeforeTheUpgrade(String name) {
        Assertions.assertThatThrownBy(() -> TestWorker.silent(a, name))
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(java.net.http.WebSocketHandshakeException.class);
    }

    @Test
    void health() {
        assertThat(a.get("/livez").body()).isEqualTo("{\"status\":\"ok\"}");
        HttpResponse<String> ready = a.get("/readyz");
        assertThat(ready.statusCode()).isEqualTo(200);
        assertThat(GatewayProcess.json(ready).path("status").asText()).isEqualTo("ready");
        assertThat(a.get("/nowhere").body()).isEqualTo("{\"error\":\"Not found\",\"code\":\"not_found\"}");
        HttpResponse<String> wrong = a.get("/api/openai");
        assertThat(wrong.statusCode()).isEqualTo(405);
        assertThat(wrong.headers().firstValue("Allow")).hasValue("POST");
    }
}
