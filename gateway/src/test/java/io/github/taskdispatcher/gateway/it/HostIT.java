package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.test.TestRedis;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Without keys, only requests that name the gateway are answered: a foreign name that points to it (DNS rebinding) is not. */
class HostIT {

    private static final String TASK = "{\"data\":{},\"group\":\"%s\",\"async\":true}";
    private static final String HANDSHAKE = "Connection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    private static final String FOREIGN = "Host: evil.example:3000\r\nOrigin: http://evil.example:3000\r\n";

    private static String prefix;
    private static GatewayProcess open;
    private static GatewayProcess clientsKeyed;
    private static TestWorker worker;

    @BeforeAll
    static void start() {
        prefix = TestRedis.freshPrefix();
        open = GatewayProcess.on(TestRedis.url(), prefix, "ALLOWED_HOSTS", "gateway.example, proxy,");
        clientsKeyed = GatewayProcess.on(TestRedis.url(), TestRedis.freshPrefix(), "API_KEYS", "client-key-number-1");
        worker = TestWorker.echo(open, null);
    }

    @AfterAll
    static void stop() {
        Closing.all(worker, open, clientsKeyed);
    }

    private static RawHttp.Reply send(GatewayProcess gateway, String request) throws IOException {
        return RawHttp.send(gateway.port(), request.getBytes(ISO_8859_1));
    }

    private static String get(String path, String headers) {
        return "GET " + path + " HTTP/1.1\r\n" + headers + "Connection: close\r\n\r\n";
    }

    private static String post(String path, String headers, String body) {
        return "POST " + path + " HTTP/1.1\r\n" + headers
                + "Connection: close\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + body;
    }

    static Stream<Arguments> requests() {
        String id = "00000000-0000-4000-8000-000000000000";
        return Stream.of(
                Arguments.of("submit", post("/api/openai", FOREIGN, TASK.formatted("default"))),
                Arguments.of("poll", get("/api/task/" + id, FOREIGN)),
                Arguments.of("events", get("/api/task/" + id + "/events", FOREIGN)),
                Arguments.of("cancel", "DELETE /api/task/" + id + " HTTP/1.1\r\n" + FOREIGN + "\r\n"),
                Arguments.of("chat", post("/v1/chat/completions", FOREIGN, "{\"model\":\"m\",\"messages\":[{}]}")),
                Arguments.of("models", get("/v1/models", "Host: evil.example\r\n")),
                Arguments.of("page", get("/dashboard", "Host: evil.example\r\n")),
                Arguments.of("page's part", get("/dashboard/none.js", "Host: evil.example\r\n")),
                Arguments.of("bench", get("/test-worker", "Host: evil.example\r\n")),
                Arguments.of("description", get("/openapi.json", "Host: evil.example\r\n")),
                Arguments.of("session", get("/api/dashboard/session", "Host: evil.example\r\n")),
                Arguments.of("view", get("/api/dashboard/views/overview", "Host: evil.example\r\n")),
                Arguments.of("listening", get("/api/dashboard/events?view=overview", "Host: evil.example\r\n")),
                Arguments.of("prompt", get("/api/dashboard/tasks/" + id + "/request", "Host: evil.example\r\n")),
                Arguments.of(
                        "again", post("/api/dashboard/tasks/" + id + "/again", FOREIGN + "X-Dashboard: 1\r\n", "")),
                Arguments.of("worker", "GET /ws HTTP/1.1\r\n" + FOREIGN + HANDSHAKE + "\r\n"),
                Arguments.of("HTTP/1.0 without Host", "GET /v1/models HTTP/1.0\r\n\r\n"),
                Arguments.of("absolute form", get("http://evil.example/v1/models", "Host: evil.example\r\n")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("requests")
    void aForeignNameIsRefused(String name, String request) throws IOException {
        RawHttp.Reply reply = send(open, request);
        assertThat(reply.status()).isEqualTo(403);
        assertThat(reply.body()).contains("ALLOWED_HOSTS").contains("\"code\":\"forbidden\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host: localhost\r\nHost: evil.example\r\n",
                "Host: evil.example\r\nHost: localhost\r\n",
                "Host: \r\n",
                "Host: localhost@evil.example\r\n",
                "Host: localhost, evil.example\r\n",
                "Host: 127.0.0.1.evil.example\r\n",
                ""
            })
    void noTrickWithTheHeaderHelps(String host) throws IOException {
        RawHttp.Reply reply = send(open, post("/api/openai", host, TASK.formatted("default")));
        assertThat(reply.status()).isIn(400, 403);
        assertThat(reply.body()).doesNotContain("taskId");
        RawHttp.Reply target = send(open, get("http://evil.example/v1/models", "Host: localhost\r\n"));
        assertThat(target.status()).isIn(400, 403);
        RawHttp.Reply header = send(open, get("http://localhost/v1/models", "Host: evil.example\r\n"));
        assertThat(header.status()).isIn(400, 403);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "LOCALHOST.:1",
                "a.localhost",
                "127.9.9.9:80",
                "[::1]:3000",
                "gateway.example",
                "Gateway.Example.:443",
                "proxy:3000"
            })
    void ourNamesAreServed(String host) throws IOException {
        String header = "Host: " + host + "\r\nOrigin: http://" + host + "\r\n";
        RawHttp.Reply reply = send(open, post("/api/openai", header, TASK.formatted("default")));
        assertThat(reply.status()).as(reply.body()).isEqualTo(200);
        assertThat(send(open, get("/api/dashboard/session", header)).status()).isEqualTo(200);
        assertThat(send(open, "GET /ws HTTP/1.1\r\n" + header + HANDSHAKE + "\r\n")
                        .status())
                .isEqualTo(101);
    }

    @Test
    void probesMayNameAnything() throws IOException {
        for (String path : new String[] {"/livez", "/readyz"}) {
            assertThat(send(open, get(path, "Host: 10.0.0.7:3000\r\n")).status())
                    .isEqualTo(200);
            assertThat(send(open, "GET " + path + " HTTP/1.0\r\n\r\n").status()).isEqualTo(200);
        }
    }

    /** A key says more than a name; a role without one is still checked. */
    @Test
    void aRoleWithKeysIsServedUnderAnyName() throws IOException {
        String key = "Authorization: Bearer client-key-number-1\r\n";
        assertThat(send(clientsKeyed, get("/v1/models", "Host: evil.example\r\n" + key))
                        .status())
                .isEqualTo(200);
        assertThat(send(clientsKeyed, "GET /ws HTTP/1.1\r\n" + FOREIGN + HANDSHAKE + "\r\n")
                        .status())
                .isEqualTo(403);
    }
}
