package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.taskdispatcher.gateway.test.TestRedis;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The OpenAI face, byte for byte, over two gateways; every answer is held against {@code /openapi.json}. */
class OpenAiIT {

    private static final String RETRY_COUNT = "X-Stainless-Retry-Count";

    private static GatewayProcess a;
    private static GatewayProcess b;
    private static OpenApi described;

    @BeforeAll
    static void start() {
        String prefix = TestRedis.freshPrefix();
        a = GatewayProcess.on(TestRedis.url(), prefix, "MAX_QUEUE_LENGTH", "1");
        b = GatewayProcess.on(TestRedis.url(), prefix, "MAX_QUEUE_LENGTH", "1");
        described = OpenApi.of(a);
    }

    @AfterAll
    static void stop() {
        Closing.all(Closing.killed(a), Closing.killed(b));
    }

    private static CompletableFuture<HttpResponse<String>> post(String path, String body, String... headers) {
        return post(a, path, body, headers);
    }

    private static CompletableFuture<HttpResponse<String>> post(
            GatewayProcess gateway, String path, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(gateway.uri(path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return GatewayProcess.HTTP
                .sendAsync(request.build(), HttpResponse.BodyHandlers.ofString())
                .thenApply(response -> {
                    described.check(response);
                    return response;
                });
    }

    private static HttpResponse<String> get(GatewayProcess gateway, String path) {
        HttpResponse<String> response = gateway.get(path);
        described.check(response);
        return response;
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse(null);
    }

    private static JsonNode error(HttpResponse<String> response, int status, String code) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        JsonNode error = GatewayProcess.json(response).path("error");
        assertThat(error.path("code").asText()).isEqualTo(code);
        assertThat(header(response, "x-request-id")).isNotEmpty();
        return error;
    }

    @Test
    void theWorkerGetsTheRequestAsItWasSent() {
        try (TestWorker worker = TestWorker.ready(b, "g1")) {
            String body = "{ \"messages\" : [ {\"role\":\"user\",\"content\":\"\\u4f60 1e400\"} ],\n"
                    + " \"model\":\"m@g1\", \"seed\":12345678901234567890, \"x\":1e400, \"data\":{\"k\":[ ]} }";
            var held = post("/v1/chat/completions", " " + body + "\n");
            String frame = worker.awaitRaw();
            assertThat(frame)
                    .contains("\"payload\":{\"model\":\"m\",\"messages\":[ {\"role\":\"user\",\"content\":\"\\u4f60"
                            + " 1e400\"} ],\"data\":{\"k\":["
                            + " ]},\"endpoint\":\"/v1/chat/completions\",\"body\":" + body
                            + ",\"stream\":false}");
            String id = frame.substring(frame.indexOf("taskId\":\"") + 9).substring(0, 36);
            String result = "{\"id\" : \"mine\", \"choices\":[ ], \"n\":12345678901234567890}";
            worker.complete(id, result);
            assertThat(held.join().body()).isEqualTo(result);
            assertThat(header(held.join(), "x-task-id")).isEqualTo(id);
            assertThat(header(held.join(), "location")).isEqualTo("/api/task/" + id);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "chat/completions      | \"a \\\"b\\\" \\ud83d\" | /choices/0/message/content | \"a \\\"b\\\""
                        + " \\ud83d\"",
                "chat/completions      | {\"content\":\"c\",\"s\":1}  | /choices/0/message/content | \"c\"",
                "chat/completions      | {\"answer\":[1, 2]}          | /choices/0/message/content |"
                        + " \"{\\\"answer\\\":[1, 2]}\"",
                "chat/completions      | 1e400                        | /choices/0/message/content | \"1e400\"",
                "chat/completions      | null                         | /choices/0/message/content | \"null\"",
                "completions           | \"t\"                        | /choices/0/text            | \"t\"",
                "embeddings            | [1, 2.5e-3]                  | /data/0/embedding          | [1,0.0025]",
                "embeddings            | [[1],[2,3]]                  | /data/1/embedding          | [2,3]",
                "embeddings            | {\"data\":[{\"embedding\":[7]}]} | /data/0/embedding      | [7]",
                "images/generations    | \"https://x/y.png\"          | /data/0/url                |"
                        + " \"https://x/y.png\"",
                "images/generations    | {\"content\":\"iVBORw0=\"}   | /data/0/b64_json           | \"iVBORw0=\"",
                "responses             | \"r\"                        | /output/0/content/0/text   | \"r\"",
                "responses             | {\"output\":[]}              | /output                    | []",
                "audio/speech          | {\"any\":[1]}                | /any                       | [1]"
            })
    void aPlainResultBecomesTheObjectOfItsEndpoint(String endpoint, String result, String pointer, String expected)
            throws Exception {
        try (TestWorker worker = TestWorker.ready(b, "shapes")) {
            var held = post(
                    "/v1/" + endpoint.strip(),
                    "{\"messages\":[{}],\"prompt\":\"p\",\"input\":\"i\"}",
                    "X-Task-Group",
                    "shapes");
            worker.complete(worker.awaitTask(), result.strip());
            HttpResponse<String> response = held.join();
            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
            String found = GatewayProcess.json(response).at(pointer.strip()).toString();
            assertThat(found)
                    .isEqualTo(GatewayProcess.JSON.readTree(expected.strip()).toString());
        }
    }

    @Test
    void whatIsNoEmbeddingAndNoImage() {
        try (TestWorker worker = TestWorker.ready(b, "shapes")) {
            for (String none : List.of("\"words\"", "[]", "[1,[2]]", "[null]", "{}", "[[1],2]")) {
                var held = post("/v1/embeddings", "{\"input\":\"i\"}", "X-Task-Group", "shapes");
                worker.complete(worker.awaitTask(), none);
                error(held.join(), 500, "worker_error");
                assertThat(header(held.join(), "x-should-retry")).isEqualTo("false");
            }
            var held = post("/v1/images/generations", "{\"prompt\":\"i\"}", "X-Task-Group", "shapes");
            worker.complete(worker.awaitTask(), "[1]");
            error(held.join(), 500, "worker_error");
        }
    }

    @Test
    void aLargeResultIsShapedToo() {
        try (TestWorker worker = TestWorker.ready(b, "large")) {
            for (GatewayProcess gateway : List.of(a, b)) {
                HttpRequest request = HttpRequest.newBuilder(gateway.uri("/v1/chat/completions"))
                        .POST(HttpRequest.BodyPublishers.ofString("{\"messages\":[{}],\"group\":\"large\"}"))
                        .build();
                var held = GatewayProcess.HTTP.sendAsync(request, HttpResponse.BodyHandlers.ofString());
                String text = "x".repeat(300_000);
                worker.complete(worker.awaitTask(), "\"" + text + "\"");
                assertThat(GatewayProcess.json(held.join())
                                .at("/choices/0/message/content")
                                .asText())
                        .isEqualTo(text);
            }
        }
    }

    // ---- where it runs ----------------------------------------------------------------------------------------------

    @Test
    void theGroupIsChosenByHeaderThenBodyThenModel() {
        try (TestWorker one = TestWorker.echo(a, "one");
                TestWorker two = TestWorker.echo(b, "two")) {
            String chat = "{\"messages\":[{}],\"group\":\"two\",\"model\":\"one\"}";
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> post("/v1/chat/completions", chat, "X-Task-Group", "one")
                                    .join()
                                    .statusCode()
                            == 200);
            assertThat(one.received).hasSize(1);
            assertThat(post("/v1/chat/completions", chat).join().statusCode()).isEqualTo(200);
            assertThat(two.received).hasSize(1);
            assertThat(post("/v1/chat/completions", "{\"messages\":[{}],\"model\":\"two\"}")
                            .join()
                            .statusCode())
                    .isEqualTo(200);
            assertThat(two.received).hasSize(2);
            assertThat(post("/v1/chat/completions", "{\"messages\":[{}],\"model\":\"m@one\"}")
                            .join()
                            .statusCode())
                    .isEqualTo(200);
            assertThat(one.received).hasSize(2);
            error(
                    post("/v1/chat/completions", "{\"messages\":[{}],\"model\":\"unheard-of\"}")
                            .join(),
                    404,
                    "model_not_found");
            JsonNode models = GatewayProcess.json(get(b, "/v1/models"));
            assertThat(models.path("data").findValuesAsText("id")).contains("one", "two");
            assertThat(GatewayProcess.json(get(a, "/v1/models/two"))
                            .path("owned_by")
                            .asText())
                    .isEqualTo("two");
            error(get(a, "/v1/models/org/none"), 404, "model_not_found");
        }
    }

