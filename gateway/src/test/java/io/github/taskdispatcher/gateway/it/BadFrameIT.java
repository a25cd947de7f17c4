package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.taskdispatcher.gateway.test.TestRedis;
import java.io.IOException;
import java.net.URI;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a worker may get wrong: it is told, its own task may fail, and everybody else's goes on. */
class BadFrameIT {

    private static GatewayProcess gateway;
    private static int groups;

    private final String group = "g" + ++groups;

    @BeforeAll
    static void start() {
        gateway = GatewayProcess.on(TestRedis.url(), TestRedis.freshPrefix(), "MAX_RESULT_BYTES", "100000");
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    private String data() {
        return "{\"data\":{},\"group\":\"" + group + "\"}";
    }

    static Stream<Arguments> nonsense() {
        String unknown = "00000000-0000-8000-8000-000000000000";
        return Stream.of(
                Arguments.of("B68 empty", "", "bad_message"),
                Arguments.of("B68 not JSON", "hello", "bad_message"),
                Arguments.of("B68 null", "null", "bad_message"),
                Arguments.of("B68 array", "[]", "bad_message"),
                Arguments.of("B68 number", "7", "bad_message"),
                Arguments.of("B69 no type", "{}", "bad_message"),
                Arguments.of("B69 unknown type", "{\"type\":\"dance\"}", "bad_message"),
                Arguments.of("B69 type no string", "{\"type\":7}", "bad_message"),
                Arguments.of("B73 unknown task", complete("\"" + unknown + "\"", "1"), "not_assigned"),
                Arguments.of("B73 no id", complete("\"abc\"", "1"), "not_assigned"),
                Arguments.of("B74 missing", "{\"type\":\"task_complete\",\"result\":1}", "bad_message"),
                Arguments.of("B74 number", complete("7", "1"), "bad_message"),
                Arguments.of("B74 long", complete("\"" + "x".repeat(90_000) + "\"", "1"), "bad_message"),
                Arguments.of("B79 depth", complete("\"x\"", "[".repeat(2_000) + "]".repeat(2_000)), "bad_message"),
                Arguments.of("B79 digits", complete("\"x\"", "1".repeat(1_001)), "bad_message"),
                Arguments.of("B84 ours", "{\"type\":\"connected\",\"workerId\":\"W1\"}", "bad_message"),
                Arguments.of("B84 task", "{\"type\":\"task\",\"taskId\":\"x\",\"payload\":{}}", "bad_message"),
                Arguments.of("B84 pong", "{\"type\":\"pong\"}", "bad_message"));
    }

    private static String complete(String id, String result) {
        return "{\"type\":\"task_complete\",\"taskId\":" + id + ",\"result\":" + result + "}";
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("nonsense")
    void isToldAndStays(String number, String frame, String code) {
        try (TestWorker worker = TestWorker.ready(gateway, group)) {
            String id = gateway.submit(data());
            worker.awaitTask();
            worker.send(frame);
            JsonNode error = worker.await("error");
            assertThat(error.path("code").asText()).isEqualTo(code);
            assertThat(error.path("message").asText().toLowerCase(Locale.ROOT))
                    .doesNotContain("exception", "jackson", "jetty", "redis", "line:", "column");
            assertThat(gateway.task(id).path("status").asText()).isEqualTo("executing");
            worker.complete(id, "1");
            ended(id, "completed");
            assertThat(worker.closed).isNotDone();
        }
    }

    private static void ended(String id, String status) {
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() ->
                        assertThat(gateway.task(id).path("status").asText()).isEqualTo(status));
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "false", "\"x\"", "[]", "{}", "1e400", "1.10", "[{\"a\":[]}]"})
    void anyResultComesBackAsItIs(String result) {
        try (TestWorker worker = TestWorker.ready(gateway, group)) {
            var answer = gateway.postAsync(data());
            worker.complete(worker.awaitTask(), result);
            assertThat(answer.join().body()).endsWith("\"result\":" + result + "}");
        }
    }

