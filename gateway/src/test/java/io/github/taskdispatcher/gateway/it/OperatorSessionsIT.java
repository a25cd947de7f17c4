package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.taskdispatcher.gateway.test.TestRedis;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sign-in, sign-out and keys that are taken away, over two gateways. */
class OperatorSessionsIT {

    private static final String ADMIN = "admin-key-number-one";
    private static final String SECOND = "admin-key-number-two";
    private static final String CLIENT = "client-key-number-one";
    private static final String WORKER = "worker-key-number-one";
    private static final String VIEW = "/api/dashboard/views/overview";
    private static final String SESSION = "/api/dashboard/session";

    @TempDir
    private Path dir;

    private GatewayProcess a;
    private GatewayProcess b;

    @BeforeEach
    void start() throws IOException {
        write("clients", CLIENT);
        write("workers", WORKER, "worker-key-number-two");
        write("admins", ADMIN, SECOND);
        String prefix = TestRedis.freshPrefix();
        a = start(prefix);
        b = start(prefix);
    }

    private GatewayProcess start(String prefix) {
        return GatewayProcess.on(
                TestRedis.url(),
                prefix,
                "API_KEYS_FILE",
                dir.resolve("clients").toString(),
                "WORKER_KEYS_FILE",
                dir.resolve("workers").toString(),
                "ADMIN_KEYS_FILE",
                dir.resolve("admins").toString());
    }

    @AfterEach
    void stop() {
        Closing.all(Closing.killed(a), Closing.killed(b));
    }

    private void write(String file, String... keys) throws IOException {
        Path whole = Files.write(dir.resolve(file + ".new"), List.of(keys));
        Files.move(whole, dir.resolve(file), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    private static HttpResponse<String> send(GatewayProcess to, String method, String path, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(to.uri(path)).method(method, HttpRequest.BodyPublishers.noBody());
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return GatewayProcess.HTTP
                .sendAsync(request.build(), HttpResponse.BodyHandlers.ofString())
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
    }

    private static HttpResponse<String> signIn(GatewayProcess to, String key, String... more) {
        List<String> headers = new ArrayList<>(List.of("X-Dashboard", "1", "Authorization", "Bearer " + key));
        headers.addAll(List.of(more));
        return send(to, "POST", SESSION, headers.toArray(String[]::new));
    }

    /** The cookie of a new session. */
    private static String session(GatewayProcess to, String key) {
        return signIn(to, key).headers().firstValue("Set-Cookie").orElseThrow().split(";")[0];
    }

    private static int statusOf(GatewayProcess gateway, String cookie) {
        return send(gateway, "GET", VIEW, "Cookie", cookie).statusCode();
    }

    /** Completes when the stream of a page ends. */
    private static CompletableFuture<Void> listen(GatewayProcess gateway, String cookie) {
        HttpResponse<InputStream> response = GatewayProcess.HTTP
                .sendAsync(
                        HttpRequest.newBuilder(gateway.uri("/api/dashboard/events?view=overview"))
                                .header("Cookie", cookie)
                                .build(),
                        HttpResponse.BodyHandlers.ofInputStream())
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
        assertThat(response.statusCode()).isEqualTo(200);
        CompletableFuture<Void> ended = new CompletableFuture<>();
        Thread reader = new Thread(() -> {
            try (InputStream in = response.body()) {
                in.readAllBytes();
            } catch (IOException cut) {
                // Ended as well.
            }
            ended.complete(null);
        });
        reader.setDaemon(true);
        reader.start();
        return ended;
    }

    private static CompletableFuture<Integer> connect(GatewayProcess gateway, String key) {
        CompletableFuture<Integer> closed = new CompletableFuture<>();
        GatewayProcess.HTTP
                .newWebSocketBuilder()
                .header("Authorization", "Bearer " + key)
                .buildAsync(URI.create("ws://127.0.0.1:" + gateway.port() + "/ws"), new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
                        closed.complete(code);
                        return null;
                    }

                    @Override
                    public void onError(WebSocket from, Throwable error) {
                        closed.complete(1006);
                    }
                })
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
        return closed;
    }

    @Test
    void signingOutEndsTheSessionOnEveryGatewayAndNoOtherSession() {
        String mine = session(a, ADMIN);
        String others = session(b, ADMIN);
        CompletableFuture<Void> onA = listen(a, mine);
        CompletableFuture<Void> onB = listen(b, mine);
        CompletableFuture<Void> othersStream = listen(b, others);
        assertThat(statusOf(a, mine)).isEqualTo(200);
        assertThat(statusOf(b, mine)).isEqualTo(200);
        HttpResponse<String> out = send(a, "DELETE", SESSION, "X-Dashboard", "1", "Cookie", mine);
        assertThat(out.statusCode()).isEqualTo(204);
        assertThat(out.headers().firstValue("Set-Cookie").orElseThrow()).contains("Max-Age=0");
        assertThat(statusOf(a, mine)).as("the cookie as it was copied before").isEqualTo(401);
        await().atMost(Duration.ofSeconds(1)).until(() -> statusOf(b, mine) == 401);
        assertThat(CompletableFuture.allOf(onA, onB)).succeedsWithin(Duration.ofSeconds(5));
        assertThat(statusOf(b, others)).isEqualTo(200);
        assertThat(othersStream).isNotDone();
        assertThat(send(b, "DELETE", SESSION, "X-Dashboard", "1", "Cookie", mine)
                        .statusCode())
                .as("signing out again")
                .isEqualTo(204);
    }

