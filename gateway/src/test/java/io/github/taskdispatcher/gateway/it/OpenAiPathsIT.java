package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.taskdispatcher.gateway.test.TestRedis;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Paths and methods of the OpenAI face that lead nowhere: each answer says what to change, and no task is made. */
class OpenAiPathsIT {

    private static final String CHAT = "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";

    private static GatewayProcess gateway;

    @BeforeAll
    static void start() {
        gateway = GatewayProcess.on(TestRedis.url(), TestRedis.freshPrefix());
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    private static RawHttp.Reply ask(String method, String path, String type, String body) throws IOException {
        String head = body.isEmpty() ? "" : "Content-Type: " + type + "\r\nContent-Length: " + body.length() + "\r\n";
        return RawHttp.send(
                gateway.port(),
                (method + ' ' + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + head + "\r\n" + body)
                        .getBytes(ISO_8859_1));
    }

    private static RawHttp.Reply post(String path, String body) throws IOException {
        return ask("POST", path, "application/json", body);
    }

    private static JsonNode error(RawHttp.Reply reply, int status, String code) throws IOException {
        assertThat(reply.status()).as(reply.body()).isEqualTo(status);
        JsonNode error = GatewayProcess.JSON.readTree(reply.body()).path("error");
        assertThat(error.path("code").asText()).isEqualTo(code);
        return error;
    }

    @Test
    void aWrongPathNamesItsCauseAndMakesNoTask() throws IOException {
        String chat = CHAT.formatted("default");
        try (TestWorker worker = TestWorker.echo(gateway, null)) {
            for (String path : new String[] {"/v1/v1/chat/completions", "/v1/v1", "/v1/v1/embeddings"}) {
                assertThat(error(post(path, chat), 404, "not_found")
                                .path("message")
                                .asText())
                        .contains("/v1 twice");
            }
            for (String path : new String[] {
                "/v1//chat/completions", "//v1/chat/completions", "/v1/chat//completions", "//v1//models"
            }) {
                assertThat(error(post(path, chat), 404, "not_found")
                                .path("message")
                                .asText())
                        .contains("empty part");
            }
            for (String path : new String[] {
                "/chat/completions",
                "/embeddings",
                "/responses",
                "/api/openai/chat/completions",
                "/openai/chat/completions"
            }) {
                assertThat(error(post(path, chat), 404, "not_found")
                                .path("message")
                                .asText())
                        .contains("end the base URL");
            }
            assertThat(error(ask("GET", "/models", "", ""), 404, "not_found")
                            .path("message")
                            .asText())
                    .contains("end the base URL");
            for (String path : new String[] {
                "/v1/chat/completion", "/v1/chat/completions/chat/completions", "/v1/completions/x", "/v1/embeddings/a"
            }) {
                error(post(path, chat), 404, "not_found");
            }
            assertThat(worker.received).isEmpty();
            assertThat(post("/v1/chat/completions/", chat).status()).isEqualTo(200);
            assertThat(post("/v1/rerank", chat).status()).isEqualTo(200);
        }
    }

    @Test
    void whatTheServerWouldHaveToKeepIsNotServed() throws IOException {
        try (TestWorker worker = TestWorker.echo(gateway, null)) {
            for (String path : new String[] {
                "batches",
                "conversations",
                "files",
                "threads",
                "threads/runs",
                "assistants",
                "vector_stores",
                "uploads",
                "fine_tuning/jobs",
                "videos",
                "containers",
                "evals",
                "batches/x/cancel"
            }) {
                for (String method : new String[] {"POST", "GET"}) {
                    String body = method.equals("POST") ? CHAT.formatted("default") : "";
                    assertThat(error(ask(method, "/v1/" + path, "application/json", body), 404, "unsupported_endpoint")
                                    .path("message")
                                    .asText())
                            .contains("/v1/" + path);
                }
            }
            assertThat(worker.received).isEmpty();
        }
    }

    @Test
    void anotherMethodIsToldWhichAreAllowed() throws IOException {
        String[][] cases = {
            {"GET", "/v1/chat/completions", "POST"},
            {"PUT", "/v1/embeddings", "POST"},
            {"GET", "/v1/responses", "POST"},
            {"OPTIONS", "/v1/chat/completions", "POST"},
            {"POST", "/v1/models", "GET, HEAD"},
            {"DELETE", "/v1/models/x", "GET, HEAD"},
            {"DELETE", "/v1/responses/resp_x", "GET, HEAD"},
            {"GET", "/v1/responses/resp_x/cancel", "POST"}
        };
        for (String[] one : cases) {
            RawHttp.Reply reply = ask(one[0], one[1], "", "");
            error(reply, 405, "method_not_allowed");
            assertThat(reply.head()).as("%s %s", one[0], one[1]).contains("Allow: " + one[2] + "\r\n");
        }
        assertThat(ask("PUT", "/api/task/x", "", "").head()).contains("Allow: GET, HEAD, DELETE\r\n");
    }

    @Test
    void headIsAnsweredAsGetIs() throws IOException {
        try (TestWorker worker = TestWorker.echo(gateway, null)) {
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> post("/v1/chat/completions", CHAT.formatted("default"))
                                    .status()
                            == 200);
            for (String path : new String[] {
                "/v1/models",
                "/v1/models/default",
                "/v1/models/none",
                "/v1/responses/x",
                "/",
                "/readyz",
                "/openapi.json",
                "/ws",
                "/dashboard",
                "/dashboard/app.js",
                "/dashboard/none.js",
                "/test-worker",
                "/api/dashboard/session",
                "/api/dashboard/views/overview",
                "/api/dashboard/views/none",
                "/api/dashboard/tasks/none/result",
                "/nothing"
            }) {
                RawHttp.Reply get = ask("GET", path, "", "");
                RawHttp.Reply head = ask("HEAD", path, "", "");
                assertThat(head.status()).as(path).isEqualTo(get.status());
                assertThat(head.body()).isEmpty();
                if (!path.contains("/views/overview")) {
                    assertThat(length(head)).as(path).isEqualTo(length(get));
                }
            }
            RawHttp.Reply stream = ask("HEAD", "/api/dashboard/events", "", "");
            assertThat(stream.status()).as("a stream without a body has no end").isEqualTo(405);
            assertThat(stream.head()).contains("Allow: GET\r\n");
        }
    }

