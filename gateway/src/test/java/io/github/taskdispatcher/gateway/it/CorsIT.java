package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.test.TestRedis;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages of a listed origin may read every answer; the values are those of the Fetch standard. */
class CorsIT {

    private static final String ORIGIN = "https://chat.example";
    private static final String KEY = "Authorization: Bearer client-key-number-1\r\n";
    private static final String CHAT = "{\"model\":\"default\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";

    private static GatewayProcess keyed;
    private static GatewayProcess unlisted;
    private static TestWorker worker;

    @BeforeAll
    static void start() {
        keyed = GatewayProcess.on(
                TestRedis.url(),
                TestRedis.freshPrefix(),
                "API_KEYS",
                "client-key-number-1",
                "ALLOWED_ORIGINS",
                ORIGIN + ",null",
                "MAX_BODY_BYTES",
                "2048");
        unlisted = GatewayProcess.on(TestRedis.url(), TestRedis.freshPrefix());
        worker = TestWorker.echo(keyed, null);
    }

    @AfterAll
    static void stop() {
        Closing.all(worker, keyed, unlisted);
    }

    private static RawHttp.Reply ask(GatewayProcess gateway, String method, String path, String headers, String body)
            throws IOException {
        String length =
                body.isEmpty() ? "" : "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n";
        return RawHttp.send(
                gateway.port(),
                (method + ' ' + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + headers + length
                                + "\r\n" + body)
                        .getBytes(ISO_8859_1));
    }

    private static String from(String origin) {
        return "Origin: " + origin + "\r\n";
    }

    private static String preflight(String method) {
        return "Access-Control-Request-Method: " + method + "\r\n"
                + "Access-Control-Request-Headers: authorization,content-type,x-stainless-os\r\n";
    }

