package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.test.TestRedis;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A value that differs in case only from one of an earlier request on the same connection is another value. Each test asks
 * on one connection, one request after the other (kept) or all of them at once (pipelined).
 */
class HeaderValuesIT {

    private static final String KEY = "api-Key-0123456789-Xq1";
    private static final String WORKER_KEY = "worker-Key-0123456789-Xq1";
    private static final String ADMIN_KEY = "admin-Key-0123456789-Xq1";
    private static final String BEARER = "Authorization: Bearer ";
    private static final String JSON = "Content-Type: application/json\r\n";
    private static final String HANDSHAKE = "Connection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    private static GatewayProcess keyed;
    private static GatewayProcess open;
    private static TestWorker gpu;

    @BeforeAll
    static void start() {
        keyed = GatewayProcess.on(
                TestRedis.url(),
                TestRedis.freshPrefix(),
                "API_KEYS",
                KEY,
                "WORKER_KEYS",
                WORKER_KEY,
                "ADMIN_KEYS",
                ADMIN_KEY);
        open = GatewayProcess.on(
                TestRedis.url(), TestRedis.freshPrefix(), "ALLOWED_ORIGINS", "https://app.example,https://two.example");
        gpu = TestWorker.echo(open, "gpu");
    }

    @AfterAll
    static void stop() {
        Closing.all(gpu, keyed, open);
    }

    private static String get(String path, String headers) {
        return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
    }

    private static String post(String path, String headers, String body) {
        return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "Content-Length: " + body.length()
                + "\r\n\r\n" + body;
    }

    private static String upper(String text) {
        return text.toUpperCase(Locale.ROOT);
    }

    private static List<RawHttp.Reply> ask(GatewayProcess gateway, boolean pipelined, List<String> requests)
            throws IOException {
        List<RawHttp.Reply> replies = new ArrayList<>();
        try (RawConnection connection = new RawConnection(gateway.port())) {
            if (pipelined) {
                connection.send(String.join("", requests));
            }
            for (String request : requests) {
                replies.add(pipelined ? connection.read() : connection.ask(request));
            }
        }
        return replies;
    }

