package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.taskdispatcher.gateway.test.TestRedis;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Bad requests, one row each: the exact answer, no word of a parser or of Redis in it, a task that passes right after, and
 * nothing left in Redis.
 */
class BadRequestIT {

    private static final String JSON = "Content-Type: application/json\r\n";
    private static final int MAX_BODY = 100_000;

    private static String prefix;
    private static GatewayProcess gateway;
    private static TestWorker worker;
    private static RedisClient client;
    private static RedisCommands<String, String> redis;

    @BeforeAll
    static void start() {
        prefix = TestRedis.freshPrefix();
        gateway = GatewayProcess.on(
                TestRedis.url(), prefix, "MAX_BODY_BYTES", Integer.toString(MAX_BODY), "LOG_LEVEL", "info");
        worker = TestWorker.echo(gateway, null);
        client = RedisClient.create(TestRedis.url());
        redis = client.connect().sync();
        assertThat(gateway.post("{\"data\":{}}").statusCode()).isEqualTo(200);
    }

    @AfterAll
    static void stop() {
        Closing.all(worker, gateway);
        client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
    }

    private static Arguments row(String number, String body, String text) {
        return Arguments.of(number, body.getBytes(UTF_8), text);
    }

    private static final String NOTHING = "Invalid request: data or messages required";

