package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.test.TestRedis;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A task belongs to the tenant whose key made it, on every surface and over two gateways. */
class OwnershipIT {

    private static final String ACME = "client-key-of-acme-1";
    private static final String ACME_TOO = "client-key-of-acme-2";
    private static final String OTHER = "client-key-of-other-1";
    private static final String ADMIN = "admin-key-number-one";
    private static final String UNKNOWN = "0f0f0f0f-0000-8000-8000-000000000000";
    private static final String[] KEYS = {
        "API_KEYS", ACME + "=acme," + ACME_TOO + "=acme," + OTHER, "ADMIN_KEYS", ADMIN, "WORKER_READY_AFTER_MS", "60000"
    };

    private static final String PREFIX = TestRedis.freshPrefix();
    private static GatewayProcess a;
    private static GatewayProcess b;

    @BeforeAll
    static void start() {
        a = GatewayProcess.on(TestRedis.url(), PREFIX, KEYS);
        b = GatewayProcess.on(TestRedis.url(), PREFIX, KEYS);
    }

    @AfterAll
    static void stop() {
        Closing.all(a, b);
    }

    private static CompletableFuture<HttpResponse<String>> sendAsync(
            GatewayProcess to, String method, String path, String key, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(to.uri(path)).header("Authorization", "Bearer " + key);
        if (body != null) {
            request.header("Content-Type", "application/json");
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        request.method(
                method, body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body));
        return GatewayProcess.HTTP.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> send(
            GatewayProcess to, String method, String path, String key, String body, String... headers) {
        return sendAsync(to, method, path, key, body, headers)
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
    }

    /** An asynchronous task of Acme in this group. */
    private static String submit(String group) {
        HttpResponse<String> made =
                send(a, "POST", "/api/openai", ACME, "{\"data\":{},\"async\":true,\"group\":\"" + group + "\"}");
        assertThat(made.statusCode()).as(made.body()).isEqualTo(200);
        return GatewayProcess.json(made).path("taskId").asText();
    }

    /** That a stranger's answer says no more than the answer about an id that nobody gave out. */
    private static void hidden(String method, String path, String id) {
        HttpResponse<String> foreign = send(b, method, path.replace("ID", id), OTHER, null);
        HttpResponse<String> unknown = send(b, method, path.replace("ID", UNKNOWN), OTHER, null);
        assertThat(foreign.statusCode())
                .as("%s %s: %s", method, path, foreign.body())
                .isEqualTo(404);
        assertThat(foreign.body().replace(id, UNKNOWN)).isEqualTo(unknown.body());
        assertThat(foreign.headers().map().keySet())
                .isEqualTo(unknown.headers().map().keySet());
    }

    @Test
    void aStrangersKeyIsToldWhatAnUnknownIdIsTold() {
        try (TestWorker busy = TestWorker.silent(a, "hidden")) {
            String id = submit("hidden");
            hidden("GET", "/api/task/ID", id);
            hidden("HEAD", "/api/task/ID", id);
            hidden("GET", "/api/task/ID?wait=1", id);
            hidden("GET", "/api/task/ID/events", id);
            hidden("DELETE", "/api/task/ID", id);
            hidden("POST", "/api/task/ID/cancel", id);
            for (GatewayProcess gateway : List.of(a, b)) {
                for (String key : List.of(ACME, ACME_TOO, ADMIN)) {
                    HttpResponse<String> seen = send(gateway, "GET", "/api/task/" + id, key, null);
                    assertThat(seen.body()).as(key).contains("\"status\":\"queued\"");
                }
            }
        }
    }

    @Test
    void aStrangersKeyDoesNotReadAnEndedTaskOfAnySize() {
        try (TestWorker worker = TestWorker.ready(a, "ended")) {
            for (int size : new int[] {1, 100_000}) {
                String id = submit("ended");
                worker.complete(worker.awaitTask(), "\"" + "x".repeat(size) + "\"");
                assertThat(send(b, "GET", "/api/task/" + id + "?wait=10", ACME_TOO, null)
                                .body())
                        .contains("xxx".substring(0, Math.min(size, 3)));
                hidden("GET", "/api/task/ID", id);
                hidden("GET", "/api/task/ID?wait=1", id);
                hidden("GET", "/api/task/ID/events", id);
                hidden("DELETE", "/api/task/ID", id);
                worker.send("{\"type\":\"ready\"}");
            }
        }
    }

    @Test
    void aStrangersKeyNeitherReadsNorCancelsAResponse() {
        try (TestWorker busy = TestWorker.silent(a, "responses")) {
            String body = "{\"model\":\"m\",\"input\":\"x\",\"background\":true,\"group\":\"responses\"}";
            HttpResponse<String> made = send(a, "POST", "/v1/responses", ACME, body);
            String name = GatewayProcess.json(made).path("id").asText();
            String unknown = name.substring(0, name.length() - 4) + "0000";
            for (String[] ask : new String[][] {{"GET", ""}, {"POST", "/cancel"}}) {
                HttpResponse<String> foreign = send(b, ask[0], "/v1/responses/" + name + ask[1], OTHER, null);
                HttpResponse<String> none = send(b, ask[0], "/v1/responses/" + unknown + ask[1], OTHER, null);
                assertThat(foreign.statusCode()).as(foreign.body()).isEqualTo(404);
                assertThat(foreign.body().replace(name, unknown)).isEqualTo(none.body());
            }
            assertThat(send(b, "GET", "/v1/responses/" + name, ACME_TOO, null).body())
                    .contains("\"status\":\"queued\"");
            assertThat(send(b, "GET", "/v1/responses/" + name, ADMIN, null).body())
                    .contains("\"status\":\"queued\"");
            assertThat(send(b, "POST", "/v1/responses/" + name + "/cancel", ACME_TOO, null)
                            .body())
                    .contains("\"status\":\"cancelled\"");
        }
    }

    @Test
    void anotherKeyOfTheTenantFollowsAndCancelsAndAnOperatorDoesToo() throws IOException {
        try (TestWorker busy = TestWorker.silent(a, "mine")) {
            for (String key : List.of(ACME_TOO, ADMIN)) {
                String id = submit("mine");
                try (EventClient events = EventClient.events(b, id, "Authorization", "Bearer " + key)) {
                    assertThat(events.status).isEqualTo(200);
                    assertThat(events.event().data()).contains("\"status\":\"queued\"");
                    assertThat(send(b, "DELETE", "/api/task/" + id, key, null).body())
                            .contains("\"status\":\"cancelled\"");
                    assertThat(events.event("cancelled").name()).isEqualTo("cancelled");
                }
            }
        }
    }

    @Test
    void anOperatorsKeySubmitsNothing() {
        assertThat(send(a, "POST", "/api/openai", ADMIN, "{\"data\":{}}").statusCode())
                .isEqualTo(403);
        assertThat(send(a, "POST", "/v1/responses", ADMIN, "{\"input\":\"x\"}").statusCode())
                .isEqualTo(403);
    }

    @Test
    void aStrangersLookDoesNotKeepATaskWhoseClientLeft() throws IOException {
        try (TestWorker worker = TestWorker.ready(a, "left")) {
            EventClient follower = EventClient.post(
                    a,
                    "/api/openai",
                    "{\"data\":{},\"stream\":true,\"group\":\"left\"}",
                    "Authorization",
                    "Bearer " + ACME);
            String id = worker.awaitTask();
            follower.close();
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
            String status = "";
            while (!status.equals("cancelled") && System.nanoTime() < end) {
                hidden("GET", "/api/task/ID", id);
                try (RedisClient client = RedisClient.create(TestRedis.url())) {
                    status = client.connect().sync().hget(PREFIX + "{left}:task:" + id, "status");
                }
            }
            assertThat(status).isEqualTo("cancelled");
        }
    }

    @Test
    void theSameIdempotencyKeyOfTwoTenantsIsTwoTasksAndOfOneTenantOne() {
        try (TestWorker busy = TestWorker.silent(a, "once")) {
            for (String[] face : new String[][] {
                {"/api/openai", "{\"data\":{},\"async\":true,\"group\":\"once\"}", "taskId"},
                {"/v1/responses", "{\"input\":\"x\",\"background\":true,\"group\":\"once\"}", "id"}
            }) {
                List<String> ids = new ArrayList<>();
                for (String key : List.of(ACME, ACME_TOO, OTHER)) {
                    HttpResponse<String> made =
                            send(a, "POST", face[0], key, face[1], "Idempotency-Key", "same " + face[0]);
                    assertThat(made.statusCode()).as(made.body()).isEqualTo(200);
                    ids.add(GatewayProcess.json(made).path(face[2]).asText());
                }
                assertThat(ids.get(1)).as("another key of the tenant").isEqualTo(ids.get(0));
                assertThat(ids.get(2)).as("another tenant").isNotEqualTo(ids.get(0));
            }
        }
    }

    @Test
    void anSdksRetryJoinsOnlyATaskOfItsTenant() {
        try (TestWorker busy = TestWorker.silent(a, "retry")) {
            String chat = "{\"messages\":[{}],\"group\":\"retry\"}";
            List<String> ids = new ArrayList<>();
            for (String[] attempt : new String[][] {{ACME, "0"}, {ACME_TOO, "1"}, {OTHER, "1"}}) {
                HttpResponse<String> made = send(
                        a,
                        "POST",
                        "/v1/chat/completions",
                        attempt[0],
                        chat,
                        "X-Stainless-Retry-Count",
                        attempt[1],
                        "Prefer",
                        "wait=0");
                ids.add(made.headers().firstValue("X-Task-Id").orElseThrow());
            }
            assertThat(ids.get(1)).isEqualTo(ids.get(0));
            assertThat(ids.get(2)).isNotEqualTo(ids.get(0));
        }
    }

    @Test
    void redisHoldsATagOfTheTenantAndNoKeyAndNoName() {
        try (TestWorker busy = TestWorker.silent(a, "stored");
                RedisClient client = RedisClient.create(TestRedis.url())) {
            RedisCommands<String, String> redis = client.connect().sync();
            String id = submit("stored");
            Map<String, String> task = redis.hgetall(PREFIX + "{stored}:task:" + id);
            assertThat(task.get("owner")).matches("[0-9a-f]{32}");
            assertThat(task.toString()).doesNotContain("acme", ACME);
        }
    }

    @Test
    void aKeyThatIsGivenATenantStillReadsWhatItMadeBefore() {
        String prefix = TestRedis.freshPrefix();
        try (GatewayProcess before = GatewayProcess.on(TestRedis.url(), prefix, "API_KEYS", ACME);
                TestWorker busy = TestWorker.silent(before, "g")) {
            HttpResponse<String> made =
                    send(before, "POST", "/api/openai", ACME, "{\"data\":{},\"async\":true,\"group\":\"g\"}");
            String path =
                    "/api/task/" + GatewayProcess.json(made).path("taskId").asText();
            try (GatewayProcess after = GatewayProcess.on(
                    TestRedis.url(), prefix, "API_KEYS", ACME_TOO + "=acme," + ACME + "=acme," + OTHER)) {
                assertThat(send(after, "GET", path, ACME, null).statusCode()).isEqualTo(200);
                assertThat(send(after, "GET", path, ACME_TOO, null).statusCode())
                        .isEqualTo(200);
                assertThat(send(after, "GET", path, OTHER, null).statusCode()).isEqualTo(404);
            }
        }
    }

    @Test
    void taskAccessAnyOpensTheTasksOfAllKeys() {
        String prefix = TestRedis.freshPrefix();
        try (GatewayProcess any = GatewayProcess.on(
                        TestRedis.url(), prefix, "API_KEYS", ACME + ',' + OTHER, "TASK_ACCESS", "any");
                TestWorker busy = TestWorker.silent(any, "g")) {
            HttpResponse<String> made =
                    send(any, "POST", "/api/openai", ACME, "{\"data\":{},\"async\":true,\"group\":\"g\"}");
            String path =
                    "/api/task/" + GatewayProcess.json(made).path("taskId").asText();
            assertThat(send(any, "GET", path, OTHER, null).statusCode()).isEqualTo(200);
            assertThat(send(any, "DELETE", path, OTHER, null).body()).contains("cancelled");
        }
    }
}
