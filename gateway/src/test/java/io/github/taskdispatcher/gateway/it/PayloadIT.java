package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.test.TestRedis;
import io.lettuce.core.RedisClient;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Large payloads, many held requests, silent workers. */
class PayloadIT {

    private static final String PREFIX = TestRedis.freshPrefix();

    private static GatewayProcess a;
    private static GatewayProcess b;
    private static GatewayProcess small;
    private static GatewayProcess pinging;

    @BeforeAll
    static void start() {
        a = GatewayProcess.on(TestRedis.url(), PREFIX, "MAX_QUEUE_LENGTH", "5000");
        b = GatewayProcess.on(TestRedis.url(), PREFIX);
        small = GatewayProcess.on(TestRedis.url(), PREFIX, "MAX_RESULT_BYTES", "1048576");
        pinging = GatewayProcess.on(
                TestRedis.url(), PREFIX, "WS_PING_INTERVAL_MS", "200", "WORKER_SILENCE_LIMIT_MS", "1000");
    }

    @AfterAll
    static void stop() {
        Closing.all(pinging, small, a, b);
    }

    private static String large(int bytes) {
        return "\"" + "0123456789abcdef".repeat(bytes / 16).substring(2) + "\"";
    }

    @Test
    void sixteenMegabytesInAndThirtyTwoOut() {
        try (TestWorker worker = TestWorker.ready(b, "large")) {
            String head = "{\"group\":\"large\",\"data\":{\"d\":";
            String data = large((16 << 20) - 64);
            var answer = a.postAsync(head + data + "}}");
            String frame = worker.awaitRaw();
            assertThat(frame.endsWith("\"data\":{\"d\":" + data + "}}}")).isTrue();
            String id = frame.substring(frame.indexOf("taskId\":\"") + 9).substring(0, 36);
            // The JDK's WebSocket hangs on messages from 2^25 bytes, just at our limit.
            String result = large(33_500_000);
            worker.complete(id, result);
            HttpResponse<String> response =
                    answer.orTimeout(60, TimeUnit.SECONDS).join();
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body().endsWith("\"result\":" + result + "}")).isTrue();
            assertThat(a.get("/api/task/" + id).body().contains(result)).isTrue();
        }
    }

    @Test
    void beyondTheLimits() {
        try (TestWorker worker = TestWorker.ready(small, "beyond")) {
            HttpResponse<String> refused = a.post("{\"group\":\"beyond\",\"data\":{\"d\":" + large(17 << 20) + "}}");
            assertThat(refused.statusCode()).isEqualTo(413);
            assertThat(refused.body()).startsWith("{\"error\":\"Request body too large");
            var answer = a.postAsync("{\"group\":\"beyond\",\"data\":{}}");
            worker.complete(worker.awaitTask(), large((1 << 20) + 64));
            assertThat(worker.await("error").path("code").asText()).isEqualTo("too_large");
            assertThat(answer.join().statusCode()).isEqualTo(500);
            assertThat(answer.join().body()).startsWith("{\"error\":\"Result too large\"");
            var next = a.postAsync("{\"group\":\"beyond\",\"data\":{}}");
            worker.complete(worker.awaitTask(), "1");
            assertThat(next.join().statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aFrameTwiceTooLargeFailsItsTaskWithTheReason() {
        TestWorker worker = TestWorker.ready(small, "huge");
        var answer = a.postAsync("{\"group\":\"huge\",\"data\":{}}");
        String id = worker.awaitTask();
        try {
            worker.complete(id, large((2 << 20) + 1024));
        } catch (RuntimeException closedWhileSending) {
            assertThat(worker.closed).isDone();
        }
        assertThat(answer.orTimeout(30, TimeUnit.SECONDS).join().body()).startsWith("{\"error\":\"Result too large\"");
    }

    @Test
    void twoThousandHeldRequestsOutliveEveryIdleTimeout() {
        // Jetty's idle timeout is 75 s; none of these connections carries a byte for longer.
        try (TestWorker worker = TestWorker.ready(b, "held");
                RedisClient client = RedisClient.create(TestRedis.url())) {
            var redis = client.connect().sync();
            List<CompletableFuture<HttpResponse<String>>> held = new ArrayList<>();
            for (int i = 0; i < 2_000; i++) {
                held.add(a.postAsync("{\"group\":\"held\",\"data\":{\"n\":" + i + "},\"timeout\":600000}"));
                if (held.size() % 100 == 0) {
                    // Wave by wave: how many a cold gateway takes at once is not the question here.
                    Awaitility.await()
                            .atMost(Duration.ofSeconds(30))
                            .until(() -> redis.llen(PREFIX + "{held}:queue") == held.size() - 1);
                }
            }
            String id = worker.awaitTask();
            assertThat(a.get("/livez").statusCode()).isEqualTo(200);
            Awaitility.await()
                    .pollDelay(Duration.ofSeconds(80))
                    .atMost(Duration.ofSeconds(85))
                    .until(() -> true);
            assertThat(held).noneMatch(CompletableFuture::isDone);
            worker.complete(id, "0");
            for (int i = 1; i < 2_000; i++) {
                worker.complete(worker.awaitTask(), Integer.toString(i));
            }
            for (var answer : held) {
                assertThat(answer.orTimeout(60, TimeUnit.SECONDS).join().statusCode())
                        .isEqualTo(200);
            }
        }
    }

    @Test
    void anIdleWorkerThatAnswersPingsStays() {
        try (TestWorker idle = TestWorker.ready(pinging, "idle")) {
            Awaitility.await().pollDelay(Duration.ofSeconds(3)).until(() -> true);
            assertThat(idle.closed).isNotDone();
            var answer = a.postAsync("{\"group\":\"idle\",\"data\":{}}");
            idle.complete(idle.awaitTask(), "1");
            assertThat(answer.join().statusCode()).isEqualTo(200);
        }
    }
}
