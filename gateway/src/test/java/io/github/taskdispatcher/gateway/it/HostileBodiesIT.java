package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.wire.HostileJson;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies that are made to be slow to parse cost their sender's share, and nobody else's time. */
class HostileBodiesIT {

    private static final String PREFIX = TestRedis.freshPrefix();

    /** About a million names. */
    private static final int BYTES = 13_000_000;

    private static final int CLIENTS = 4;

    private static GatewayProcess gateway;
    private static final AtomicInteger salt = new AtomicInteger();

    @BeforeAll
    static void start() {
        gateway = GatewayProcess.on(TestRedis.url(), PREFIX);
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    /** Nobody serves the group: the gateway parses the body, asks Redis, and refuses it. */
    private static CompletableFuture<HttpResponse<String>> post(String path, byte[] body) {
        HttpRequest request = HttpRequest.newBuilder(gateway.uri(path))
                .header("Content-Type", "application/json")
                .header("X-Task-Group", "nobody")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        return GatewayProcess.HTTP
                .sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .orTimeout(60, TimeUnit.SECONDS);
    }

    private static byte[] body(HostileJson shape, int bytes) {
        String body = new String(shape.body(bytes, salt.incrementAndGet()), UTF_8);
        return ("{\"group\":\"nobody\",\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],"
                        + body.substring(1))
                .getBytes(UTF_8);
    }

    private static long cpuMs() {
        return gateway.process
                .toHandle()
                .info()
                .totalCpuDuration()
                .orElseThrow()
                .toMillis();
    }

    /** Processor time of the whole gateway: what else the machine does is not in it. */
    @ParameterizedTest
    @ValueSource(strings = {"/api/openai", "/v1/chat/completions"})
    void aMillionNamesCostLittleMoreThanNumbersOfTheSameSize(String path) {
        long numbers = Long.MAX_VALUE;
        long names = Long.MAX_VALUE;
        for (int run = 0; run < 3; run++) {
            numbers = Math.min(numbers, cpuMsOf(path, HostileJson.NUMBERS));
            names = Math.min(names, cpuMsOf(path, HostileJson.NAMES));
        }
        assertThat(names).as("ms, with " + numbers + " ms for numbers").isLessThan(3 * numbers + 100);
    }

    private static long cpuMsOf(String path, HostileJson shape) {
        byte[] body = body(shape, BYTES);
        long before = cpuMs();
        HttpResponse<String> refused = post(path, body).join();
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.body()).contains("no_worker");
        return cpuMs() - before;
    }

    /** How long small requests took, in ms, shortest first. */
    private record Times(List<Long> livez, List<Long> tasks) {
        long livezMedian() {
            return livez.get(livez.size() / 2);
        }

        long taskMedian() {
            return tasks.get(tasks.size() / 2);
        }
    }

    @Test
    void smallTasksAndLivezKeepTheirLatency() {
        try (TestWorker worker = TestWorker.echo(gateway, "canary")) {
            timesDuring(HostileJson.TEXT);
            Times plain = timesDuring(HostileJson.TEXT);
            Times hostile = timesDuring(HostileJson.NAMES);
            assertThat(hostile.livezMedian())
                    .as("median of /livez, with " + plain.livez() + ": " + hostile.livez())
                    .isLessThan(5 * plain.livezMedian() + 150);
            assertThat(hostile.taskMedian())
                    .as("median of tasks, with " + plain.tasks() + ": " + hostile.tasks())
                    .isLessThan(5 * plain.taskMedian() + 150);
            assertThat(worker.closed).isNotDone();
        }
    }

    /** While four clients send bodies of this shape, five each. */
    private static Times timesDuring(HostileJson shape) {
        AtomicBoolean over = new AtomicBoolean();
        List<byte[]> bodies = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            bodies.add(body(shape, BYTES));
        }
        List<CompletableFuture<?>> clients = new ArrayList<>();
        for (byte[] body : bodies) {
            CompletableFuture<?> client = CompletableFuture.completedFuture(null);
            for (int i = 0; i < 5; i++) {
                client = client.thenCompose(sent -> post("/api/openai", body));
            }
            clients.add(client);
        }
        CompletableFuture<Void> all = CompletableFuture.allOf(clients.toArray(CompletableFuture[]::new));
        all.whenComplete((sent, failure) -> over.set(true));
        List<Long> livez = new ArrayList<>();
        List<Long> tasks = new ArrayList<>();
        while (!over.get()) {
            long asked = System.nanoTime();
            assertThat(gateway.get("/livez").statusCode()).isEqualTo(200);
            long alive = System.nanoTime();
            assertThat(gateway.post("{\"group\":\"canary\",\"data\":{}}").statusCode())
                    .isEqualTo(200);
            livez.add(TimeUnit.NANOSECONDS.toMillis(alive - asked));
            tasks.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - alive));
        }
        all.join();
        livez.sort(null);
        tasks.sort(null);
        return new Times(livez, tasks);
    }

    /** Every shape, as a result: what a worker says next waits until it is parsed, its close too. */
    @ParameterizedTest
    @ValueSource(strings = {"NAMES", "ESCAPED_NAMES", "SMALL_OBJECTS", "DEEP_OBJECTS", "TEXT"})
    void aLargeResultCountsBeforeWhatItsWorkerSaysNext(HostileJson shape) {
        String result = new String(shape.body(4_000_000, salt.incrementAndGet()), UTF_8);
        String group = "leaves-" + shape.name().toLowerCase(java.util.Locale.ROOT);
        TestWorker worker = TestWorker.ready(gateway, group);
        var answer = gateway.postAsync("{\"group\":\"" + group + "\",\"data\":{}}");
        String id = worker.awaitTask();
        worker.complete(id, result);
        worker.fail(id, "\"too late\"");
        worker.close();
        HttpResponse<String> response = answer.orTimeout(60, TimeUnit.SECONDS).join();
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body().endsWith("\"result\":" + result + "}")).isTrue();
    }

    @Test
    void aDuplicateAtTheEndOfManyNamesIsRefused() {
        String body = new String(HostileJson.NAMES.body(BYTES, 7), UTF_8);
        String twice = body.substring(0, body.length() - 2) + ",\"7-0\":1}}";
        HttpResponse<String> refused =
                post("/api/openai", twice.getBytes(UTF_8)).join();
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).contains("names a member twice");
    }
}
