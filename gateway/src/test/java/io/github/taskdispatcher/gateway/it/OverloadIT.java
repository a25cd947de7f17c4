package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.testkit.Audit;
import io.github.taskdispatcher.testkit.Ledger;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Peers that take too much, against a gateway with a heap of 256 MB: they get less, everybody else gets what they had. */
class OverloadIT {

    private static final int CROWD = 300;

    private final List<Socket> sockets = new ArrayList<>();
    private String prefix;
    private GatewayProcess gateway;

    @BeforeEach
    void start() {
        prefix = TestRedis.freshPrefix();
        gateway = GatewayProcess.on(
                TestRedis.url(),
                prefix,
                "JAVA_TOOL_OPTIONS",
                "-Xmx256m",
                "MAX_WAITERS",
                "20",
                "MAX_QUEUE_LENGTH",
                "100",
                "MAX_QUEUE_BYTES",
                "40000",
                "MAX_WORKERS",
                "8",
                "SHUTDOWN_GRACE_MS",
                "1000");
    }

    @AfterEach
    void stop() {
        Closing.all(sockets.toArray(AutoCloseable[]::new));
        Closing.all(this::nothingIsLeft, gateway);
        assertThat(gateway.output).noneMatch(line -> line.contains("OutOfMemoryError"));
    }

    private void nothingIsLeft() throws Exception {
        Ledger ledger = new Ledger();
        Audit audit = new Audit(ledger, GatewayProcess.HTTP, gateway::port, TestRedis.url());
        for (String group : List.of("g", "large", "other")) {
            audit.awaitNothingLeft(prefix + "{" + group + "}:", 0, 40);
        }
        assertThat(ledger.violations()).isEmpty();
    }

    private Socket open(String head) throws IOException {
        Socket socket = new Socket();
        // Small, so that little is swallowed on the way.
        socket.setReceiveBufferSize(4_096);
        socket.connect(new java.net.InetSocketAddress("127.0.0.1", gateway.port()));
        socket.getOutputStream().write(head.getBytes(US_ASCII));
        sockets.add(socket);
        return socket;
    }

