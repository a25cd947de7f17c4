package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.taskdispatcher.gateway.test.TestRedis;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A refused request leaves nothing in Redis but its key, and that for ten seconds; a retry is one task all the same. */
class RefusedKeysIT {

    private static final int MANY = 1_000;
    private static final int AT_ONCE = 20;

    private final String prefix = TestRedis.freshPrefix();
    private RedisClient client;
    private RedisCommands<String, String> redis;
    private GatewayProcess gateway;

    @BeforeEach
    void start() {
        client = RedisClient.create(TestRedis.url());
        redis = client.connect().sync();
        gateway = GatewayProcess.on(TestRedis.url(), prefix);
    }

    @AfterEach
    void stop() {
        Closing.all(Closing.killed(gateway), client == null ? null : client::shutdown);
    }

    private CompletableFuture<HttpResponse<String>> post(String path, String body, String... headers) {
        HttpRequest request = HttpRequest.newBuilder(gateway.uri(path))
                .header("Content-Type", "application/json")
                .headers(headers)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return GatewayProcess.HTTP.sendAsync(request, HttpResponse.BodyHandlers.ofString());
    }

    /** One of three kinds: with a key of its own, the same for {@code /v1}, and the first attempt of an SDK. */
    private CompletableFuture<HttpResponse<String>> refused(int i) {
        String group = "\"group\":\"nobody-" + i + "\"";
        String chat = "{\"messages\":[{\"content\":\"" + i + "\"}],\"model\":\"none\"}";
        return switch (i % 4) {
            case 0 -> post("/v1/chat/completions", chat, "Idempotency-Key", "key-" + i);
            case 1 -> post("/v1/chat/completions", chat, "X-Stainless-Retry-Count", "0");
            default -> post("/api/openai", "{\"data\":{}," + group + "}", "Idempotency-Key", "key-" + i);
        };
    }

    private Set<String> keys() {
        return redis.keys(prefix + "*").stream()
                .map(key -> key.substring(prefix.length()))
                .collect(Collectors.toSet());
    }

    @Test
    void aThousandRefusedRequestsLeaveNothing() {
        // A gateway that has just started may take too long for its first request, and then does not know what became
        // of it.
        await().atMost(Duration.ofSeconds(30))
                .until(() -> gateway.post("{\"data\":{}}").body().contains("no_worker"));
        for (int from = 0; from < MANY; from += AT_ONCE) {
            List<CompletableFuture<HttpResponse<String>>> answers = IntStream.range(from, from + AT_ONCE)
                    .mapToObj(this::refused)
                    .toList();
            answers.forEach(answer -> assertThat(answer.join().body()).contains("no_worker"));
        }
        await().atMost(Duration.ofSeconds(12)).untilAsserted(() -> assertThat(keys())
                .allSatisfy(key -> assertThat(key).doesNotStartWith("once:").doesNotContain("nobody")));
        assertThat(keys()).hasSizeLessThan(20);
    }

    @Test
    void aRetryAfterARefusalIsOneTaskHoweverManyComeAndItsKeyStays() {
        String body = "{\"data\":{},\"group\":\"late\"}";
        String[] key = {"Idempotency-Key", "again"};
        await().until(() -> gateway.post(body).body().contains("no_worker"));
        assertThat(post("/api/openai", body, key).join().body()).contains("no_worker");
        String once = redis.keys(prefix + "once:*").get(0);
        await().until(() -> redis.pttl(once) <= 10_000);
        try (TestWorker worker = TestWorker.echo(gateway, "late")) {
            List<CompletableFuture<HttpResponse<String>>> answers = IntStream.range(0, 20)
                    .mapToObj(i -> post("/api/openai", body, key))
                    .toList();
            Set<String> tasks = answers.stream()
                    .map(answer ->
                            GatewayProcess.json(answer.join()).path("taskId").asText())
                    .collect(Collectors.toSet());
            assertThat(tasks).hasSize(1);
            assertThat(worker.received).hasSize(1).containsAll(tasks);
            assertThat(redis.pttl(once)).isGreaterThan(600_000);
        }
    }
}
