package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.taskdispatcher.gateway.test.TestRedis;
import java.io.IOException;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A refused request leaves nothing in the heap of the gateway, however often it comes. {@code -Drefusals.count} sets how
 * many of each kind are sent: 10,000 unless it is set.
 */
class RefusalsIT {

    private static final int COUNT = Integer.getInteger("refusals.count", 10_000);
    private static final int AT_ONCE = 50;
    /** Buffers and caches that fill once. A session, the smallest of what was once left behind, takes about 700 bytes. */
    private static final long MAX_BYTES = 5_000_000 + 20L * COUNT;

    private static final String UPGRADE = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    private static final String KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    private static final String HANDSHAKE = UPGRADE + "Sec-WebSocket-Version: 13\r\n" + KEY;

    private static GatewayProcess open;
    private static GatewayProcess keyed;

    @BeforeAll
    static void start() {
        open = GatewayProcess.on(TestRedis.url(), TestRedis.freshPrefix());
        keyed = GatewayProcess.on(
                TestRedis.url(),
                TestRedis.freshPrefix(),
                "API_KEYS",
                "client-key-number-1",
                "WORKER_KEYS",
                "worker-key-number-1",
                "ADMIN_KEYS",
                "admin-key-number-1");
    }

    @AfterAll
    static void stop() {
        Closing.all(open, keyed);
    }

    private static String get(String path, String headers) {
        return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
    }

    private static String submit(String headers) {
        return "POST /api/openai HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + headers
                + "Content-Length: 2\r\n\r\n{}";
    }

    /** Each with the status it must get on a connection that stays. */
    static Stream<Arguments> refusals() {
        String wrong = "Authorization: Bearer wrong-key-number-";
        return Stream.of(
                Arguments.of("upgrade, no path", "open", get("/x", HANDSHAKE), 404),
                Arguments.of("upgrade, a probe's path", "open", get("/livez", HANDSHAKE), 404),
                Arguments.of("upgrade, a page's path", "open", get("/dashboard", HANDSHAKE), 404),
                Arguments.of(
                        "upgrade, version 8", "open", get("/ws", UPGRADE + "Sec-WebSocket-Version: 8\r\n" + KEY), 426),
                Arguments.of("upgrade, two keys", "open", get("/ws", HANDSHAKE + KEY), 400),
                Arguments.of("upgrade, bad group", "open", get("/ws?group=%7B" + "#" + "%7D", HANDSHAKE), 400),
                Arguments.of(
                        "upgrade, bad origin", "open", get("/ws", HANDSHAKE + "Origin: https://e#.example\r\n"), 403),
                Arguments.of("upgrade, bad key", "keyed", get("/ws", HANDSHAKE + wrong + "#\r\n"), 401),
                Arguments.of(
                        "upgrade, bad ticket",
                        "keyed",
                        get("/ws?ticket=1795000000000." + "x".repeat(43), HANDSHAKE),
                        401),
                Arguments.of("no path", "open", get("/x/#", ""), 404),
                Arguments.of("no task", "open", get("/api/task/#", ""), 404),
                Arguments.of("no model", "open", get("/v1/models/#", ""), 404),
                Arguments.of("bad key", "keyed", get("/api/task/1", wrong + "#\r\n"), 401),
                Arguments.of(
                        "bad key of an operator", "keyed", get("/api/dashboard/views/overview", wrong + "#\r\n"), 401),
                Arguments.of(
                        "bad cookie", "keyed", get("/api/dashboard/views/overview", "Cookie: td_operator=#\r\n"), 401),
                Arguments.of("bad origin", "open", submit("Origin: https://e#.example\r\n"), 403),
                Arguments.of("bad body", "open", submit("X-Number: #\r\n"), 400));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refusals")
    void leaveNothing(String name, String kind, String request, int status) throws IOException {
        GatewayProcess gateway = kind.equals("open") ? open : keyed;
        send(gateway, request, status, 2_000);
        HeapOf before = HeapOf.gateway(gateway);
        send(gateway, request, status, COUNT);
        check(name, gateway, before);
    }

    private static void send(GatewayProcess gateway, String request, int status, int count) throws IOException {
        try (RawConnection connection = new RawConnection(gateway.port())) {
            for (int sent = 0; sent < count; sent += AT_ONCE) {
                StringBuilder requests = new StringBuilder();
                for (int i = 0; i < AT_ONCE; i++) {
                    requests.append(request.replace("#", Integer.toString(sent + i)));
                }
                connection.send(requests.toString());
                for (int i = 0; i < AT_ONCE; i++) {
                    RawHttp.Reply reply = connection.read();
                    assertThat(reply.status()).as(reply.toString()).isEqualTo(status);
                    assertThat(reply.head()).doesNotContainIgnoringCase("set-cookie");
                }
            }
        }
    }

    private static void check(String name, GatewayProcess gateway, HeapOf before) {
        // What closes may take a moment to be gone, and one look at the heap half a minute where the machine has much
        // to do.
        await(name).atMost(Duration.ofMinutes(3)).untilAsserted(() -> {
            HeapOf after = HeapOf.gateway(gateway);
            System.out.printf(
                    "%s: %d refused, %d bytes and %d sessions more than before%n",
                    name, COUNT, after.bytes() - before.bytes(), after.sessions());
            assertThat(after.sessions()).isZero();
            assertThat(after.bytes() - before.bytes())
                    .as("bytes left of %d", COUNT)
                    .isLessThan(MAX_BYTES);
        });
    }

    /** Each on a connection of its own. */
    static Stream<Arguments> connections() {
        return Stream.of(
                Arguments.of("half a request", "GET /api/task/1 HTTP/1.1\r\nHost: loc", 0),
                Arguments.of("half a body", submit("").replace("h: 2\r\n\r\n{}", "h: 2000\r\n\r\n{"), 0),
                Arguments.of("half a handshake", get("/ws", UPGRADE).replace("\r\n\r\n", "\r\n"), 0),
                Arguments.of("no HTTP", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003", 400),
                Arguments.of("bad frame", get("/ws", HANDSHAKE) + "\u00f1\u0080\u0000\u0000\u0000\u0000", 101));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("connections")
    void leaveNothingOnConnectionsOfTheirOwn(String name, String request, int status) throws IOException {
        connect(request, status, 500);
        HeapOf before = HeapOf.gateway(open);
        connect(request, status, COUNT);
        check(name, open, before);
    }

    private static void connect(String request, int status, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            RawConnection connection = new RawConnection(open.port());
            connection.send(request);
            if (status != 0) {
                assertThat(connection.read().status()).isEqualTo(status);
            }
            connection.reset();
        }
    }
}