    private static String length(RawHttp.Reply reply) {
        return reply.head()
                .lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("content-length:"))
                .findFirst()
                .orElse("none");
    }

    /** Whoever refuses the request: a client of {@code /v1} reads this shape only. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /v1/models/%ff HTTP/1.1\r\nHost: localhost\r\n",
                "GET /v1/models/% HTTP/1.1\r\nHost: localhost\r\n",
                "GET /v1/models/%00 HTTP/1.1\r\nHost: localhost\r\n",
                "GET /v1/models HTTP/1.1\r\n",
                "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nHost: other\r\n",
                "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n",
                "POST /v1/embeddings HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n",
                "POST /v1/embeddings HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n",
                "GET /v1/realtime HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            })
    void everyErrorUnderV1HasTheShapeOfOpenAis(String head) throws IOException {
        RawHttp.Reply reply = RawHttp.send(gateway.port(), (head + "Connection: close\r\n\r\n").getBytes(ISO_8859_1));
        JsonNode error = GatewayProcess.JSON.readTree(reply.body()).path("error");
        assertThat(reply.status()).isBetween(400, 501);
        assertThat(error.path("message").asText()).as(reply.body()).isNotEmpty();
        assertThat(error.path("type").asText()).isIn("invalid_request_error", "server_error");
        assertThat(error.path("code").asText()).isNotIn("", "internal");
        assertThat(error.has("param")).isTrue();
        RawHttp.Reply guide = RawHttp.send(
                gateway.port(), (head.replace("/v1/", "/api/") + "Connection: close\r\n\r\n").getBytes(ISO_8859_1));
        assertThat(GatewayProcess.JSON.readTree(guide.body()).path("error").isTextual())
                .as(guide.body())
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-Task-Group", "X-Task-Timeout", "X-Task-Queue-Timeout", "X-Task-Attach"})
    void aHeaderThatComesTwiceIsRefused(String header) throws IOException {
        String value = header.endsWith("Timeout") ? "60000" : header.endsWith("Attach") ? "no" : "default";
        String body = CHAT.formatted("default");
        JsonNode error = error(
                RawHttp.send(
                        gateway.port(),
                        ("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                        + (header + ": " + value + "\r\n").repeat(2)
                                        + "Content-Type: application/json\r\nContent-Length: " + body.length()
                                        + "\r\n\r\n" + body)
                                .getBytes(ISO_8859_1)),
                400,
                "invalid_request");
        assertThat(error.path("param").asText()).isEqualTo(header);
    }

    /** An SDK that asks for a stream takes an object for a stream without events. */
    @Test
    void aResponseThatIsReadIsNotStreamed() throws IOException {
        JsonNode error =
                error(ask("GET", "/v1/responses/resp_x?starting_after=3&stream=true", "", ""), 400, "invalid_request");
        assertThat(error.path("param").asText()).isEqualTo("stream");
        error(ask("GET", "/v1/responses/resp_x?stream=false", "", ""), 404, "not_found");
    }

    @Test
    void whatIsPostedBelowResponsesAndNamesNoneIsATask() throws IOException {
        try (TestWorker worker = TestWorker.echo(gateway, null)) {
            for (String path : new String[] {"/v1/responses/input_tokens", "/v1/responses/compact"}) {
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> post(path, CHAT.formatted("default")).status() == 200);
                assertThat(post(path, CHAT.formatted("default")).body()).contains("\"endpoint\":\"" + path + "\"");
            }
            error(post("/v1/responses/resp_x", CHAT.formatted("default")), 405, "method_not_allowed");
            assertThat(worker.closed).isNotDone();
        }
    }

    @Test
    void theRootLeadsToTheDashboard() throws IOException {
        RawHttp.Reply root = ask("GET", "/", "", "");
        assertThat(root.status()).isEqualTo(302);
        assertThat(root.head().toLowerCase(Locale.ROOT))
                .containsPattern("location: (http://localhost(:\\d+)?)?/dashboard\r\n");
    }

    @Test
    void formsAreRefusedInPlainWords() throws IOException {
        for (String path : new String[] {"/v1/audio/transcriptions", "/v1/images/edits", "/api/openai"}) {
            RawHttp.Reply reply = ask("POST", path, "multipart/form-data; boundary=x", "--x--");
            assertThat(reply.status()).isEqualTo(415);
            assertThat(reply.body()).contains("not supported").contains("multipart/form-data");
        }
    }
}