    /** Both are answered within half a second; the best of three, for the machine may pause us. */
    private void staysQuick(String group) {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            long began = System.nanoTime();
            assertThat(gateway.get("/livez").statusCode()).isEqualTo(200);
            assertThat(gateway.post("{\"data\":{\"n\":1},\"group\":\"" + group + "\"}")
                            .body())
                    .contains("\"completed\"");
            best = Math.min(best, (System.nanoTime() - began) / 1_000_000);
        }
        assertThat(best).as("ms for /livez and a task").isLessThan(500);
    }

    private static int statusOf(Socket socket) throws IOException {
        byte[] line = socket.getInputStream().readNBytes(12);
        return line.length < 12 ? 0 : Integer.parseInt(new String(line, 9, 3, US_ASCII));
    }

    @Test
    void bodiesThatComeAByteASecond() throws IOException {
        ScheduledExecutorService drip = Executors.newSingleThreadScheduledExecutor();
        try (TestWorker echo = TestWorker.echo(gateway, "g")) {
            for (int i = 0; i < CROWD; i++) {
                Socket socket =
                        open("POST /api/openai HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                + "Content-Length: 16000000\r\n\r\n{");
                drip.scheduleAtFixedRate(() -> dripInto(socket), 1, 1, TimeUnit.SECONDS);
            }
            staysQuick("g");
            sockets.get(0).setSoTimeout(20_000);
            assertThat(statusOf(sockets.get(0))).as("too slow").isEqualTo(408);
            assertThat(statusOf(sockets.get(CROWD - 1))).isEqualTo(408);
            staysQuick("g");
            assertThat(echo.closed).isNotDone();
        } finally {
            drip.shutdownNow();
        }
    }

    private static void dripInto(Socket socket) {
        try {
            socket.getOutputStream().write(' ');
        } catch (IOException refused) {
            // As it should be, after a while; the schedule ends with it.
            throw new java.io.UncheckedIOException(refused);
        }
    }

    @Test
    void bodiesForWhichThereIsNoMemory() throws IOException {
        try (TestWorker echo = TestWorker.echo(gateway, "g")) {
            String large = " ".repeat(8_000_000);
            int refused = 0;
            for (int i = 0; i < 20; i++) {
                Socket socket =
                        open("POST /api/openai HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                + "Content-Length: 16000000\r\n\r\n{");
                try {
                    socket.getOutputStream().write(large.getBytes(US_ASCII));
                } catch (IOException cut) {
                    refused++;
                }
            }
            staysQuick("g");
            int overloaded = 0;
            for (Socket socket : sockets) {
                try {
                    socket.setSoTimeout(100);
                    overloaded += statusOf(socket) == 503 ? 1 : 0;
                } catch (SocketTimeoutException admitted) {
                    assertThat(socket.isConnected()).isTrue();
                } catch (IOException reset) {
                    refused++;
                }
            }
            assertThat(refused + overloaded).isBetween(10, 20);
            assertThat(echo.closed).isNotDone();
        }
    }

    @Test
    void clientsThatReadNothingOfALargeAnswer() throws IOException {
        String id;
        try (TestWorker worker = TestWorker.ready(gateway, "large")) {
            id = gateway.submit("{\"data\":{},\"group\":\"large\"}");
            worker.awaitTask();
            worker.complete(id, '"' + "x".repeat(20_000_000) + '"');
            await().atMost(Duration.ofSeconds(20)).until(() -> {
                HttpResponse<String> response = gateway.get("/api/task/" + id);
                return response.body().length() > 20_000_000;
            });
        }
        try (TestWorker echo = TestWorker.echo(gateway, "g")) {
            for (int i = 0; i < CROWD; i++) {
                open("GET /api/task/" + id + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
            }
            staysQuick("g");
            for (Socket socket : sockets) {
                socket.close();
            }
            await().atMost(Duration.ofSeconds(40))
                    .ignoreExceptions()
                    .until(() -> gateway.get("/api/task/" + id).body().length() > 20_000_000);
            assertThat(echo.closed).isNotDone();
        }
    }

    @Test
    void moreHeldRequestsThanAllowed() {
        try (TestWorker worker = TestWorker.ready(gateway, "g")) {
            List<CompletableFuture<HttpResponse<String>>> held = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                held.add(gateway.postAsync("{\"data\":{},\"group\":\"g\"}"));
            }
            // One that is not answered at once is held itself: not all of the twenty had arrived.
            await().atMost(Duration.ofSeconds(30)).until(() -> {
                var more = gateway.postAsync("{\"data\":{},\"group\":\"g\"}");
                held.add(more);
                try {
                    return more.get(1, TimeUnit.SECONDS).body().contains("\"code\":\"overloaded\"");
                } catch (TimeoutException isHeld) {
                    return false;
                }
            });
            assertThat(gateway.post("{\"data\":{},\"group\":\"g\",\"async\":true}")
                            .statusCode())
                    .isEqualTo(200);
            for (int i = 0; i < 21; i++) {
                worker.complete(worker.awaitTask(), "1");
            }
            for (CompletableFuture<HttpResponse<String>> one : held) {
                assertThat(one.orTimeout(10, TimeUnit.SECONDS).join().statusCode())
                        .isIn(200, 503);
            }
            assertThat(held.stream().filter(one -> one.join().statusCode() == 200))
                    .hasSize(20);
        }
    }

    @Test
    void moreQueuedBytesThanAllowed() {
        try (TestWorker worker = TestWorker.silent(gateway, "g")) {
            worker.send("{\"type\":\"ready\"}");
            String body =
                    "{\"data\":{\"x\":\"" + "x".repeat(15_000) + "\"},\"group\":\"g\",\"async\":true,\"timeout\":5000}";
            for (int i = 0; i < 3; i++) {
                assertThat(gateway.post(body).statusCode()).isEqualTo(200);
            }
            HttpResponse<String> full = gateway.post(body);
            assertThat(full.statusCode()).isEqualTo(503);
            assertThat(full.body()).isEqualTo("{\"error\":\"Queue is full\",\"code\":\"queue_full\"}");
            worker.complete(worker.awaitTask(), "1");
            worker.awaitTask();
            assertThat(gateway.post(body).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void moreWorkersThanAllowed() {
        List<TestWorker> workers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            workers.add(TestWorker.silent(gateway, "g"));
        }
        assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> TestWorker.silent(gateway, "g")))
                .hasMessageContaining("Handshake");
        workers.get(0).close();
        await().atMost(Duration.ofSeconds(5))
                .ignoreExceptions()
                .until(() -> workers.add(TestWorker.silent(gateway, "g")));
        workers.forEach(TestWorker::close);
    }

    @Test
    void aWorkerThatChattersIsSentAway() {
        try (TestWorker worker = TestWorker.silent(gateway, "g");
                TestWorker echo = TestWorker.echo(gateway, "other")) {
            for (int i = 0; i < 400 && !worker.closed.isDone(); i++) {
                try {
                    worker.send("{\"type\":\"ping\"}");
                } catch (RuntimeException closed) {
                    break;
                }
            }
            assertThat(worker.closed.orTimeout(5, TimeUnit.SECONDS).join()).isEqualTo(1008);
            staysQuick("other");
            assertThat(echo.closed).isNotDone();
        }
    }
}
