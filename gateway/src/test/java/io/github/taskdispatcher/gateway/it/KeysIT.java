package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.taskdispatcher.gateway.test.TestRedis;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who may come in, over two gateways that share their keys. */
class KeysIT {

    private static final String CLIENT = "Bearer client-key-number-1";
    private static final String WORKER = "Bearer worker-key-for-all";
    private static final String GPU_WORKER = "Bearer worker-key-for-gpu";

    private static GatewayProcess a;
    private static GatewayProcess b;

    @BeforeAll
    static void start() {
        String prefix = TestRedis.freshPrefix();
        a = start(prefix);
        b = start(prefix);
    }

    private static GatewayProcess start(String prefix) {
        return GatewayProcess.on(
                TestRedis.url(),
                prefix,
                "API_KEYS",
                "client-key-number-1,client-key-number-2",
                "WORKER_KEYS",
                "worker-key-for-all,worker-key-for-gpu=gpu",
                "ADMIN_KEYS",
                "admin-key-number-1",
                "ALLOWED_ORIGINS",
                "https://app.example",
                "MAX_WORKERS_PER_KEY",
                "2",
                "LOG_LEVEL",
                "debug");
    }

    @AfterAll
    static void stop() {
        Closing.all(a, b);
        for (GatewayProcess gateway : new GatewayProcess[] {a, b}) {
            assertThat(gateway.output)
                    .as("no key is ever logged")
                    .noneMatch(line -> line.contains("key-number") || line.contains("key-for"));
        }
    }

    private static HttpResponse<String> send(String path, String body, String authorization) {
        HttpRequest.Builder request = HttpRequest.newBuilder(a.uri(path));
        if (body != null) {
            request.header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body));
        }
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        return GatewayProcess.HTTP
                .sendAsync(request.build(), HttpResponse.BodyHandlers.ofString())
                .join();
    }

    private static WebSocket connect(GatewayProcess gateway, String query, String... headers) {
        var builder = GatewayProcess.HTTP.newWebSocketBuilder();
        for (int i = 0; i < headers.length; i += 2) {
            builder.header(headers[i], headers[i + 1]);
        }
        URI uri = URI.create("ws://127.0.0.1:" + gateway.port() + "/ws" + query);
        return builder.buildAsync(uri, new WebSocket.Listener() {}).join();
    }

    private static void refused(int status, String query, String... headers) {
        assertThatThrownBy(() -> connect(a, query, headers).abort())
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        WebSocketHandshakeException.class,
                        e -> assertThat(e.getResponse().statusCode()).isEqualTo(status));
    }

    @Test
    void clientsNeedAClientsKey() {
        String body = "{\"data\":{},\"group\":\"nobodys\"}";
        for (String path : new String[] {"/api/openai", "/api/task/00000000-0000-8000-8000-000000000000"}) {
            String posted = path.equals("/api/openai") ? body : null;
            HttpResponse<String> none = send(path, posted, null);
            assertThat(none.statusCode()).isEqualTo(401);
            assertThat(none.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
            assertThat(none.body()).contains("\"code\":\"unauthorized\"");
            assertThat(send(path, posted, "Bearer client-key-number-3").statusCode())
                    .isEqualTo(401);
            assertThat(send(path, posted, WORKER).body()).contains("\"code\":\"forbidden\"");
            for (String key : new String[] {CLIENT, "Bearer client-key-number-2"}) {
                assertThat(send(path, posted, key).body()).containsAnyOf("no_worker", "not_found");
            }
        }
        assertThat(send("/livez", null, null).statusCode()).isEqualTo(200);
        assertThat(send("/readyz", null, null).statusCode()).isEqualTo(200);
    }

    @Test
    void workersNeedAKeyForTheirGroup() {
        refused(401, "?group=gpu");
        refused(401, "?group=gpu", "Authorization", "Bearer nobodys-key-at-all");
        refused(403, "?group=default", "Authorization", GPU_WORKER);
        refused(403, "?group=gpu", "Authorization", CLIENT);
        refused(400, "?group=%7Bx%7D", "Authorization", WORKER);
        connect(a, "?group=gpu", "Authorization", GPU_WORKER).abort();
    }

    @Test
    void aTicketOfOneGatewayOpensTheOther() {
        assertThat(send("/api/worker-ticket", "", CLIENT).statusCode()).isEqualTo(401);
        assertThat(send("/api/worker-ticket", "", null).statusCode()).isEqualTo(401);
        HttpResponse<String> issued = send("/api/worker-ticket", "", GPU_WORKER);
        String ticket = GatewayProcess.json(issued).path("ticket").asText();
        assertThat(issued.body()).contains("\"expiresInMs\":60000");
        connect(b, "?group=gpu&ticket=" + ticket).abort();
        refused(403, "?group=other&ticket=" + ticket);
        refused(401, "?group=gpu&ticket=" + ticket.replace('.', '-'));
    }

    @Test
    void pagesOfOtherOriginsStayOutside() {
        refused(403, "?group=gpu", "Origin", "https://evil.example");
        refused(403, "?group=gpu", "Authorization", "Bearer nobodys-key-at-all", "Origin", "https://evil.example");
        refused(403, "?group=gpu", "Authorization", CLIENT, "Origin", "https://evil.example");
        refused(403, "?group=gpu&ticket=none", "Origin", "https://evil.example");
        refused(403, "?group=gpu", "Cookie", "td_operator=none; ticket=none", "Origin", "https://evil.example");
        connect(a, "", "Authorization", WORKER, "Origin", "https://app.example").abort();
        connect(a, "", "Authorization", WORKER, "Origin", "http://127.0.0.1:" + a.port())
                .abort();
    }

    /** A proxy that sends another {@code Host} makes every page one of another origin. A page that knows a key is none of a stranger. */
    @Test
    void aWorkerThatShowsItsKeyMayComeFromAnyPage() {
        connect(a, "?group=gpu", "Authorization", GPU_WORKER, "Origin", "https://gpu.example")
                .abort();
        String ticket = GatewayProcess.json(send("/api/worker-ticket", "", GPU_WORKER))
                .path("ticket")
                .asText();
        connect(b, "?group=gpu&ticket=" + ticket, "Origin", "https://gpu.example")
                .abort();
        refused(403, "?group=other&ticket=" + ticket, "Origin", "https://gpu.example");
    }

    @Test
    void aKeyHasSoManyWorkersAndGetsTheirPlacesBack() {
        String[] headers = {"Authorization", GPU_WORKER};
        await().atMost(Duration.ofSeconds(5)).ignoreExceptions().until(() -> {
            WebSocket first = connect(b, "?group=gpu", headers);
            try {
                connect(b, "?group=gpu", headers).abort();
                return true;
            } finally {
                first.abort();
            }
        });
        await().atMost(Duration.ofSeconds(5)).ignoreExceptions().untilAsserted(() -> {
            WebSocket first = connect(b, "?group=gpu", headers);
            WebSocket second = connect(b, "?group=gpu", headers);
            try {
                assertThatThrownBy(() -> connect(b, "?group=gpu", headers)).hasMessageContaining("Handshake");
            } finally {
                first.abort();
                second.abort();
            }
        });
        await().atMost(Duration.ofSeconds(5)).ignoreExceptions().until(() -> connect(b, "?group=gpu", headers) != null);
    }
}