    @Test
    void aWrongKeyFromOneAddressLocksNobodyOut() {
        for (int i = 0; i < 25; i++) {
            signIn(a, "wrong", "X-Forwarded-For", "198.51.100.7");
        }
        assertThat(signIn(a, "wrong", "X-Forwarded-For", "198.51.100.7").statusCode())
                .isEqualTo(503);
        assertThat(signIn(a, "wrong", "X-Forwarded-For", "198.51.100.8").statusCode())
                .as("another address")
                .isEqualTo(401);
        assertThat(signIn(a, ADMIN, "X-Forwarded-For", "198.51.100.7").statusCode())
                .as("a right key")
                .isEqualTo(204);
    }

    @Test
    void theCookieIsForThePagesOnly() {
        String plain = signIn(a, ADMIN).headers().firstValue("Set-Cookie").orElseThrow();
        assertThat(plain).contains("; HttpOnly", "; SameSite=Strict", "; Path=/api/dashboard;", "Max-Age=43200");
        assertThat(plain).doesNotContain("Secure").doesNotContain(ADMIN);
        assertThat(signIn(a, ADMIN, "X-Forwarded-Proto", "https")
                        .headers()
                        .firstValue("Set-Cookie")
                        .orElseThrow())
                .as("by a proxy on this machine that ends TLS")
                .endsWith("; Secure");
        assertThat(send(a, "DELETE", SESSION, "X-Dashboard", "1", "X-Forwarded-Proto", "https")
                        .headers()
                        .firstValue("Set-Cookie")
                        .orElseThrow())
                .endsWith("; Secure");
    }

    @Test
    void aKeyThatIsTakenOutOfItsFileEndsWhatItOpened() throws IOException {
        String gone = session(a, ADMIN);
        String stays = session(a, SECOND);
        CompletableFuture<Void> stream = listen(b, gone);
        CompletableFuture<Void> othersStream = listen(b, stays);
        CompletableFuture<Integer> worker = connect(b, WORKER);
        CompletableFuture<Integer> otherWorker = connect(b, "worker-key-number-two");
        String client = "Bearer " + CLIENT;
        String unknown = "/api/task/0f0f0f0f-0000-8000-8000-000000000000";
        assertThat(send(b, "GET", unknown, "Authorization", client).statusCode())
                .isEqualTo(404);

        write("admins", SECOND);
        write("workers", "worker-key-number-two");
        write("clients", "client-key-number-two");
        assertThat(worker).succeedsWithin(Duration.ofSeconds(5)).isEqualTo(1008);
        assertThat(stream).succeedsWithin(Duration.ofSeconds(5));
        for (GatewayProcess gateway : List.of(a, b)) {
            await().atMost(Duration.ofSeconds(5)).until(() -> statusOf(gateway, gone) == 401);
            await().atMost(Duration.ofSeconds(5))
                    .until(() -> send(gateway, "GET", unknown, "Authorization", client)
                                    .statusCode()
                            == 401);
            assertThat(statusOf(gateway, stays)).isEqualTo(200);
            assertThat(send(gateway, "GET", unknown, "Authorization", "Bearer client-key-number-two")
                            .statusCode())
                    .isEqualTo(404);
        }
        assertThat(otherWorker).isNotDone();
        assertThat(othersStream).isNotDone();
    }

    @Test
    void aFileThatHoldsNoKeyChangesNothing() throws IOException {
        String session = session(a, ADMIN);
        write("admins", "# nobody");
        Files.delete(dir.resolve("workers"));
        await().atMost(Duration.ofSeconds(10))
                .until(() -> a.output.stream().anyMatch(line -> line.contains("the keys before stay valid")));
        assertThat(statusOf(a, session)).isEqualTo(200);
        connect(a, WORKER);
        assertThat(a.output).noneMatch(line -> line.contains("key-number"));
    }

    @Test
    void afterARestartWithOtherKeysASessionOfTheOldOneIsOver() throws IOException {
        String gone = session(a, ADMIN);
        b.kill();
        write("admins", SECOND);
        b = start("other:");
        assertThat(statusOf(b, gone)).isEqualTo(401);
    }
}
