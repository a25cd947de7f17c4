package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.taskdispatcher.gateway.test.TestRedis;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a worker says of an error, and the ids of responses, reach the client as they were meant; the worker is on the other gateway. */
class OpenAiErrorsIT {

    private static final String KEY = "client-key-number-1";

    private static GatewayProcess a;
    private static GatewayProcess b;

    @BeforeAll
    static void start() {
        String prefix = TestRedis.freshPrefix();
        a = GatewayProcess.on(TestRedis.url(), prefix, "API_KEYS", KEY);
        b = GatewayProcess.on(TestRedis.url(), prefix, "API_KEYS", KEY);
    }

    @AfterAll
    static void stop() {
        Closing.all(a, b);
    }

    private static CompletableFuture<HttpResponse<String>> send(HttpRequest.Builder request, String... headers) {
        request.headers(headers.length == 0 ? new String[] {"Authorization", "Bearer " + KEY} : headers);
        return GatewayProcess.HTTP.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static CompletableFuture<HttpResponse<String>> post(String path, String body, String... headers) {
        return send(
                HttpRequest.newBuilder(a.uri(path))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body)),
                headers);
    }

    private static String chat(String group, boolean stream) {
        return "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"group\":\"" + group + "\",\"stream\":" + stream
                + "}";
    }

    private static void fail(TestWorker worker, String members) {
        worker.send("{\"type\":\"task_error\",\"taskId\":\"" + worker.awaitTask() + "\"," + members + "}");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aWorkersErrorKeepsItsStatusAndItsWords(boolean stream) {
        try (TestWorker worker = TestWorker.ready(b, "errors" + stream)) {
            var held = post("/v1/chat/completions", chat("errors" + stream, stream));
            fail(
                    worker,
                    "\"error\":\"maximum context length is 4096\",\"status\":400,\"code\":\"context_length_exceeded\","
                            + "\"errorType\":\"invalid_request_error\",\"param\":\"messages\"");
            assertThat(held.join().statusCode()).isEqualTo(400);
            assertThat(held.join().body())
                    .isEqualTo(
                            "{\"error\":{\"message\":\"maximum context length is 4096\",\"type\":\"invalid_request_error\","
                                    + "\"code\":\"context_length_exceeded\",\"param\":\"messages\"}}");
            assertThat(held.join().headers().firstValue("x-should-retry")).hasValue("false");
            assertThat(held.join().headers().firstValue("x-task-id")).isPresent();

            var busy = post("/v1/chat/completions", chat("errors" + stream, stream));
            fail(worker, "\"error\":\"slow down\",\"status\":429,\"code\":\"rate_limit_exceeded\",\"retryAfter\":7");
            assertThat(busy.join().statusCode()).isEqualTo(429);
            assertThat(busy.join().headers().firstValue("Retry-After")).hasValue("7");

            var plain = post("/v1/chat/completions", chat("errors" + stream, stream));
            fail(worker, "\"error\":\"\"");
            assertThat(plain.join().statusCode()).isEqualTo(500);
            assertThat(plain.join().body()).contains("Worker reported an error").contains("\"worker_error\"");
            String id = plain.join().headers().firstValue("x-task-id").orElseThrow();
            assertThat(send(HttpRequest.newBuilder(b.uri("/api/task/" + id)))
                            .join()
                            .body())
                    .contains("\"error\":\"Worker reported an error\"");
        }
    }

    /** Once a stream has begun its status is said. */
    @Test
    void anErrorBehindTheFirstChunkEndsTheStream() {
        try (TestWorker worker = TestWorker.ready(b, "midway")) {
            var held = post("/v1/chat/completions", chat("midway", true));
            String id = worker.awaitTask();
            worker.send("{\"type\":\"task_chunk\",\"taskId\":\"" + id + "\",\"chunk\":\"a\"}");
            worker.send("{\"type\":\"task_error\",\"taskId\":\"" + id
                    + "\",\"error\":\"no more\",\"status\":429,\"code\":\"rate\"}");
            assertThat(held.join().statusCode()).isEqualTo(200);
            assertThat(held.join().body())
                    .startsWith("data: {")
                    .contains("\"content\":\"a\"")
                    .contains("data: {\"error\":{\"message\":\"no more\"")
                    .contains("\"code\":\"rate\"")
                    .doesNotContain("[DONE]");
        }
    }

    /** The guide's route keeps its status: the text is there, and how to tell it is the guide's. */
    @Test
    void theGuidesRouteTellsTheTextAlone() {
        try (TestWorker worker = TestWorker.ready(b, "guide")) {
            var held = post("/api/openai", "{\"data\":{},\"group\":\"guide\"}");
            fail(worker, "\"error\":\"too long\",\"status\":400,\"code\":\"context_length_exceeded\"");
            assertThat(held.join().statusCode()).isEqualTo(500);
            assertThat(held.join().body()).startsWith("{\"error\":\"too long\",\"code\":\"worker_error\"");
        }
    }

    /** Some clients send a request again after 409, which would bring a cancelled task back. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aCancelledTaskIsNotSentAgain(boolean stream) {
        try (TestWorker worker = TestWorker.ready(b, "stopped" + stream)) {
            var held = post("/v1/chat/completions", chat("stopped" + stream, stream));
            String id = worker.awaitTask();
            assertThat(send(HttpRequest.newBuilder(b.uri("/api/task/" + id)).DELETE())
                            .join()
                            .statusCode())
                    .isEqualTo(200);
            assertThat(held.join().statusCode()).isEqualTo(400);
            assertThat(held.join().body()).contains("\"code\":\"cancelled\"");
        }
    }

    @Test
    void anEmptyListOfMessagesIsPassedOnBesideData() {
        try (TestWorker worker = TestWorker.ready(b, "empty")) {
            var held = post("/api/openai", "{\"messages\":[ ],\"data\":{\"x\":null},\"group\":\"empty\"}");
            String frame = worker.awaitRaw();
            assertThat(frame).contains("\"messages\":[ ],\"data\":{\"x\":null}");
            worker.complete(frame.substring(frame.indexOf("taskId\":\"") + 9).substring(0, 36), "1");
            assertThat(held.join().statusCode()).isEqualTo(200);
            assertThat(post("/api/openai", "{\"messages\":[],\"group\":\"empty\"}")
                            .join()
                            .statusCode())
                    .isEqualTo(400);
        }
    }

    // ---- keys -------------------------------------------------------------------------------------------------------

    @Test
    void everySpellingOfAKeyIsTheSameKey() {
        try (TestWorker worker = TestWorker.ready(b, "keys")) {
            String id = null;
            List<String[]> spellings = List.of(
                    new String[] {"Authorization", "Bearer " + KEY},
                    new String[] {"Authorization", KEY},
                    new String[] {"x-api-key", KEY},
                    new String[] {"api-key", KEY});
            for (String[] spelling : spellings) {
                HttpResponse<String> submitted = post(
                                "/api/openai",
                                "{\"data\":{},\"group\":\"keys\",\"async\":true}",
                                spelling[0],
                                spelling[1],
                                "Idempotency-Key",
                                "one")
                        .join();
                assertThat(submitted.statusCode()).as(spelling[0]).isEqualTo(200);
                String task = GatewayProcess.json(submitted).path("taskId").asText();
                assertThat(id == null || id.equals(task))
                        .as("the same tenant's request")
                        .isTrue();
                id = task;
                HttpRequest.Builder read = HttpRequest.newBuilder(b.uri("/api/task/" + id));
                assertThat(send(read, spelling).join().statusCode()).isEqualTo(200);
                spelling[1] += "x";
                assertThat(send(HttpRequest.newBuilder(b.uri("/v1/models")), spelling)
                                .join()
                                .statusCode())
                        .isEqualTo(401);
            }
        }
    }

    // ---- responses --------------------------------------------------------------------------------------------------

    private static JsonNode response(GatewayProcess gateway, String id) {
        return GatewayProcess.json(
                send(HttpRequest.newBuilder(gateway.uri("/v1/responses/" + id))).join());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"done\"",
                "{\"id\":\"resp_upstream\",\"object\":\"response\",\"background\":false,\"status\":\"completed\",\"metadata\":{},\"output\":[],\"n\":12345678901234567890}"
            })
    void aBackgroundResponseKeepsItsIdAndWhatItWasAskedWith(String result) {
        try (TestWorker worker = TestWorker.ready(b, "background")) {
            String body = "{\"input\":\"x\",\"group\":\"background\",\"background\":true,\"metadata\":{\"a\":\"b c\"}}";
            JsonNode begun = GatewayProcess.json(post("/v1/responses", body).join());
            String id = begun.path("id").asText();
            assertThat(begun.path("metadata").toString()).isEqualTo("{\"a\":\"b c\"}");
            worker.complete(worker.awaitTask(), result);
            for (int i = 0; i < 20 && !response(b, id).path("status").asText().equals("completed"); i++) {
                send(HttpRequest.newBuilder(b.uri("/api/task/" + id.substring(5) + "?wait=1")))
                        .join();
            }
            for (GatewayProcess gateway : List.of(a, b)) {
                JsonNode ended = response(gateway, id);
                assertThat(ended.path("status").asText()).isEqualTo("completed");
                assertThat(ended.path("id").asText()).isEqualTo(id);
                assertThat(ended.path("background").asBoolean()).isTrue();
                assertThat(ended.path("metadata").toString()).isEqualTo("{\"a\":\"b c\"}");
            }
        }
    }

    @Test
    void aForegroundResponseIsReadAgainByItsId() {
        String own = "{\"id\":\"resp_upstream\",\"object\":\"response\",\"output\":[]}";
        try (TestWorker worker = TestWorker.ready(b, "foreground")) {
            for (String result : List.of(own, "\"text\"")) {
                var held = post("/v1/responses", "{\"input\":\"x\",\"group\":\"foreground\"}");
                worker.complete(worker.awaitTask(), result);
                String id = GatewayProcess.json(held.join()).path("id").asText();
                assertThat(response(b, id).path("id").asText()).isEqualTo(id).startsWith("resp_");
                assertThat(response(b, id)).isEqualTo(GatewayProcess.json(held.join()));
                var chained = post(
                        "/v1/responses",
                        "{\"input\":\"y\",\"group\":\"foreground\",\"previous_response_id\":\"" + id + "\"}");
                assertThat(chained.join().statusCode()).isEqualTo(400);
                assertThat(chained.join().body())
                        .contains("previous_response_id")
                        .contains("send all of it");
            }
            var streamed = post("/v1/responses", "{\"input\":\"x\",\"group\":\"foreground\",\"stream\":true}");
            String task = worker.awaitTask();
            for (String type : List.of("response.created", "response.completed")) {
                worker.send("{\"type\":\"task_chunk\",\"taskId\":\"" + task + "\",\"chunk\":{\"type\":\"" + type
                        + "\",\"response\":" + own + "}}");
            }
            worker.complete(task, own);
            assertThat(streamed.join().body())
                    .doesNotContain("resp_upstream")
                    .contains(
                            "event: response.created\n", "event: response.completed\n", "\"id\":\"resp_" + task + "\"");
        }
    }

    /** That of its acceptance, by the clock of Redis: also for a stream, and for a request that joins the first. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anObjectSaysTheSameTimeWhenItIsReadAgain(boolean stream) throws Exception {
        String group = "time" + stream;
        try (TestWorker worker = TestWorker.ready(b, group)) {
            String members = ",\"group\":\"" + group + "\",\"stream\":" + stream + "}";
            String[][] requests = {
                {"/v1/responses", "{\"input\":\"x\"" + members},
                {"/v1/chat/completions", "{\"messages\":[{}]" + members}
            };
            for (String[] request : requests) {
                String[] headers = {"Authorization", "Bearer " + KEY, "Idempotency-Key", request[0] + stream};
                var held = post(request[0], request[1], headers);
                String id = worker.awaitTask();
                // Times are whole seconds.
                Thread.sleep(1_100);
                worker.complete(id, "\"done\"");
                String body = held.join().body();
                String again = post(request[0], request[1], headers).join().body();
                assertThat(times(body)).hasSize(1).isEqualTo(times(again));
                if (request[0].endsWith("responses")) {
                    assertThat(times(send(HttpRequest.newBuilder(b.uri("/v1/responses/resp_" + id)))
                                    .join()
                                    .body()))
                            .isEqualTo(times(body));
                }
            }
        }
    }

    private static Set<String> times(String body) {
        return Pattern.compile("\"created(?:_at)?\":(\\d+)")
                .matcher(body)
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.toSet());
    }
}