    @Test
    void aModelRunsWhereItWasDeclared() {
        try (TestWorker two = TestWorker.silent(a, "zoo")) {
            String hello = "{\"type\":\"hello\",\"protocol\":1,\"models\":[\"org/llama\"]}";
            two.send(hello);
            two.send("{\"type\":\"ready\"}");
            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(GatewayProcess.json(get(a, "/v1/models"))
                                    .path("data")
                                    .findValuesAsText("id"))
                            .contains("org/llama", "zoo"));
            // A worker that says hello later than a second after it came is refused for that.
            try (TestWorker one = TestWorker.silent(b, "ark")) {
                one.send(hello);
                assertThat(one.await("error").path("code").asText()).isEqualTo("model_taken");
            }
            await().atMost(Duration.ofSeconds(20)).until(() -> GatewayProcess.json(get(b, "/v1/models/org/llama"))
                    .path("owned_by")
                    .asText()
                    .equals("zoo"));
            var held = post("/v1/chat/completions", "{\"messages\":[{}],\"model\":\"org/llama\"}");
            String frame = two.awaitRaw();
            while (!frame.contains("\"type\":\"task\"")) {
                frame = two.awaitRaw();
            }
            assertThat(frame).contains("\"payload\":{\"model\":\"org/llama\"");
            two.complete(frame.substring(frame.indexOf("taskId\":\"") + 9).substring(0, 36), "\"from the zoo\"");
            assertThat(GatewayProcess.json(held.join())
                            .at("/choices/0/message/content")
                            .asText())
                    .isEqualTo("from the zoo");
        }
    }

    // ---- errors -----------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "chat/completions   | {}                                    | messages",
                "chat/completions   | {\"messages\":[]}                     | messages",
                "chat/completions   | {\"messages\":\"x\"}                  | messages",
                "chat/completions   | {\"messages\":[1]}                    | messages",
                "chat/completions   | {\"messages\":[{}],\"model\":1}       | model",
                "chat/completions   | {\"messages\":[{}],\"model\":\"\"}    | model",
                "chat/completions   | {\"messages\":[{}],\"group\":\"a b\"} | group",
                "chat/completions   | {\"messages\":[{}],\"timeout\":\"1\"} | timeout",
                "chat/completions   | {\"messages\":[{}],\"queueTimeout\":\"1\"} | queueTimeout",
                "chat/completions   | {\"messages\":[{}],\"queueTimeout\":{}} | queueTimeout",
                "chat/completions   | {\"messages\":[{}],\"stream\":1}      | stream",
                "completions        | {\"model\":\"m\"}                     | prompt",
                "embeddings         | {\"model\":\"m\"}                     | input",
                "images/generations | {\"model\":\"m\"}                     | prompt",
                "responses          | {\"background\":\"yes\"}              | background",
                "chat/completions   | []                                    | null",
                "chat/completions   | {\"messages\":[{}],\"messages\":[{}]} | null",
                "chat/completions   | {\"messages\":[{}]                    | null"
            })
    void aBodyThatCannotBeUsed(String endpoint, String body, String param) {
        JsonNode error = error(post("/v1/" + endpoint.strip(), body.strip()).join(), 400, "invalid_request");
        assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
        assertThat(error.path("param").asText()).isEqualTo(param.strip());
    }

    @Test
    void headersThatCannotBeUsed() {
        String chat = "{\"messages\":[{}]}";
        for (List<String> header : List.of(
                List.of("X-Task-Group", "a b"),
                List.of("X-Task-Timeout", "soon"),
                List.of("X-Task-Queue-Timeout", "soon"),
                List.of("X-Task-Queue-Timeout", "1.5"),
                List.of("Prefer", "wait=long"),
                List.of("Idempotency-Key", "k".repeat(256)))) {
            JsonNode error = error(
                    post("/v1/chat/completions", chat, header.get(0), header.get(1))
                            .join(),
                    400,
                    "invalid_request");
            assertThat(error.path("message").asText()).containsAnyOf(header.get(0), "wait must");
        }
        HttpRequest plain = HttpRequest.newBuilder(a.uri("/v1/chat/completions"))
                .header("Content-Type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofString(chat))
                .build();
        HttpResponse<String> refused = GatewayProcess.HTTP
                .sendAsync(plain, HttpResponse.BodyHandlers.ofString())
                .join();
        described.check(refused);
        error(refused, 415, "unsupported_media_type");
    }

    @ParameterizedTest
    @CsvSource({
        "GET,/v1",
        "POST,/v1",
        "POST,/v1/",
        "GET,/v1/audio/speech",
        "GET,/v1/responses/none",
        "POST,/v1/responses/none/other"
    })
    void anyOtherPathIsUnknown(String method, String path) {
        HttpRequest request = HttpRequest.newBuilder(a.uri(path))
                .method(method, HttpRequest.BodyPublishers.ofString("{}"))
                .build();
        HttpResponse<String> response = GatewayProcess.HTTP
                .sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .join();
        error(response, 404, "not_found");
    }

    @Test
    void whatWasNotAcceptedMayComeAgain() {
        try (TestWorker worker = TestWorker.silent(b, "full")) {
            String chat = "{\"messages\":[{}],\"group\":\"full\",\"timeout\":5000}";
            await().atMost(Duration.ofSeconds(20)).until(() -> {
                var held =
                        post("/v1/chat/completions", chat, "Prefer", "wait=0").join();
                return held.statusCode() == 202;
            });
            List<HttpResponse<String>> all = IntStream.range(0, 3)
                    .mapToObj(i -> post("/v1/chat/completions", chat, "Prefer", "wait=0"))
                    .map(CompletableFuture::join)
                    .toList();
            HttpResponse<String> full = all.get(2);
            error(full, 503, "queue_full");
            assertThat(header(full, "retry-after")).isNotNull();
            assertThat(header(full, "x-should-retry")).isNull();
            assertThat(header(full, "x-task-id")).isNull();
        }
    }

    // ---- following --------------------------------------------------------------------------------------------------

    @Test
    void aBackgroundResponseIsReadFromAnotherGateway() {
        try (TestWorker worker = TestWorker.ready(b, "bg")) {
            HttpResponse<String> begun = post(
                            "/v1/responses", "{\"input\":\"x\",\"model\":\"m\",\"group\":\"bg\",\"background\":true}")
                    .join();
            JsonNode response = GatewayProcess.json(begun);
            assertThat(response.path("status").asText()).isIn("queued", "in_progress");
            assertThat(response.path("background").asBoolean()).isTrue();
            String path = "/v1/responses/" + response.path("id").asText();
            assertThat(GatewayProcess.json(get(b, path)).path("status").asText())
                    .isIn("queued", "in_progress");
            worker.complete(worker.awaitTask(), "\"done\"");
            for (GatewayProcess gateway : List.of(a, b)) {
                await().atMost(Duration.ofSeconds(20)).until(() -> GatewayProcess.json(get(gateway, path))
                        .path("status")
                        .asText()
                        .equals("completed"));
                JsonNode ended = GatewayProcess.json(get(gateway, path));
                assertThat(ended.at("/output/0/content/0/text").asText()).isEqualTo("done");
                assertThat(ended.path("model").asText()).isEqualTo("m");
                assertThat(ended.path("id")).isEqualTo(response.path("id"));
            }
            String chat = a.submit("{\"data\":{},\"group\":\"bg\"}");
            error(get(a, "/v1/responses/resp_" + chat), 404, "not_found");
        }
    }

    @Test
    void aTimeoutBeyondAllBoundsIsTheLongest() {
        try (TestWorker worker = TestWorker.echo(b, "long")) {
            HttpResponse<String> answered = post(
                            "/v1/chat/completions",
                            "{\"messages\":[{}],\"group\":\"long\"}",
                            "X-Task-Timeout",
                            "9223372036854775807",
                            "X-Task-Queue-Timeout",
                            "9".repeat(400))
                    .join();
            assertThat(answered.statusCode()).as(answered.body()).isEqualTo(200);
            assertThat(worker.closed).isNotDone();
        }
    }

    @Test
    void aResponseIsCancelledThroughAnotherGateway() throws Exception {
        try (TestWorker worker = TestWorker.ready(b, "cancel")) {
            String body = "{\"input\":\"x\",\"group\":\"cancel\",\"background\":true}";
            String id = GatewayProcess.json(post("/v1/responses", body).join())
                    .path("id")
                    .asText();
            String task = worker.awaitTask();
            assertThat(id).isEqualTo("resp_" + task);
            for (int i = 0; i < 2; i++) {
                HttpResponse<String> cancelled =
                        post("/v1/responses/" + id + "/cancel", "").join();
                assertThat(GatewayProcess.json(cancelled).path("status").asText())
                        .isEqualTo("cancelled");
            }
            assertThat(worker.await("cancel").path("taskId").asText()).isEqualTo(task);
            assertThat(GatewayProcess.json(get(b, "/v1/responses/" + id))
                            .path("status")
                            .asText())
                    .isEqualTo("cancelled");
            worker.send("{\"type\":\"ready\"}");
            var held = post("/v1/chat/completions", "{\"messages\":[{}],\"group\":\"cancel\"}");
            String other = worker.awaitTask();
            HttpRequest delete =
                    HttpRequest.newBuilder(b.uri("/api/task/" + other)).DELETE().build();
            HttpResponse<String> deleted = GatewayProcess.HTTP.send(delete, HttpResponse.BodyHandlers.ofString());
            described.check(deleted);
            assertThat(deleted.statusCode()).isEqualTo(200);
            error(held.join(), 400, "cancelled");
            assertThat(header(held.join(), "x-should-retry")).isEqualTo("false");
            error(post("/v1/responses/resp_" + other + "/cancel", "").join(), 404, "not_found");
            assertThat(worker.await("cancel").path("taskId").asText()).isEqualTo(other);
        }
    }

    @Test
    void anSdkIsAnsweredBeforeItGivesUp() {
        try (TestWorker worker = TestWorker.ready(b, "late")) {
            String chat = "{\"messages\":[{}],\"group\":\"late\"}";
            HttpResponse<String> late = post("/v1/chat/completions", chat, "X-Stainless-Read-Timeout", "2.0")
                    .join();
            error(late, 504, "wait_timeout");
            assertThat(header(late, "x-should-retry")).isEqualTo("false");
            String id = worker.awaitTask();
            assertThat(header(late, "x-task-id")).isEqualTo(id);
            worker.complete(id, "\"after all\"");
            HttpResponse<String> followed = get(b, "/api/task/" + id + "?wait=20");
            assertThat(GatewayProcess.json(followed).path("result").asText()).isEqualTo("after all");
        }
    }

    @Test
    void theSameKeyIsTheSameTask() {
        try (TestWorker worker = TestWorker.ready(b, "once")) {
            String chat = "{\"messages\":[{}],\"group\":\"once\"}";
            var first = post("/v1/chat/completions", chat, "Idempotency-Key", "k1");
            var second = post("/v1/chat/completions", chat, "Idempotency-Key", "k1");
            worker.complete(worker.awaitTask(), "\"once\"");
            assertThat(header(second.join(), "x-task-id")).isEqualTo(header(first.join(), "x-task-id"));
            error(
                    post("/v1/completions", "{\"prompt\":\"p\",\"group\":\"once\"}", "Idempotency-Key", "k1")
                            .join(),
                    422,
                    "idempotency_mismatch");
            assertThat(worker.received).hasSize(1);
        }
    }

    @Test
    void anSdksRetryJoinsItsFirstAttempt() {
        try (TestWorker worker = TestWorker.ready(b, "again")) {
            String chat = "{\"messages\":[{}],\"group\":\"again\"}";
            var first = post("/v1/chat/completions", chat, RETRY_COUNT, "0");
            String id = worker.awaitTask();
            var running = post(b, "/v1/chat/completions", chat, RETRY_COUNT, "1", "Prefer", "wait=1")
                    .join();
            assertThat(running.statusCode()).isEqualTo(202);
            assertThat(header(running, "x-task-id")).isEqualTo(id);
            var held = post(b, "/v1/chat/completions", chat, RETRY_COUNT, "2");
            worker.complete(id, "\"once\"");
            assertThat(header(first.join(), "x-task-id")).isEqualTo(id);
            assertThat(header(held.join(), "x-task-id")).isEqualTo(id);
            assertThat(held.join().body()).contains("once");
            var ended = post(b, "/v1/chat/completions", chat, RETRY_COUNT, "2").join();
            assertThat(header(ended, "x-task-id")).isEqualTo(id);
            assertThat(worker.received).hasSize(1);

            List<List<String>> others = List.of(
                    List.of(RETRY_COUNT, "0"),
                    List.of(RETRY_COUNT, "1", "X-Task-Attach", "no"),
                    List.of(RETRY_COUNT, "1", "Authorization", "Bearer somebody-else"));
            for (List<String> headers : others) {
                var other = post("/v1/chat/completions", chat, headers.toArray(String[]::new));
                String made = worker.awaitTask();
                assertThat(made).as("%s", headers).isNotEqualTo(id);
                worker.complete(made, "\"another\"");
                assertThat(header(other.join(), "x-task-id")).isEqualTo(made);
            }
        }
    }

    @Test
    void whoseRequestItIsTheKeyTellsAlsoFromAnotherAddress() throws IOException {
        try (GatewayProcess keyed = GatewayProcess.on(
                        TestRedis.url(),
                        TestRedis.freshPrefix(),
                        "API_KEYS",
                        "client-key-number-one,client-key-number-two");
                TestWorker busy = TestWorker.silent(keyed, "whose")) {
            String first = attempt(keyed, "127.0.0.1", "client-key-number-one", 0);
            assertThat(attempt(keyed, "127.0.0.2", "client-key-number-one", 1)).isEqualTo(first);
            assertThat(attempt(keyed, "127.0.0.1", "client-key-number-two", 1)).isNotEqualTo(first);
        }
    }

    @Test
    void whoseRequestItIsTheAddressTellsWhereNobodyAsksForKeys() throws IOException {
        String prefix = TestRedis.freshPrefix();
        try (GatewayProcess open = GatewayProcess.on(TestRedis.url(), prefix);
                TestWorker busy = TestWorker.silent(open, "whose")) {
            String first = attempt(open, "127.0.0.1", "any", 0);
            assertThat(attempt(open, "127.0.0.1", "any", 1)).isEqualTo(first);
            assertThat(attempt(open, "127.0.0.2", "any", 1)).isNotEqualTo(first);
            try (RedisClient client = RedisClient.create(TestRedis.url())) {
                RedisCommands<String, String> redis = client.connect().sync();
                assertThat(redis.keys(prefix + "once:*")).isNotEmpty().allSatisfy(key -> assertThat(redis.pttl(key))
                        .as("a retry finds its first attempt for two minutes")
                        .isBetween(60_000L, 120_000L));
            }
        }
    }

    /** The task that an SDK's attempt from this address, not waiting for its end, is about. */
    private static String attempt(GatewayProcess gateway, String from, String key, int count) throws IOException {
        String chat = "{\"messages\":[{}],\"group\":\"whose\"}";
        InetAddress address = InetAddress.getByName(from);
        try (Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), gateway.port(), address, 0)) {
            socket.setSoTimeout(20_000);
            String request =
                    "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                            + "Authorization: Bearer " + key + "\r\n" + RETRY_COUNT + ": " + count
                            + "\r\nPrefer: wait=0\r\n"
                            + "Content-Length: " + chat.length() + "\r\n\r\n" + chat;
            socket.getOutputStream().write(request.getBytes(ISO_8859_1));
            RawHttp.Reply reply = RawHttp.read(socket.getInputStream());
            assertThat(reply.status()).as(reply.body()).isEqualTo(202);
            return GatewayProcess.JSON.readTree(reply.body()).path("taskId").asText();
        }
    }

    @Test
    void aRetryOfARefusedAttemptMakesTheTask() {
        String chat = "{\"messages\":[{}],\"group\":\"late\"}";
        error(post("/v1/chat/completions", chat, RETRY_COUNT, "0").join(), 503, "no_worker");
        try (TestWorker worker = TestWorker.ready(b, "late")) {
            var again = post(b, "/v1/chat/completions", chat, RETRY_COUNT, "1");
            worker.complete(worker.awaitTask(), "\"now\"");
            assertThat(again.join().statusCode()).isEqualTo(200);
        }
    }
}
