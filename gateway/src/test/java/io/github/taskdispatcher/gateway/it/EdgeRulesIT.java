package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.taskdispatcher.gateway.test.TestRedis;
import java.io.IOException;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rules of HTTP and of WebSocket that a gateway keeps although Jetty does not ask for them. */
class EdgeRulesIT {

    private static final String BODY = "2\r\n{}\r\n0\r\n\r\n";
    private static final String UPGRADE = "Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";
    private static final String KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";

    private static GatewayProcess gateway;
    private static TestWorker worker;

    @BeforeAll
    static void start() {
        gateway = GatewayProcess.on(TestRedis.url(), TestRedis.freshPrefix(), "LOG_LEVEL", "info");
        worker = TestWorker.echo(gateway, null);
    }

    @AfterAll
    static void stop() {
        Closing.all(worker, gateway);
    }

    @ParameterizedTest
    @CsvSource({"1.0, chunked, 400", "1.0, 'gzip, chunked', 400", "1.1, 'gzip, chunked', 501"})
    void aBodyOfUncertainLengthIsRefusedAndItsConnectionClosed(String version, String coding, int status)
            throws IOException {
        closes(version, coding, status);
    }

    /** Jetty refuses these by itself, and no class of the gateway does: the rows guard an update of Jetty. */
    @ParameterizedTest
    @ValueSource(strings = {"gzip", "identity"})
    void jettyRefusesABodyWhoseLastCodingIsNotChunked(String coding) throws IOException {
        closes("1.1", coding, 400);
    }

    private static void closes(String version, String coding, int status) throws IOException {
        try (RawConnection connection = new RawConnection(gateway.port())) {
            RawHttp.Reply reply = connection.ask("POST /api/openai HTTP/" + version
                    + "\r\nHost: localhost\r\nConnection: keep-alive\r\nContent-Type: application/json\r\n"
                    + "Transfer-Encoding: " + coding + "\r\n\r\n" + BODY);
            assertThat(reply.status()).isEqualTo(status);
            assertThat(reply.head().toLowerCase(Locale.ROOT)).contains("connection: close");
            assertThat(connection.isClosedWithin(5_000)).isTrue();
        }
    }