    @Test
    void aResultThatIsMissingIsNull() {
        try (TestWorker worker = TestWorker.ready(gateway, group)) {
            var answer = gateway.postAsync(data());
            worker.send("{\"type\":\"task_complete\",\"taskId\":\"" + worker.awaitTask() + "\"}");
            assertThat(answer.join().body()).endsWith("\"result\":null}");
        }
    }

    static Stream<Arguments> errors() {
        return Stream.of(
                Arguments.of("B80 missing", "", ".+"),
                Arguments.of("B80 object", ",\"error\":{\"a\":1}", "\\{\"a\":1}"),
                Arguments.of("B80 markup", ",\"error\":\"<script>\"", "<script>"),
                Arguments.of("B80 long", ",\"error\":\"" + "e".repeat(20_000) + "\"", "e{8192}"),
                Arguments.of("B82 odd duration", ",\"error\":\"x\",\"duration\":-1", "x"),
                Arguments.of("B82 text as duration", ",\"error\":\"x\",\"duration\":\"long\"", "x"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("errors")
    void anErrorIsKeptAsText(String number, String members, String text) {
        try (TestWorker worker = TestWorker.ready(gateway, group)) {
            var answer = gateway.postAsync(data());
            worker.send("{\"type\":\"task_error\",\"taskId\":\"" + worker.awaitTask() + "\"" + members + "}");
            JsonNode body = GatewayProcess.json(answer.join());
            assertThat(answer.join().statusCode()).isEqualTo(500);
            assertThat(body.path("error").asText()).matches(text);
            assertThat(body.path("code").asText()).isEqualTo("worker_error");
        }
    }

    @Test
    void aBrokenResultFailsItsTaskOnly() {
        try (TestWorker worker = TestWorker.ready(gateway, group)) {
            String id = gateway.submit(data());
            worker.awaitTask();
            worker.send(complete("\"" + id + "\"", "[1,]"));
            assertThat(worker.await("error").path("code").asText()).isEqualTo("bad_message");
            ended(id, "failed");
            assertThat(gateway.task(id).path("error").asText()).isEqualTo("Invalid result");
            String next = gateway.submit(data());
            assertThat(worker.awaitTask()).isEqualTo(next);
        }
    }

    @Test
    void aResultThatIsTooLargeFailsItsTaskOnly() {
        try (TestWorker worker = TestWorker.ready(gateway, group)) {
            String id = gateway.submit(data());
            worker.awaitTask();
            worker.complete(id, '"' + "x".repeat(100_000) + '"');
            assertThat(worker.await("error").path("code").asText()).isEqualTo("too_large");
            ended(id, "failed");
            assertThat(gateway.task(id).path("error").asText()).isEqualTo("Result too large");
            assertThat(worker.closed).isNotDone();
        }
        try (TestWorker worker = TestWorker.ready(gateway, group)) {
            String id = gateway.submit(data());
            worker.awaitTask();
            worker.complete(id, '"' + "x".repeat(250_000) + '"');
            assertThat(worker.closed.orTimeout(10, TimeUnit.SECONDS).join()).isEqualTo(1009);
            ended(id, "failed");
            assertThat(gateway.task(id).path("error").asText()).isEqualTo("Result too large");
        }
    }

    @Test
    void theFirstAnswerCounts() {
        try (TestWorker worker = TestWorker.ready(gateway, group)) {
            String id = gateway.submit(data());
            worker.awaitTask();
            worker.complete(id, "1");
            worker.fail(id, "\"no\"");
            worker.complete(id, "2");
            ended(id, "completed");
            assertThat(gateway.task(id).path("result").asInt()).isEqualTo(1);
            String next = gateway.submit(data());
            String after = gateway.submit(data());
            assertThat(worker.awaitTask()).isEqualTo(next);
            assertThat(gateway.task(after).path("position").asInt()).isEqualTo(1);
            worker.complete(next, "1");
            assertThat(worker.awaitTask()).isEqualTo(after);
        }
    }

    @Test
    void readyTwiceIsOnePlaceAndReadyAtWorkIsRefused() {
        try (TestWorker worker = TestWorker.ready(gateway, group)) {
            worker.send("{\"type\":\"ready\"}");
            String first = gateway.submit(data());
            String second = gateway.submit(data());
            assertThat(worker.awaitTask()).isEqualTo(first);
            worker.send("{\"type\":\"ready\"}");
            assertThat(worker.await("error").path("code").asText()).isEqualTo("busy");
            assertThat(gateway.task(second).path("status").asText()).isEqualTo("queued");
            assertThat(worker.gotNothing()).isTrue();
        }
    }

    @Test
    void anotherWorkersTaskStaysItsOwn() {
        try (TestWorker owner = TestWorker.ready(gateway, group)) {
            String id = gateway.submit(data());
            owner.awaitTask();
            try (TestWorker other = TestWorker.silent(gateway, group);
                    TestWorker stranger = TestWorker.silent(gateway, group + "-2")) {
                stranger.complete(id, "\"forged\"");
                assertThat(stranger.await("error").path("code").asText()).isEqualTo("not_assigned");
                // In its own group it might be a worker that came back: it is told once its gateway is known to live.
                other.complete(id, "\"forged\"");
                assertThat(other.await("error").path("code").asText()).isEqualTo("not_assigned");
                assertThat(gateway.task(id).path("status").asText()).isEqualTo("executing");
                owner.complete(id, "\"true\"");
                ended(id, "completed");
                assertThat(gateway.task(id).path("result").asText()).isEqualTo("true");
            }
        }
    }

    @Test
    void aMessageInPartsIsOne() {
        try (TestWorker worker = TestWorker.silent(gateway, group)) {
            worker.sendPart("{\"type\":");
            worker.send("\"ping\"}");
            assertThat(worker.awaitRaw()).isEqualTo("{\"type\":\"pong\"}");
        }
    }

    @Test
    void aPingOfTheTransportIsAnswered() throws Exception {
        CompletableFuture<String> pong = new CompletableFuture<>();
        WebSocket socket = GatewayProcess.HTTP
                .newWebSocketBuilder()
                .buildAsync(
                        URI.create("ws://127.0.0.1:" + gateway.port() + "/ws?group=" + group + "&unknown=1"),
                        new WebSocket.Listener() {
                            @Override
                            public CompletionStage<?> onPong(WebSocket from, ByteBuffer said) {
                                pong.complete(UTF_8.decode(said).toString());
                                return null;
                            }
                        })
                .get(10, TimeUnit.SECONDS);
        socket.sendPing(ByteBuffer.wrap("here".getBytes(UTF_8)));
        assertThat(pong.get(10, TimeUnit.SECONDS)).isEqualTo("here");
        socket.abort();
    }

    @Test
    void aBinaryFrameEndsTheConnection() throws Exception {
        CompletableFuture<Integer> closed = new CompletableFuture<>();
        WebSocket socket = GatewayProcess.HTTP
                .newWebSocketBuilder()
                .buildAsync(URI.create("ws://127.0.0.1:" + gateway.port() + "/ws"), new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
                        closed.complete(code);
                        return null;
                    }
                })
                .get(10, TimeUnit.SECONDS);
        socket.sendBinary(ByteBuffer.wrap(new byte[] {1, 2}), true);
        assertThat(closed.get(10, TimeUnit.SECONDS)).isEqualTo(1003);
    }

    @Test
    void aWorkerThatLeavesInTheMiddleOfAResult() throws Exception {
        try (TestWorker first = TestWorker.ready(gateway, group)) {
            String id = gateway.submit(data());
            first.awaitTask();
            first.sendPart("{\"type\":\"task_complete\",\"taskId\":\"" + id + "\",\"result\":\"half");
            first.abort();
            ended(id, "failed");
            assertThat(gateway.task(id).path("error").asText()).isEqualTo("Worker disconnected");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"?group=%7Bx%7D", "?group=a%0Ab", "?group=a%3Ab", "?group=%20", "?group=a&group=b", "?group=*"})
    void aGroupThatIsNoneIsRefusedBeforeTheUpgrade(String query) throws IOException {
        String request =
                "GET /ws" + query + " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        RawHttp.Reply reply = RawHttp.send(gateway.port(), request.getBytes(UTF_8));
        assertThat(reply.status()).isEqualTo(400);
        JsonNode body = GatewayProcess.JSON.readTree(reply.body());
        assertThat(body.path("error").asText()).startsWith("Invalid request: group must be");
        assertThat(body.path("code").asText()).isEqualTo("invalid_request");
    }

    /** No client library sends such text: the frames are built by hand, masked with zeros. */
    @ParameterizedTest
    @ValueSource(strings = {"\u00ff", "\u00c0\u0080", "\u00ed\u00a0\u0080", "\u00e2\u0082"})
    void textThatIsNotUtf8EndsTheConnectionAndItsTask(String bytes) throws IOException {
        try (RawWorker worker = new RawWorker(gateway.port(), group)) {
            worker.awaitText();
            worker.ready();
            String id = gateway.submit(data());
            assertThat(worker.awaitText()).contains(id);
            String next = gateway.submit(data());
            byte[] frame = ("{\"type\":\"task_complete\",\"taskId\":\"" + id + "\",\"result\":\"" + bytes + "\"}")
                    .getBytes(ISO_8859_1);
            worker.send(RawWorker.TEXT, frame);
            assertThat(worker.awaitClose()).isEqualTo(1007);
            worker.awaitEnd();
            ended(id, "failed");
            assertThat(gateway.task(id).path("error").asText()).isEqualTo("Invalid result");
            try (TestWorker other = TestWorker.ready(gateway, group)) {
                assertThat(other.awaitTask()).isEqualTo(next);
                other.complete(next, "1");
                ended(next, "completed");
            }
        }
    }

    @Test
    void aMessageAboveAllBoundsIsTheWorkersFault() {
        try (TestWorker worker = TestWorker.ready(gateway, group)) {
            var answer = gateway.postAsync(data());
            worker.complete(worker.awaitTask(), '"' + "x".repeat(250_000) + '"');
            assertThat(worker.closed.orTimeout(10, TimeUnit.SECONDS).join()).isEqualTo(1009);
            JsonNode body = GatewayProcess.json(answer.join());
            assertThat(body.path("error").asText()).isEqualTo("Result too large");
            assertThat(body.path("code").asText()).isEqualTo("worker_error");
        }
    }

    @Test
    void whoWaitsForTheTaskOfSuchAWorkerIsToldAtOnce() throws IOException {
        try (RawWorker worker = new RawWorker(gateway.port(), group)) {
            worker.awaitText();
            worker.ready();
            var answer = gateway.postAsync(data());
            assertThat(worker.awaitText()).contains("\"task\"");
            long sent = System.nanoTime();
            worker.send(RawWorker.TEXT, "\u00ff".getBytes(ISO_8859_1));
            assertThat(worker.awaitClose()).isEqualTo(1007);
            worker.awaitEnd();
            JsonNode body = GatewayProcess.json(answer.join());
            assertThat(answer.join().statusCode()).isEqualTo(500);
            assertThat(body.path("error").asText()).isEqualTo("Invalid result");
            assertThat(body.path("code").asText()).isEqualTo("worker_error");
            assertThat(System.nanoTime() - sent)
                    .isLessThan(Duration.ofSeconds(10).toNanos());
        }
    }

    @Test
    void compressionIsNotAgreedUpon() throws IOException {
        String request = "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
        try (java.net.Socket socket = new java.net.Socket("127.0.0.1", gateway.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(UTF_8));
            StringBuilder head = new StringBuilder();
            while (!head.toString().endsWith("\r\n\r\n")) {
                head.append((char) socket.getInputStream().read());
            }
            assertThat(head).startsWith("HTTP/1.1 101").doesNotContain("permessage-deflate");
        }
    }
}