    private static List<Integer> statuses(GatewayProcess gateway, boolean pipelined, String... requests)
            throws IOException {
        return ask(gateway, pipelined, List.of(requests)).stream()
                .map(RawHttp.Reply::status)
                .toList();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void keysOfClients(boolean pipelined) throws IOException {
        for (String path : List.of("/api/task/00000000-0000-4000-8000-000000000000", "/v1/models/none")) {
            String right = get(path, BEARER + KEY + "\r\n");
            String wrong = get(path, BEARER + upper(KEY) + "\r\n");
            assertThat(statuses(keyed, pipelined, right, wrong, right)).containsExactly(404, 401, 404);
            assertThat(statuses(keyed, pipelined, wrong, right, right)).containsExactly(401, 404, 404);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void keysAndCookiesOfOperators(boolean pipelined) throws IOException {
        String path = "/api/dashboard/tasks/none/result";
        String right = get(path, BEARER + ADMIN_KEY + "\r\n");
        String wrong = get(path, BEARER + upper(ADMIN_KEY) + "\r\n");
        assertThat(statuses(keyed, pipelined, right, wrong, right)).containsExactly(404, 401, 404);
        assertThat(statuses(keyed, pipelined, wrong, right, right)).containsExactly(401, 404, 404);

        RawHttp.Reply signedIn = RawHttp.send(
                keyed.port(),
                post("/api/dashboard/session", BEARER + ADMIN_KEY + "\r\nX-Dashboard: 1\r\n", "")
                        .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
        String cookie = signedIn.head().replaceFirst("(?s).*(td_operator=[^;]+);.*", "$1");
        String in = get(path, "Cookie: " + cookie + "\r\n");
        String out = get(path, "Cookie: " + cookie.replace(value(cookie), upper(value(cookie))) + "\r\n");
        assertThat(statuses(keyed, pipelined, in, out, in)).containsExactly(404, 401, 404);
        assertThat(statuses(keyed, pipelined, out, in, in)).containsExactly(401, 404, 404);
    }

    private static String value(String cookie) {
        return cookie.substring(cookie.indexOf('=') + 1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void keysAndTicketsOfWorkers(boolean pipelined) throws IOException {
        String right = get("/ws", HANDSHAKE + BEARER + WORKER_KEY + "\r\n");
        String wrong = get("/ws", HANDSHAKE + BEARER + upper(WORKER_KEY) + "\r\n");
        assertThat(statuses(keyed, pipelined, wrong, right)).containsExactly(401, 101);
        String ask = post("/api/worker-ticket", BEARER + WORKER_KEY + "\r\n", "");
        assertThat(statuses(keyed, pipelined, ask, wrong, right)).containsExactly(200, 401, 101);

        String ticket = ask(keyed, false, List.of(ask)).get(0).body().replaceFirst(".*\"ticket\":\"([^\"]+)\".*", "$1");
        String other = upper(ticket);
        assertThat(statuses(
                        keyed,
                        pipelined,
                        get("/ws?ticket=" + other, HANDSHAKE),
                        get("/ws?ticket=" + ticket, HANDSHAKE)))
                .containsExactly(401, 101);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void idempotencyKeys(boolean pipelined) throws IOException {
        String body = "{\"data\":{},\"group\":\"gpu\",\"async\":true}";
        String name = "Case-" + pipelined + "-" + System.nanoTime();
        List<String> ids = ask(
                        open,
                        pipelined,
                        List.of(
                                post("/api/openai", JSON + "Idempotency-Key: " + name + "\r\n", body),
                                post("/api/openai", JSON + "Idempotency-Key: " + upper(name) + "\r\n", body),
                                post("/api/openai", JSON + "Idempotency-Key: " + name + "\r\n", body)))
                .stream()
                .map(reply -> reply.body().replaceFirst(".*\"taskId\":\"([^\"]+)\".*", "$1"))
                .toList();
        assertThat(ids.get(1)).isNotEqualTo(ids.get(0));
        assertThat(ids.get(2)).isEqualTo(ids.get(0));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void groups(boolean pipelined) throws IOException {
        String body = "{\"model\":\"m\",\"input\":\"x\"}";
        String known = post("/v1/any", JSON + "X-Task-Group: gpu\r\n", body);
        String unknown = post("/v1/any", JSON + "X-Task-Group: GPU\r\n", body);
        assertThat(statuses(open, pipelined, known, unknown, known)).containsExactly(200, 503, 200);
        assertThat(statuses(open, pipelined, unknown, known, known)).containsExactly(503, 200, 200);
    }

    /** These may be written in any case: an origin's host (RFC 6454, 4) and a media type (RFC 9110, 8.3.1). */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void originsAndContentTypes(boolean pipelined) throws IOException {
        String path = "/api/task/00000000-0000-4000-8000-000000000000";
        String listed = get(path, "Origin: https://app.example\r\n");
        String shouted = get(path, "Origin: HTTPS://APP.EXAMPLE\r\n");
        String foreign = get(path, "Origin: https://app.example.evil\r\n");
        assertThat(statuses(open, pipelined, listed, shouted, foreign, listed, foreign))
                .containsExactly(404, 404, 403, 404, 403);
        String body = "{\"data\":{},\"group\":\"gpu\"}";
        String json = post("/api/openai", JSON, body);
        String big = post("/api/openai", upper(JSON), body);
        String text = post("/api/openai", "Content-Type: text/plain\r\n", body);
        assertThat(statuses(open, pipelined, json, big, json)).containsExactly(200, 200, 200);
        assertThat(statuses(open, false, json, text)).containsExactly(200, 415);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void requestIds(boolean pipelined) throws IOException {
        List<RawHttp.Reply> replies = ask(
                open,
                pipelined,
                List.of(
                        get("/livez", "x-request-id: Abc-1\r\n"),
                        get("/livez", "x-request-id: ABC-1\r\n"),
                        get("/livez", "x-request-id: Abc-1\r\n")));
        assertThat(replies.get(0).head()).contains(": Abc-1");
        assertThat(replies.get(1).head()).contains(": ABC-1");
        assertThat(replies.get(2).head()).contains(": Abc-1");
    }
}