    private static RawHttp.Reply handshake(String... headers) throws IOException {
        return RawHttp.send(
                gateway.port(),
                ("GET /ws HTTP/1.1\r\n" + UPGRADE + String.join("\r\n", headers) + "\r\n\r\n").getBytes(ISO_8859_1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Sec-WebSocket-Version: 8", "X-Version: none", "Sec-WebSocket-Version: 13, 8"})
    void otherVersionsAreToldOurs(String version) throws IOException {
        RawHttp.Reply reply = handshake(version, KEY);
        assertThat(reply.status()).isEqualTo(426);
        assertThat(reply.head()).contains("Sec-WebSocket-Version: 13\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {KEY + "\r\n" + KEY, "X-Key: none", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ="})
    void aHandshakeWithoutExactlyOneKeyIsRefused(String keys) throws IOException {
        RawHttp.Reply reply = handshake("Sec-WebSocket-Version: 13", keys);
        assertThat(reply.status()).isEqualTo(400);
        assertThat(reply.body()).contains("Sec-WebSocket-Key once");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/x/../../api/pull",
                "/v1/x/%2e%2e/%2e%2e/api/pull",
                "/v1/x/..%2f..%2fapi/pull",
                "/v1/x%0d%0aHost:%20evil",
                "/v1/x%3fstream=1",
                "/v1/x%23",
                "/v1//chat/completions",
                "/v1/./x",
                "/v1/x;y=1",
                "/v1/x\\y"
            })
    void aPathThatIsNotPlainReachesNoWorker(String path) throws IOException {
        String body = "{\"model\":\"default\",\"input\":\"x\"}";
        RawHttp.Reply reply = RawHttp.send(
                gateway.port(),
                ("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                                + body.length() + "\r\n\r\n" + body)
                        .getBytes(ISO_8859_1));
        assertThat(reply.status()).as(reply.body()).isIn(400, 404, 405);
        assertThat(reply.head()).doesNotContain("X-Task-Id");
    }

    /** As with the codings: the row guards an update of Jetty, or a looser {@code UriCompliance}. */
    @Test
    void jettyRefusesAPathWithANul() throws IOException {
        RawHttp.Reply reply =
                RawHttp.send(gateway.port(), "POST /v1/x%00 HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(ISO_8859_1));
        assertThat(reply.status()).isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /api/openai, Authorization",
        "GET, /api/task/none, authorization",
        "GET, /v1/models, x-api-key",
        "GET, /v1/models, api-key",
        "GET, /ws, Authorization",
        "POST, /api/worker-ticket, Authorization",
        "GET, /api/dashboard/views/overview, Authorization"
    })
    void aKeyHeaderComesOnce(String method, String path, String header) throws IOException {
        String head = method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
        String one = header + ": Bearer a-key-number-one\r\n";
        RawHttp.Reply twice = RawHttp.send(
                gateway.port(), (head + one + header + ": Bearer a-key-number-two\r\n\r\n").getBytes(ISO_8859_1));
        assertThat(twice.status()).as(twice.body()).isEqualTo(400);
        assertThat(twice.body()).containsIgnoringCase("the header " + header + " once");
        RawHttp.Reply once = RawHttp.send(gateway.port(), (head + one + "\r\n").getBytes(ISO_8859_1));
        assertThat(once.body()).doesNotContain(" once");
    }

    /** A proxy that ends TLS says so. Then a page without TLS, which anybody on its way may have written, is a stranger. */
    @ParameterizedTest
    @CsvSource({
        "http://localhost, https, 403",
        "https://localhost, https, 404",
        "http://localhost, http, 404",
        "https://localhost, http, 404",
        "ftp://localhost, http, 403"
    })
    void anOriginIsComparedWithItsScheme(String origin, String forwarded, int status) throws IOException {
        String headers = "Host: localhost\r\nConnection: close\r\nX-Forwarded-Proto: " + forwarded + "\r\nOrigin: "
                + origin + "\r\n";
        RawHttp.Reply task = RawHttp.send(
                gateway.port(),
                ("GET /api/task/00000000-0000-4000-8000-000000000000 HTTP/1.1\r\n" + headers + "\r\n")
                        .getBytes(ISO_8859_1));
        assertThat(task.status()).as(task.body()).isEqualTo(status);
        RawHttp.Reply page = RawHttp.send(
                gateway.port(),
                ("GET /api/dashboard/views/overview HTTP/1.1\r\n" + headers + "\r\n").getBytes(ISO_8859_1));
        assertThat(page.status()).as(page.body()).isEqualTo(status == 403 ? 403 : 200);
        RawHttp.Reply upgrade =
                handshake("Sec-WebSocket-Version: 13", KEY, "X-Forwarded-Proto: " + forwarded, "Origin: " + origin);
        assertThat(upgrade.status()).as(upgrade.body()).isEqualTo(status == 403 ? 403 : 101);
    }

    /**
     * As with the codings, Jetty decides. RFC 9112, 2.2, lets a line of the head end with LF alone. A chunk's line must not
     * (7.1): a proxy that reads it otherwise sees another end of the body.
     */
    @Test
    void jettyTakesALineFeedAloneInTheHeadAndNotInAChunk() throws IOException {
        RawHttp.Reply head = RawHttp.send(
                gateway.port(), "GET /livez HTTP/1.1\nHost: localhost\nConnection: close\n\n".getBytes(ISO_8859_1));
        assertThat(head.status()).as(head.body()).isEqualTo(200);
        String post = "POST /api/openai HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n";
        for (String body : new String[] {"2\n{}\r\n0\r\n\r\n", "2\r\n{}\n0\r\n\r\n", "2;a=\n{}\r\n0\r\n\r\n"}) {
            RawHttp.Reply chunk = RawHttp.send(gateway.port(), (post + body).getBytes(ISO_8859_1));
            assertThat(chunk.status())
                    .as(body.replace("\n", "LF").replace("\r", "CR"))
                    .isEqualTo(400);
        }
    }

    /** The four run beside each other, for each takes as long as the limit. */
    @Test
    void aHeadIsCompleteInTwentySecondsOrItsConnectionIsCut() throws Exception {
        try (RawConnection first = new RawConnection(gateway.port());
                RawConnection later = new RawConnection(gateway.port());
                RawConnection line = new RawConnection(gateway.port());
                RawConnection idle = new RawConnection(gateway.port());
                TestWorker socket = TestWorker.ready(gateway, "silent")) {
            String live = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";
            assertThat(later.ask(live).status()).isEqualTo(200);
            assertThat(idle.ask(live).status()).isEqualTo(200);
            RawConnection[] slow = {first, later, line};
            String[] heads = {"GET /livez HTTP/1.1\r\nX: ", "GET /livez HTTP/1.1\r\nX: ", "GET /livez?"};
            boolean[] cut = new boolean[slow.length];
            long[] cutAtSeconds = new long[slow.length];
            for (int i = 0; i < slow.length; i++) {
                slow[i].send(heads[i]);
            }
            long begun = System.nanoTime();
            await().atMost(java.time.Duration.ofSeconds(40)).until(() -> {
                for (int i = 0; i < slow.length; i++) {
                    cut[i] = cut[i] || slow[i].isClosedWithin(700);
                    if (!cut[i]) {
                        trickle(slow[i]);
                    } else if (cutAtSeconds[i] == 0) {
                        cutAtSeconds[i] = (System.nanoTime() - begun) / 1_000_000_000;
                    }
                }
                return cut[0] && cut[1] && cut[2];
            });
            for (long seconds : cutAtSeconds) {
                assertThat(seconds).isBetween(18L, 40L);
            }
            assertThat(idle.ask(live).status())
                    .as("a connection between requests")
                    .isEqualTo(200);
            assertThat(socket.closed).as("a worker's socket").isNotDone();
        }
    }

    private static void trickle(RawConnection connection) {
        try {
            connection.send("a");
        } catch (IOException cut) {
            // The next look tells.
        }
    }

    @Test
    void aWorkersNameCannotTurnALineOfTheLog() {
        try (TestWorker liar = TestWorker.silent(gateway, "liars")) {
            liar.send("{\"type\":\"hello\",\"protocol\":1,\"name\":\"turn\u202eed\u2028INFO forged\"}");
            liar.send("{\"type\":\"ping\"}");
            liar.await("pong");
        }
        await().until(() -> gateway.output.stream().anyMatch(line -> line.contains("turn\\u202eed\\u2028INFO forged")));
    }
}