    static Stream<Arguments> bodies() {
        String open = "{\"data\":{},";
        return Stream.of(
                row("B1 empty", "", NOTHING),
                row("B2 spaces", "   ", NOTHING),
                row("B2 null", "null", "Invalid request: .*"),
                row("B2 array", "[]", "Invalid request: .*"),
                row("B2 string", "\"x\"", "Invalid request: .*"),
                row("B2 number", "1", "Invalid request: .*"),
                row("B3 nothing in it", "{}", NOTHING),
                row("B4 data null", "{\"data\":null}", NOTHING),
                row("B5 data array", "{\"data\":[]}", "Invalid request: data must be an object"),
                row("B5 data string", "{\"data\":\"x\"}", "Invalid request: data must be an object"),
                row("B5 data number", "{\"data\":1}", "Invalid request: data must be an object"),
                row("B7 no messages", "{\"messages\":[]}", NOTHING),
                row("B7 no messages, spaced", "{\"messages\":[ \n ]}", NOTHING),
                row("B8 messages object", "{\"messages\":{}}", "Invalid request: messages must be an array"),
                row("B8 items", "{\"messages\":[1]}", "Invalid request: messages must be an array of objects"),
                row("B10 cut", "{\"data\":{}", "Invalid request: the body is .*"),
                row("B10 single quotes", "{'data':{}}", "Invalid request: the body is .*"),
                row("B10 comment", "{\"data\":{}/*x*/}", "Invalid request: the body is .*"),
                row("B10 NaN", "{\"data\":{\"x\":NaN}}", "Invalid request: the body is .*"),
                row("B10 leading zero", "{\"data\":{\"x\":01}}", "Invalid request: the body is .*"),
                row("B10 raw control", "{\"data\":{\"x\":\"\u0001\"}}", "Invalid request: the body is .*"),
                row("B10 trailing comma", "{\"data\":{},}", "Invalid request: the body is .*"),
                row("B11 trailing garbage", "{\"data\":{}} x", "Invalid request: the body is .*"),
                row("B11 two documents", "{\"data\":{}}{}", "Invalid request: the body is .*"),
                row("B12 twice", open + "\"group\":\"a\",\"group\":\"b\"}", "Invalid request: the body is .*"),
                row("B12 twice, inside", "{\"data\":{\"a\":1,\"a\":2}}", "Invalid request: the body is .*"),
                row("B13 depth 65", "{\"data\":" + "{\"a\":".repeat(64) + "1" + "}".repeat(65), "Invalid request: .*"),
                row("B13 depth 10000", "{\"data\":" + "[".repeat(10_000), "Invalid request: .*"),
                row("B14 digits", "{\"data\":{\"x\":" + "1".repeat(1_001) + "}}", "Invalid request: .*"),
                row("B17 name", "{\"data\":{\"" + "x".repeat(60_000) + "\":1}}", "Invalid request: .*"),
                Arguments.of(
                        "B19 not UTF-8",
                        "{\"data\":{\"x\":\"\u00ff\"}}".getBytes(ISO_8859_1),
                        "Invalid request: the body is .*"),
                Arguments.of("B20 UTF-16", "{\"data\":{}}".getBytes(UTF_16), "Invalid request: the body is .*"),
                row("B21 byte order mark", "\ufeff{\"data\":{}}", "Invalid request: the body is .*"),
                row("B28 string", open + "\"timeout\":\"5000\"}", "Invalid request: timeout must be a number.*"),
                row("B28 boolean", open + "\"timeout\":true}", "Invalid request: timeout must be a number.*"),
                row("string", open + "\"queueTimeout\":\"9\"}", "Invalid request: queueTimeout must be a number.*"),
                row("B28 object", open + "\"timeout\":{}}", "Invalid request: timeout must be a number.*"),
                row("B32 string", open + "\"async\":\"true\"}", "Invalid request: async must be true or false"),
                row("B32 number", open + "\"async\":1}", "Invalid request: async must be true or false"),
                row("B33 number", open + "\"model\":1}", "Invalid request: model must be a string"),
                row("B33 long", open + "\"model\":\"" + "m".repeat(300) + "\"}", "Invalid request: model must have.*"),
                row("B34 a space", open + "\"group\":\" \"}", "Invalid request: group must be.*"),
                row("B35 braces", open + "\"group\":\"{x}\"}", "Invalid request: group must be.*"),
                row("B35 colon", open + "\"group\":\"a:b\"}", "Invalid request: group must be.*"),
                row("B35 star", open + "\"group\":\"*\"}", "Invalid request: group must be.*"),
                row("B35 line", open + "\"group\":\"a\\nb\"}", "Invalid request: group must be.*"),
                row("B35 NUL", open + "\"group\":\"a\\u0000\"}", "Invalid request: group must be.*"),
                row("B35 path", open + "\"group\":\"../x\"}", "Invalid request: group must be.*"),
                row("B35 emoji", open + "\"group\":\"\ud83d\ude00\"}", "Invalid request: group must be.*"),
                row("B35 long", open + "\"group\":\"" + "g".repeat(90_000) + "\"}", "Invalid request: group must be.*"),
                row("B35 array", open + "\"group\":[]}", "Invalid request: group must be a string"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("bodies")
    void isRefused(String number, byte[] body, String text) throws IOException {
        Map<String, String> before = world();
        RawHttp.Reply reply = RawHttp.post(gateway.port(), JSON + "Content-Length: " + body.length + "\r\n", body);
        assertThat(reply.status()).isEqualTo(400);
        JsonNode answer = clean(reply);
        assertThat(answer.path("error").asText()).matches(text);
        assertThat(answer.path("code").asText()).isEqualTo("invalid_request");
        assertThat(world()).isEqualTo(before);
        canary();
    }

    static Stream<Arguments> requests() {
        String get = "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n";
        return Stream.of(
                Arguments.of("B22 one byte more", post(JSON, MAX_BODY + 1), 413, "too_large"),
                Arguments.of("B23 announced", head(JSON + "Content-Length: 99999999999\r\n"), 413, "too_large"),
                Arguments.of("B24 negative", head(JSON + "Content-Length: -1\r\n"), 400, "invalid_request"),
                Arguments.of(
                        "B24 two lengths",
                        head(JSON + "Content-Length: 3\r\nContent-Length: 4\r\n") + "{} {}",
                        400,
                        "invalid_request"),
                Arguments.of(
                        "B24 length and chunks",
                        head(JSON + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n",
                        400,
                        "invalid_request"),
                Arguments.of(
                        "B26 compressed", post(JSON + "Content-Encoding: gzip\r\n", 20), 415, "unsupported_media_type"),
                Arguments.of("B27 text", post("Content-Type: text/plain\r\n", 20), 415, "unsupported_media_type"),
                Arguments.of(
                        "B27 form",
                        post("Content-Type: application/x-www-form-urlencoded\r\n", 20),
                        415,
                        "unsupported_media_type"),
                Arguments.of("B46 a long header", head("X-Long: " + "x".repeat(9_000) + "\r\n"), 431, "too_large"),
                Arguments.of("B46 a long address", get.formatted("/" + "x".repeat(9_000)), 414, "too_large"),
                Arguments.of("B47 no host", "GET /livez HTTP/1.1\r\n\r\n", 400, "invalid_request"),
                Arguments.of("B47 a strange method", "BREW /api/openai HTTP/1.1\r\nHost: localhost\r\n\r\n", 0, ""),
                Arguments.of("B48 get", get.formatted("/api/openai"), 405, "method_not_allowed"),
                Arguments.of(
                        "B48 delete",
                        "DELETE /api/openai HTTP/1.1\r\nHost: localhost\r\n\r\n",
                        405,
                        "method_not_allowed"),
                Arguments.of("B49 foreign page", post(JSON + "Origin: https://evil.example\r\n", 20), 403, "forbidden"),
                Arguments.of(
                        "B53 unknown",
                        get.formatted("/api/task/00000000-0000-8000-8000-000000000000"),
                        404,
                        "not_found"),
                Arguments.of("B54 no id", get.formatted("/api/task/abc"), 404, "not_found"),
                Arguments.of("B54 long", get.formatted("/api/task/" + "a".repeat(5_000)), 404, "not_found"),
                Arguments.of("B54 path", get.formatted("/api/task/..%2f..%2fetc"), 0, ""),
                Arguments.of("B54 line", get.formatted("/api/task/a%0d%0ab"), 404, "not_found"),
                Arguments.of("B54 NUL", get.formatted("/api/task/%00"), 400, "invalid_request"),
                Arguments.of("B54 star", get.formatted("/api/task/*"), 404, "not_found"),
                Arguments.of(
                        "B56 upper case",
                        get.formatted("/api/task/C8E5C5C2-BE4F-8B31-A1B6-B2B957A078F4"),
                        404,
                        "not_found"),
                Arguments.of("B59 two slashes", get.formatted("//api//task/abc"), 404, "not_found"),
                Arguments.of("B59 trailing slash", get.formatted("/api/task/"), 404, "not_found"),
                Arguments.of("B64 no upgrade", get.formatted("/ws"), 426, "upgrade_required"),
                Arguments.of("B64 old version", upgrade("8", "dGhlIHNhbXBsZSBub25jZQ=="), 0, ""),
                Arguments.of("B64 no key", upgrade("13", ""), 0, ""));
    }

    private static String head(String headers) {
        return "POST /api/openai HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
    }

    private static String upgrade(String version, String key) {
        return "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
                + version + "\r\nSec-WebSocket-Key: " + key + "\r\n\r\n";
    }

    private static String post(String headers, int bodyLength) {
        String body = "{\"data\":{}}" + " ".repeat(bodyLength - 11);
        return head(headers + "Content-Length: " + bodyLength + "\r\n") + body;
    }

    /** Status 0: any refusal will do. */
    @ParameterizedTest(name = "{0}")
    @MethodSource("requests")
    void isRefusedAsItStands(String number, String request, int status, String code) throws IOException {
        Map<String, String> before = world();
        RawHttp.Reply reply = RawHttp.send(gateway.port(), request.getBytes(ISO_8859_1));
        if (status == 0) {
            assertThat(reply.status()).isBetween(400, 499);
        } else {
            assertThat(reply.status()).isEqualTo(status);
            assertThat(clean(reply).path("code").asText()).isEqualTo(code);
        }
        assertThat(world()).isEqualTo(before);
        canary();
    }

    static Stream<Arguments> accepted() {
        return Stream.of(
                Arguments.of("B6 empty data", "{\"data\":{}}", "\"data\":{}"),
                Arguments.of("B9 both", "{\"data\":{},\"messages\":[{}]}", "\"messages\":[{}],\"data\":{}"),
                Arguments.of("B15 1e400", "{\"data\":{\"x\":1e400}}", "{\"x\":1e400}"),
                Arguments.of(
                        "B16 long numbers",
                        "{\"data\":{\"x\":[0.12345678901234567890123,9007199254740993,1.10]}}",
                        "[0.12345678901234567890123,9007199254740993,1.10]"),
                Arguments.of(
                        "B18 strange text",
                        "{\"data\":{\"x\":\"\\u0000\\ud800 \ud83d\ude00 \u202e\"}}",
                        "\"\\u0000\\ud800 \ud83d\ude00 \u202e\""),
                Arguments.of("B29 short timeout", "{\"data\":{},\"timeout\":-1}", "\"data\":{}"),
                Arguments.of("B30 long timeout", "{\"data\":{},\"timeout\":1e30}", "\"data\":{}"),
                Arguments.of("B31 fraction", "{\"data\":{},\"timeout\":5000.7}", "\"data\":{}"),
                Arguments.of("B31 null", "{\"data\":{},\"timeout\":null}", "\"data\":{}"),
                Arguments.of("B32 null", "{\"data\":{},\"async\":null}", "\"data\":{}"),
                Arguments.of("B34 empty group", "{\"data\":{},\"group\":\"\"}", "\"data\":{}"),
                Arguments.of("B34 null group", "{\"data\":{},\"group\":null}", "\"data\":{}"),
                Arguments.of(
                        "B40 ours",
                        "{\"data\":{},\"taskId\":\"x\",\"status\":\"failed\",\"result\":1}",
                        "\"data\":{}"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("accepted")
    void isAcceptedAndPassedOn(String number, String body, String passed) {
        var response = gateway.post(body);
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).contains(passed).contains("\"status\":\"completed\"");
    }

    @Test
    void aGroupNobodyServesLeavesNoKey() {
        Map<String, String> before = world();
        for (String group : new String[] {"never-seen", "__proto__", "constructor"}) {
            var response = gateway.post("{\"data\":{},\"group\":\"" + group + "\"}");
            assertThat(response.body()).contains("\"code\":\"no_worker\"");
        }
        assertThat(world()).isEqualTo(before);
        try (TestWorker odd = TestWorker.echo(gateway, "__proto__")) {
            assertThat(gateway.post("{\"data\":{},\"group\":\"__proto__\"}").statusCode())
                    .isEqualTo(200);
            assertThat(odd.closed).isNotDone();
        }
        await().until(() -> world().keySet().stream().noneMatch(key -> key.endsWith("{__proto__}:workers")));
    }

    @Test
    void anyNumberOfGroupsNobodyServesLeavesNoKey() {
        Map<String, String> before = world();
        for (int i = 0; i < 300; i++) {
            assertThat(gateway.post("{\"data\":{},\"group\":\"flood-" + i + "\"}")
                            .statusCode())
                    .isEqualTo(503);
        }
        assertThat(world()).isEqualTo(before);
        canary();
    }

    @Test
    void membersNobodyKnowsAreNotPassedOn() {
        StringBuilder body = new StringBuilder("{\"data\":{}");
        for (int i = 0; i < 5_000; i++) {
            body.append(",\"member-").append(i).append("\":1");
        }
        var response = gateway.post(body.append('}').toString());
        assertThat(response.body()).contains("\"result\":{\"model\":\"default\",\"data\":{}}}");
    }

    @Test
    void otherOriginsLearnNothing() throws IOException {
        for (String method : new String[] {"OPTIONS", "HEAD", "GET"}) {
            RawHttp.Reply reply = RawHttp.send(
                    gateway.port(),
                    (method + " /api/openai HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n"
                                    + "Access-Control-Request-Method: POST\r\nConnection: close\r\n\r\n")
                            .getBytes(ISO_8859_1));
            assertThat(reply.status()).as(method).isBetween(200, 499);
            assertThat(reply.head()).doesNotContainIgnoringCase("access-control-");
        }
        canary();
    }

    /** Whatever a peer sends: a line of the log begins as all do. */
    @Test
    void noLineOfTheLogCanBeForged() throws IOException {
        String forged = "2026-01-01 INFO all is well";
        for (String path : new String[] {"/api/task/a%0a" + forged.replace(' ', '+'), "/ws?group=a%0d%0aINFO+forged"}) {
            RawHttp.send(gateway.port(), ("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n").getBytes(ISO_8859_1));
        }
        RawHttp.send(
                gateway.port(),
                head(JSON + "X-Evil: a\u001b[31m\rINFO forged\r\nContent-Length: 2\r\n")
                        .getBytes(ISO_8859_1));
        gateway.post("{\"data\":{},\"group\":\"a\\n" + forged + "\"}");
        try (TestWorker liar = TestWorker.ready(gateway, "liars")) {
            liar.send("{\"type\":\"x\\n" + forged + "\"}");
            liar.await("error");
            var held = gateway.postAsync("{\"data\":{\"secret\":\"payload-secret\"},\"group\":\"liars\"}");
            liar.fail(liar.awaitTask(), "\"\\r\\n" + forged + "\\u001b[31m\"");
            assertThat(held.join().statusCode()).isEqualTo(500);
        }
        canary();
        assertThat(gateway.output)
                .noneMatch(line -> line.contains("forged") || line.contains("all is well") || line.contains("\u001b"))
                .noneMatch(line -> line.contains("payload-secret"));
    }

    @Test
    void aBodyOfExactlyTheLimitPasses() throws IOException {
        assertThat(RawHttp.send(gateway.port(), post(JSON, MAX_BODY).getBytes(ISO_8859_1))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void chunksThatNeverEndAreCut() throws IOException {
        try (Socket socket = new Socket("127.0.0.1", gateway.port())) {
            socket.setSoTimeout(200);
            OutputStream out = socket.getOutputStream();
            out.write(head(JSON + "Transfer-Encoding: chunked\r\n").getBytes(ISO_8859_1));
            InputStream in = socket.getInputStream();
            RawHttp.Reply[] reply = new RawHttp.Reply[1];
            await().atMost(Duration.ofSeconds(12)).ignoreExceptions().until(() -> {
                out.write("1\r\n \r\n".getBytes(ISO_8859_1));
                out.flush();
                reply[0] = RawHttp.read(in);
                return true;
            });
            assertThat(reply[0].status()).isEqualTo(408);
            assertThat(clean(reply[0]).path("code").asText()).isEqualTo("request_timeout");
        }
        canary();
    }

    @Test
    void aHundredAtOnceOnOneConnectionAreAnsweredInOrder() throws IOException {
        try (Socket socket = new Socket("127.0.0.1", gateway.port())) {
            socket.setSoTimeout(20_000);
            for (int i = 0; i < 100; i++) {
                String body = "{\"data\":{\"n\":" + i + "}}";
                String head = head(JSON + "Content-Length: " + body.length() + "\r\nX-Pad: \r\n");
                // The last byte of a full buffer is the last of a request.
                String pad = "x".repeat(1024 - head.length() - body.length());
                socket.getOutputStream().write((head.replace("X-Pad: ", "X-Pad: " + pad) + body).getBytes(ISO_8859_1));
            }
            for (int i = 0; i < 100; i++) {
                assertThat(RawHttp.read(socket.getInputStream()).body()).contains("{\"n\":" + i + "}");
            }
        }
    }

    private static JsonNode clean(RawHttp.Reply reply) throws IOException {
        assertThat(reply.head()).containsIgnoringCase("content-type: application/json");
        assertThat(reply.body().toLowerCase(java.util.Locale.ROOT))
                .doesNotContain("exception", "jackson", "jetty", "redis", "\tat ", "line:", "column");
        return GatewayProcess.JSON.readTree(reply.body());
    }

    private static void canary() {
        assertThat(gateway.post("{\"data\":{\"canary\":1}}").body()).contains("\"status\":\"completed\"");
    }

    /**
     * Every key with its content, but for what beats by itself: leases, the time of the last sweep, the worker's turn; and
     * what is noted for the dashboard, refusals among it; and the registry of groups, which says when each was used last.
     */
    private static Map<String, String> world() {
        Map<String, String> world = new TreeMap<>();
        for (String key : redis.keys(prefix + "*")) {
            if (key.contains("board:") || key.startsWith(prefix + "{*}:")) {
                continue;
            }
            boolean beats = key.endsWith(":leases") || key.endsWith(":meta") || key.endsWith("groups");
            String content = beats || key.contains(":idle") ? "" : dump(key);
            world.put(key, content);
        }
        return world;
    }

    private static String dump(String key) {
        byte[] dump = redis.dump(key);
        return dump == null ? "" : Base64.getEncoder().encodeToString(dump);
    }
}