    /** The values of a header, of several the joined ones; null when it is not there. */
    private static String header(RawHttp.Reply reply, String name) {
        List<String> found = reply.head()
                .lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ':'))
                .map(line -> line.substring(name.length() + 1).strip())
                .toList();
        return found.isEmpty() ? null : String.join(", ", found);
    }

    private static void isReadable(RawHttp.Reply reply) {
        assertThat(header(reply, "Access-Control-Allow-Origin"))
                .as(reply.head())
                .isEqualTo(ORIGIN);
        assertThat(header(reply, "Access-Control-Expose-Headers").split(", "))
                .contains("X-Task-Id", "x-request-id", "Retry-After");
        assertThat(header(reply, "Vary")).contains("Origin");
        assertThat(header(reply, "Access-Control-Allow-Credentials")).isNull();
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /v1/chat/completions",
        "GET, /v1/models",
        "POST, /api/openai",
        "DELETE, /api/task/00000000-0000-4000-8000-000000000000",
        "GET, /readyz"
    })
    void aPreflightIsAnsweredWithoutAKey(String method, String path) throws IOException {
        RawHttp.Reply reply = ask(keyed, "OPTIONS", path, from(ORIGIN) + preflight(method), "");
        assertThat(reply.status()).isEqualTo(204);
        isReadable(reply);
        assertThat(header(reply, "Access-Control-Allow-Methods").split(", ")).contains("GET", "POST", "DELETE");
        assertThat(header(reply, "Access-Control-Allow-Headers"))
                .isEqualTo("authorization,content-type,x-stainless-os");
        assertThat(Integer.parseInt(header(reply, "Access-Control-Max-Age"))).isPositive();
    }

    @Test
    void answersAndStreamsAreReadable() throws IOException {
        RawHttp.Reply answer = ask(keyed, "POST", "/v1/chat/completions", from(ORIGIN) + KEY, CHAT);
        assertThat(answer.status()).isEqualTo(200);
        isReadable(answer);
        RawHttp.Reply stream = ask(
                keyed,
                "POST",
                "/v1/chat/completions",
                from(ORIGIN) + KEY,
                CHAT.replace("{\"model", "{\"stream\":true,\"model"));
        assertThat(stream.head()).contains("text/event-stream");
        isReadable(stream);
        RawHttp.Reply events = ask(keyed, "POST", "/api/openai", from(ORIGIN) + KEY, "{\"data\":{},\"stream\":true}");
        assertThat(events.head()).contains("text/event-stream");
        isReadable(events);
        isReadable(ask(keyed, "GET", "/livez", from(ORIGIN), ""));
        isReadable(ask(keyed, "GET", "/dashboard", from(ORIGIN), ""));
    }

    @ParameterizedTest
    @CsvSource({
        "POST, /v1/chat/completions, 401, ''",
        "POST, /api/openai, 401, ''",
        "GET, /v1/nothing, 404, key",
        "GET, /nothing, 404, key",
        "PUT, /api/openai, 405, key",
        "POST, /livez, 405, key",
        "POST, /v1/chat/completions, 400, key",
        "POST, /api/task/x, 405, key"
    })
    void errorsAreReadable(String method, String path, int status, String key) throws IOException {
        RawHttp.Reply reply =
                ask(keyed, method, path, from(ORIGIN) + (key.isEmpty() ? "" : KEY), method.equals("GET") ? "" : "{}");
        assertThat(reply.status()).as(reply.head()).isEqualTo(status);
        isReadable(reply);
    }

    @Test
    void aRefusedBodyIsReadable() throws IOException {
        RawHttp.Reply large = ask(keyed, "POST", "/api/openai", from(ORIGIN) + KEY, " ".repeat(3_000));
        assertThat(large.status()).isEqualTo(413);
        isReadable(large);
        RawHttp.Reply strange =
                ask(keyed, "POST", "/v1/models", from(ORIGIN) + KEY + "Transfer-Encoding: gzip, chunked\r\n", "");
        assertThat(strange.status()).isIn(400, 501);
        assertThat(header(strange, "Access-Control-Allow-Origin")).isIn(ORIGIN, null);
    }

    @Test
    void aPageOfAFileIsOfTheOriginNull() throws IOException {
        RawHttp.Reply reply = ask(keyed, "OPTIONS", "/v1/models", from("null") + preflight("GET"), "");
        assertThat(reply.status()).isEqualTo(204);
        assertThat(header(reply, "Access-Control-Allow-Origin")).isEqualTo("null");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.example",
                "http://chat.example",
                "https://chat.example:8443",
                "https://chat.example.evil.example",
                "https://a.chat.example",
                "http://localhost"
            })
    void noOtherOriginReadsAnything(String origin) throws IOException {
        RawHttp.Reply preflight = ask(keyed, "OPTIONS", "/v1/models", from(origin) + preflight("GET"), "");
        assertThat(preflight.status()).isEqualTo(403);
        assertThat(preflight.body()).contains("ALLOWED_ORIGINS");
        assertThat(preflight.head()).doesNotContain("Access-Control");
        RawHttp.Reply answer = ask(keyed, "GET", "/v1/models", from(origin) + KEY, "");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.head()).doesNotContain("Access-Control").contains("Vary: Origin");
    }

    /** A cache must not give the answer for one origin to another, nor to a request without one. */
    @Test
    void anAnswerVariesByOriginWhereOriginsAreListed() throws IOException {
        assertThat(header(ask(keyed, "GET", "/livez", "", ""), "Vary")).isEqualTo("Origin");
        assertThat(header(ask(unlisted, "GET", "/livez", "", ""), "Vary")).isNull();
    }

    @Test
    void withoutTheSettingNoPageReadsAnything() throws IOException {
        RawHttp.Reply preflight = ask(unlisted, "OPTIONS", "/v1/models", from(ORIGIN) + preflight("GET"), "");
        assertThat(preflight.status()).isEqualTo(403);
        assertThat(ask(unlisted, "GET", "/v1/models", from(ORIGIN), "").head()).doesNotContain("Access-Control");
    }

    /** What a page may send is its browser's list of names, as far as these are names and not many. */
    @Test
    void aStrangeListOfHeadersIsNotEchoed() throws IOException {
        for (String asked : new String[] {"x".repeat(5_000), "a;b", "<script>"}) {
            RawHttp.Reply reply = ask(
                    keyed,
                    "OPTIONS",
                    "/v1/models",
                    from(ORIGIN) + "Access-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: " + asked
                            + "\r\n",
                    "");
            assertThat(reply.status()).isEqualTo(204);
            assertThat(header(reply, "Access-Control-Allow-Headers")).isNull();
        }
    }
}
