package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.github.taskdispatcher.gateway.test.TestRedis;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The API of the pages over two gateways, held against its description. */
class DashboardApiIT {

    private static String prefix;
    private static GatewayProcess a;
    private static GatewayProcess b;

    @BeforeAll
    static void start() {
        prefix = TestRedis.freshPrefix();
        a = gateway();
        b = gateway();
    }

    private static GatewayProcess gateway() {
        return GatewayProcess.on(
                TestRedis.url(),
                prefix,
                "TASK_RESULT_TTL_MS",
                "60000",
                "MIN_TASK_TIMEOUT_MS",
                "500",
                "WORKER_RECONNECT_GRACE_MS",
                "500");
    }

    @AfterAll
    static void stop() {
        Closing.all(a, b);
    }

    private static JsonNode view(GatewayProcess gateway, String view) {
        HttpResponse<String> answer = gateway.get("/api/dashboard/views/" + view);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return GatewayProcess.json(answer);
    }

    private static JsonNode task(GatewayProcess gateway, String id) {
        return view(gateway, "task?id=" + id).path("task");
    }

    private static HttpResponse<String> send(GatewayProcess gateway, String method, String path, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(gateway.uri(path)).method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return GatewayProcess.HTTP
                .sendAsync(request.build(), HttpResponse.BodyHandlers.ofString())
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    @Test
    void everyViewIsAsDescribed() throws Exception {
        JsonNode description;
        try (InputStream in = GatewayProcess.HTTP
                .send(
                        HttpRequest.newBuilder(a.uri("/dashboard/openapi.yaml")).build(),
                        HttpResponse.BodyHandlers.ofInputStream())
                .body()) {
            description = new YAMLMapper().readTree(in);
        }
        SchemaRegistry schemas = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
        try (TestWorker worker = TestWorker.ready(a, "described");
                TestWorker gone = TestWorker.ready(b, "described")) {
            String done = a.submit("{\"data\":{},\"group\":\"described\"}");
            worker.complete(worker.awaitTask(), "1");
            await().until(() -> task(b, done).path("deliveredAt").asLong() > 0);
            gone.abort();
            for (String view : List.of(
                    "overview",
                    "group?group=described",
                    "workers?group=described",
                    "tasks?status=ended&group=described",
                    "tasks?status=failed",
                    "task?id=" + done,
                    "task?id=00000000-0000-8000-8000-000000000000",
                    "log?group=described")) {
                String name = view.replaceAll("\\?.*", "");
                String schema = "{\"$ref\":\"#/components/schemas/" + name + "\",\"components\":"
                        + description.path("components") + "}";
                Schema check = schemas.getSchema(schema, InputFormat.JSON);
                assertThat(check.validate(view(b, view).toString(), InputFormat.JSON))
                        .as(view)
                        .isEmpty();
            }
        }
        String routes = String.join(
                " ", (Iterable<String>) () -> description.path("paths").fieldNames());
        assertThat(routes).contains("/session", "/events", "/views/{view}", "/request", "/result", "/again", "/cancel");
    }

    @Test
    void aTaskIsFollowedFromOneGatewayToTheOther() {
        try (TestWorker worker = TestWorker.ready(b, "way")) {
            String id = a.submit("{\"data\":{\"n\":1},\"group\":\"way\"}");
            assertThat(worker.awaitTask()).isEqualTo(id);
            String second = a.submit("{\"data\":{\"n\":2},\"group\":\"way\"}");
            assertThat(task(a, second).path("position").asInt()).isEqualTo(1);
            worker.complete(id, "{\"r\":1}");
            assertThat(worker.awaitTask()).isEqualTo(second);
            worker.fail(second, "\"broken\"");
            for (GatewayProcess gateway : List.of(a, b)) {
                await().untilAsserted(() -> {
                    JsonNode ended = view(gateway, "tasks?status=ended&group=way");
                    assertThat(ended.path("tasks").findValuesAsText("id")).containsExactly(second, id);
                    assertThat(ended.path("tasks").findValuesAsText("status")).containsExactly("failed", "completed");
                });
                // The gateway that accepted it notes its request by itself, maybe later than the other one its end.
                await().until(() -> task(gateway, id).path("requestBytes").asInt() > 0);
                JsonNode task = task(gateway, id);
                assertThat(task.path("deliveredAt").asLong())
                        .isGreaterThanOrEqualTo(task.path("startedAt").asLong());
                assertThat(task.path("acceptedBy").asText())
                        .isNotEqualTo(task.path("gateway").asText());
                assertThat(gateway.get("/api/dashboard/tasks/" + id + "/request")
                                .body())
                        .isEqualTo("{\"model\":\"default\",\"data\":{\"n\":1}}");
                assertThat(gateway.get("/api/dashboard/tasks/" + id + "/result").body())
                        .isEqualTo("{\"r\":1}");
                JsonNode group = view(gateway, "group?group=way");
                JsonNode counts = group.path("group").path("perMinute");
                assertThat(counts.path("completed").asInt()
                                + counts.path("failed").asInt())
                        .isBetween(1, 2);
                assertThat(view(gateway, "log?group=way&kind=tasks")
                                .path("lines")
                                .findValuesAsText("kind"))
                        .contains("accepted", "delivered", "completed", "failed");
                assertThat(view(gateway, "tasks?status=failed&group=way&q=broken")
                                .path("total")
                                .asInt())
                        .isEqualTo(1);
                assertThat(view(gateway, "workers?group=way")
                                .path("workers")
                                .get(0)
                                .path("done")
                                .asInt())
                        .isEqualTo(2);
            }
        }
    }

    @Test
    void whatEndsWithoutAnAnswerIsFoundAndCounted() {
        try (TestWorker lost = TestWorker.ready(a, "unsaid")) {
            String running = b.submit("{\"data\":{},\"group\":\"unsaid\"}");
            assertThat(lost.awaitTask()).isEqualTo(running);
            String late = b.submit("{\"data\":{},\"group\":\"unsaid\",\"timeout\":500}");
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> view(a, "tasks?status=failed&group=unsaid&q=" + late)
                                    .path("total")
                                    .asInt()
                            == 1);
            lost.abort();
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> view(b, "tasks?status=failed&group=unsaid&q=" + running)
                                    .path("total")
                                    .asInt()
                            == 1);
            assertThat(failedLastHour("unsaid")).isEqualTo(2);
        }
    }

    private static long failedLastHour(String group) {
        long failed = 0;
        for (JsonNode minute : view(b, "group?group=" + group).path("minutes")) {
            failed += minute.path("failed").asLong();
        }
        return failed;
    }

    @Test
    void whatIsLostWithItsGatewayIsListedWhenItEnds() {
        GatewayProcess mortal = gateway();
        TestWorker worker = TestWorker.ready(mortal, "lost");
        String id = mortal.submit("{\"data\":{},\"group\":\"lost\",\"timeout\":600000}");
        assertThat(worker.awaitTask()).isEqualTo(id);
        await().until(() -> !task(a, id).path("acceptedBy").asText().isEmpty());
        mortal.kill();
        await().atMost(Duration.ofSeconds(60))
                .until(() -> task(a, id).path("error").asText().equals("Worker disconnected"));
        await().until(() -> view(b, "tasks?status=failed&group=lost")
                .path("tasks")
                .findValuesAsText("id")
                .equals(List.of(id)));
        assertThat(view(a, "log?group=lost&kind=failures").path("lines").findValuesAsText("task"))
                .containsExactly(id);
        assertThat(failedLastHour("lost")).isEqualTo(1);
    }

    @Test
    void whatSeveralCouldTellIsToldOnce() {
        try (TestWorker late = TestWorker.ready(a, "once")) {
            String overdue = a.submit("{\"data\":{},\"group\":\"once\",\"timeout\":500}");
            assertThat(late.awaitTask()).isEqualTo(overdue);
            await().atMost(Duration.ofSeconds(20)).until(() -> failedLastHour("once") == 1);
            late.abort();
            await().until(() -> view(b, "log?group=once&kind=workers")
                    .path("lines")
                    .findValuesAsText("kind")
                    .contains("worker_left"));
            // What this gateway notes from now on, it notes after what it had to say of the worker that left.
            TestWorker other = TestWorker.ready(a, "once");
            String id = a.submit("{\"data\":{},\"group\":\"once\"}");
            assertThat(other.awaitTask()).isEqualTo(id);
            other.complete(id, "1");
            await().untilAsserted(() -> assertThat(
                            view(b, "log?q=" + id).path("lines").findValuesAsText("kind"))
                    .containsExactly("completed", "delivered", "accepted"));
            assertThat(failedLastHour("once")).isEqualTo(1);
            assertThat(view(b, "log?group=once&kind=failures").path("lines")).hasSize(1);
            other.close();
        }
    }

    @Test
    void whatAWorkerSaysOfItselfIsBoundedAndGoesWithIt() {
        String models = IntStream.range(0, 256)
                .mapToObj(i -> "\"" + String.format("%03d-", i) + "m".repeat(196) + "\"")
                .collect(Collectors.joining(","));
        try (RedisClient client = RedisClient.create(TestRedis.url());
                StatefulRedisConnection<String, String> connection = client.connect();
                TestWorker worker = TestWorker.silent(b, "says")) {
            RedisCommands<String, String> redis = connection.sync();
            String key = prefix + "{says}:board:says:" + worker.id;
            worker.send("{\"type\":\"hello\",\"protocol\":1,\"slots\":2,\"name\":\"box\",\"models\":[" + models
                    + "],\"labels\":{\"n\":1e400,\"deep\":{\"a\":[1]},\"text\":\"a \\\"b\\\"\"}}");
            await().until(() -> redis.exists(key) == 1);
            assertThat(redis.pttl(key)).isBetween(1L, 900_000L);
            assertThat(redis.strlen(key)).isLessThan(5_000);
            await().until(() -> view(a, "workers?group=says").path("total").asInt() == 2);
            for (JsonNode slot : view(a, "workers?group=says").path("workers")) {
                assertThat(slot.path("name").asText()).isEqualTo("box");
                assertThat(slot.path("models")).hasSize(20);
                assertThat(slot.path("modelsLeft").asInt()).isEqualTo(236);
                assertThat(slot.path("labels").toString())
                        .isEqualTo("{\"n\":\"1E+400\",\"deep\":\"{\\\"a\\\":[1]}\",\"text\":\"a \\\"b\\\"\"}");
            }
            assertThat(view(a, "workers?q=BOX").path("total").asInt()).isEqualTo(2);
            assertThat(view(a, "workers?q=a:+1").path("total").asInt()).isZero();
            worker.close();
            await().until(() -> redis.exists(key) == 0);
        }
    }

    @Test
    void theRequestIsWhatTheClientSent() {
        String body = "{ \"model\":\"asked\", \"input\":[\"x\"], \"data\":{\"n\":1e400} }";
        try (TestWorker worker = TestWorker.silent(b, "asked")) {
            worker.send("{\"type\":\"hello\",\"protocol\":1,\"models\":[\"asked\"]}");
            worker.answering("{\"text\":\"hello\"}");
            await().until(() -> ask(body).statusCode() == 200);
            JsonNode task = await("its beginning, in lists")
                    .until(
                            () -> view(a, "tasks?status=completed&group=asked").at("/tasks/0"),
                            listed -> listed.path("request").asText().equals(body));
            HttpResponse<String> request =
                    a.get("/api/dashboard/tasks/" + task.path("id").asText() + "/request");
            assertThat(request.body()).isEqualTo(body);
            assertThat(request.headers().firstValue("X-Endpoint")).contains("/v1/custom/things");
            assertThat(request.headers().firstValue("X-Size")).contains(Integer.toString(body.length()));
            String guides = a.submit("{\"data\":{\"n\":1e400},\"group\":\"asked\"}");
            HttpResponse<String> other = await().until(
                            () -> a.get("/api/dashboard/tasks/" + guides + "/request"),
                            answer -> answer.statusCode() == 200);
            assertThat(other.body()).isEqualTo("{\"model\":\"default\",\"data\":{\"n\":1e400}}");
            assertThat(other.headers().firstValue("X-Endpoint")).contains("/api/openai");
        }
    }

    private static HttpResponse<String> ask(String body) {
        HttpRequest request = HttpRequest.newBuilder(a.uri("/v1/custom/things"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return GatewayProcess.HTTP
                .sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    @Test
    void aCancelledTask() {
        try (TestWorker worker = TestWorker.ready(a, "cancel")) {
            a.submit("{\"data\":{\"n\":0},\"group\":\"cancel\"}");
            worker.complete(worker.awaitTask(), "0");
            String id = a.submit("{\"data\":{\"n\":1},\"group\":\"cancel\"}");
            worker.awaitTask();
            String path = "/api/dashboard/tasks/" + id + "/cancel";
            assertThat(send(b, "POST", path).body()).contains("X-Dashboard");
            assertThat(a.task(id).path("status").asText()).isEqualTo("executing");
            HttpResponse<String> cancelled = send(b, "POST", path, "X-Dashboard", "1");
            assertThat(GatewayProcess.json(cancelled).path("status").asText()).isEqualTo("cancelled");
            worker.await("cancel");
            assertThat(send(a, "POST", path, "X-Dashboard", "1").body()).isEqualTo(cancelled.body());
            JsonNode task = task(a, id);
            assertThat(task.path("status").asText()).isEqualTo("cancelled");
            assertThat(task.path("endedBy").asText()).isEqualTo("cancel");
            await().untilAsserted(() -> {
                JsonNode listed = view(a, "tasks?status=cancelled&group=cancel");
                assertThat(listed.path("tasks").findValuesAsText("id")).containsExactly(id);
                assertThat(listed.path("total").asInt()).isEqualTo(1);
                assertThat(view(a, "log?group=cancel").path("lines").findValuesAsText("kind"))
                        .contains("cancelled");
            });
        }
    }

    @Test
    void theSameRequestAgain() {
        try (TestWorker worker = TestWorker.ready(a, "again")) {
            String id = a.submit("{\"data\":{\"n\":1},\"group\":\"again\",\"timeout\":7000}");
            worker.complete(worker.awaitTask(), "1");
            await().until(() -> task(b, id).path("requestBytes").asInt() > 0);
            String path = "/api/dashboard/tasks/" + id + "/again";
            assertThat(send(b, "POST", path).body()).contains("X-Dashboard");
            assertThat(send(b, "POST", path, "X-Dashboard", "1", "Origin", "https://evil.example")
                            .statusCode())
                    .isEqualTo(403);
            String again = GatewayProcess.json(send(b, "POST", path, "X-Dashboard", "1"))
                    .path("taskId")
                    .asText();
            assertThat(worker.awaitTask()).isEqualTo(again);
            JsonNode task = task(a, again);
            assertThat(task.path("deadline").asLong() - task.path("enqueuedAt").asLong())
                    .isEqualTo(7000);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nothing",
                "tasks?status=lost",
                "tasks?status=queued&status=ended",
                "tasks?page=-1",
                "tasks?group=%7Bx%7D",
                "task",
                "task?id=1",
                "group",
                "log?before=x",
                "overview?q=x"
            })
    void whatCannotBeIsRefused(String view) {
        HttpResponse<String> answer = a.get("/api/dashboard/views/" + view);
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("\"code\":\"invalid_request\"");
    }

    @Test
    void eventsComeWhenSomethingChangesAndEndWithTheGateway() throws Exception {
        GatewayProcess c = GatewayProcess.on(TestRedis.url(), TestRedis.freshPrefix());
        InputStream stream = GatewayProcess.HTTP
                .send(
                        HttpRequest.newBuilder(c.uri("/api/dashboard/events?view=workers"))
                                .build(),
                        HttpResponse.BodyHandlers.ofInputStream())
                .body();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(stream, UTF_8))) {
            assertThat(lines.readLine()).isEqualTo("event: view");
            assertThat(lines.readLine()).contains("\"total\":0");
            TestWorker worker = TestWorker.ready(c, null);
            String line = lines.readLine();
            while (!line.contains(worker.id)) {
                assertThat(line).as("no view that says nothing new").doesNotContain("\"total\":0");
                line = lines.readLine();
            }
            worker.close();
            c.process.destroy();
            while (line != null) {
                line = lines.readLine();
            }
        }
        assertThat(c.process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(c.output).noneMatch(text -> text.contains("\tat "));
    }

    @Test
    void thePagesAreServedStrictly() {
        for (String path : List.of("/dashboard", "/dashboard/tasks", "/test-worker", "/dashboard/app.js")) {
            HttpResponse<String> page = a.get(path);
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.headers().map())
                    .containsEntry("X-Content-Type-Options", List.of("nosniff"))
                    .containsEntry("Referrer-Policy", List.of("no-referrer"));
            assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
                    .contains("default-src 'self'", "frame-ancestors 'none'")
                    .doesNotContain("unsafe");
            String etag = page.headers().firstValue("ETag").orElseThrow();
            assertThat(send(b, "GET", path, "If-None-Match", etag).statusCode()).isEqualTo(304);
        }
        assertThat(a.get("/dashboard").body()).doesNotContain("<script>", "style=", "onclick");
        for (String path :
                List.of("/dashboard/none.js", "/dashboard/lib/../app.js", "/dashboard/lib/jackson-core/x.js")) {
            assertThat(a.get(path).statusCode()).isEqualTo(404);
        }
    }

    @Test
    void whereOthersNeedKeysOperatorsDoToo() {
        Map<String, String> keys = Map.of("API_KEYS", "client-key-number-1", "ADMIN_KEYS", "admin-key-number-1");
        GatewayProcess closed =
                GatewayProcess.on(TestRedis.url(), TestRedis.freshPrefix(), "API_KEYS", keys.get("API_KEYS"));
        GatewayProcess open = GatewayProcess.on(
                TestRedis.url(),
                TestRedis.freshPrefix(),
                "API_KEYS",
                keys.get("API_KEYS"),
                "ADMIN_KEYS",
                keys.get("ADMIN_KEYS"));
        try {
            String path = "/api/dashboard/views/overview";
            assertThat(closed.get(path).body()).contains("set ADMIN_KEYS");
            assertThat(open.get(path).statusCode()).isEqualTo(401);
            assertThat(open.get("/api/dashboard/events?view=log").statusCode()).isEqualTo(401);
            assertThat(send(open, "GET", path, "Authorization", "Bearer client-key-number-1")
                            .statusCode())
                    .isEqualTo(403);
            assertThat(send(open, "GET", path, "Authorization", "Bearer admin-key-number-1")
                            .statusCode())
                    .isEqualTo(200);
            HttpResponse<String> in = send(
                    open,
                    "POST",
                    "/api/dashboard/session",
                    "X-Dashboard",
                    "1",
                    "Authorization",
                    "Bearer admin-key-number-1");
            String cookie = in.headers().firstValue("Set-Cookie").orElseThrow();
            assertThat(cookie).contains("HttpOnly", "SameSite=Strict", "Path=/").doesNotContain("Secure");
            String session = cookie.split(";")[0];
            assertThat(send(open, "GET", path, "Cookie", session).statusCode()).isEqualTo(200);
            assertThat(send(open, "GET", path, "Cookie", session.replaceFirst("=1", "=2"))
                            .statusCode())
                    .isEqualTo(401);
            for (int i = 0; i < 25; i++) {
                in = send(open, "POST", "/api/dashboard/session", "X-Dashboard", "1", "Authorization", "Bearer wrong");
            }
            assertThat(in.body()).contains("too many sign-ins from this address failed");
            assertThat(send(
                                    open,
                                    "POST",
                                    "/api/dashboard/session",
                                    "X-Dashboard",
                                    "1",
                                    "Authorization",
                                    "Bearer admin-key-number-1")
                            .statusCode())
                    .as("a right key is never refused")
                    .isEqualTo(204);
        } finally {
            closed.kill();
            open.kill();
        }
    }
}
