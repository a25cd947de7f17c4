package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.taskdispatcher.gateway.test.TestRedis;
import io.lettuce.core.Range;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Where Redis holds what clients and workers say, and for how long. */
class StoredPayloadsIT {

    private static final String SECRET = "words-of-a-client";

    private final String prefix = TestRedis.freshPrefix();
    private RedisClient client;
    private RedisCommands<String, String> redis;

    @BeforeEach
    void connect() {
        client = RedisClient.create(TestRedis.url());
        redis = client.connect().sync();
    }

    @AfterEach
    void close() {
        client.shutdown();
    }

    private GatewayProcess gateway(String... more) {
        List<String> settings = new ArrayList<>(List.of("TASK_RESULT_TTL_MS", "3000", "MAX_TASK_TIMEOUT_MS", "600000"));
        settings.addAll(List.of(more));
        return GatewayProcess.on(TestRedis.url(), prefix, settings.toArray(String[]::new));
    }

    /** Runs a task with the words in its request and its result, and waits until it is recorded. */
    private void run(GatewayProcess gateway) {
        try (TestWorker worker = TestWorker.echo(gateway, "g")) {
            String said = gateway.post("{\"data\":{\"x\":\"" + SECRET + "\"},\"group\":\"g\",\"timeout\":600000}")
                    .body();
            assertThat(said).contains(SECRET);
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> log().stream().anyMatch(line -> line.containsValue("completed")));
        }
    }

    private List<Map<String, String>> log() {
        return redis.xrange(prefix + "board:log", Range.unbounded()).stream()
                .map(entry -> entry.getBody())
                .toList();
    }

    /** The keys that hold the words. */
    private List<String> keysWithWords() {
        List<String> found = new ArrayList<>();
        for (String key : redis.keys(prefix.replace("{", "\\{") + "*")) {
            String type = redis.type(key);
            boolean holds =
                    switch (type) {
                        case "hash" -> redis.hgetall(key).toString().contains(SECRET);
                        case "string" -> redis.get(key).contains(SECRET);
                        case "list" -> redis.lrange(key, 0, -1).toString().contains(SECRET);
                        case "set" -> redis.smembers(key).toString().contains(SECRET);
                        case "zset" -> redis.zrange(key, 0, -1).toString().contains(SECRET);
                        case "stream" ->
                            redis.xrange(key, Range.unbounded()).toString().contains(SECRET);
                        // Expired meanwhile.
                        default -> false;
                    };
            if (holds) {
                found.add(key);
            }
        }
        return found;
    }

    @Test
    void byDefaultNothingOfARequestOrAResultOutlivesItsTask() {
        try (GatewayProcess gateway = gateway()) {
            run(gateway);
            assertThat(keysWithWords())
                    .as("with the task, for its page")
                    .isNotEmpty()
                    .allSatisfy(key -> assertThat(key).containsAnyOf("{g}:task:", "{g}:board:about:"));
            assertThat(log()).noneMatch(line -> line.toString().contains(SECRET));
            await().atMost(Duration.ofSeconds(10))
                    .pollInterval(Duration.ofMillis(200))
                    .untilAsserted(() -> assertThat(keysWithWords()).isEmpty());
            assertThat(gateway.output).noneMatch(line -> line.contains(SECRET));
        }
    }

    @Test
    void onlyOnPurposeTheLogShowsTheBeginnings() {
        try (GatewayProcess gateway = gateway("DASHBOARD_PAYLOADS", "show")) {
            run(gateway);
            assertThat(log()).anyMatch(line -> line.getOrDefault("text", "").contains(SECRET));
        }
    }

    @Test
    void linesOfTheLogGoAfterADayThoughGatewaysLive() {
        long longAgo = Long.parseLong(redis.time().get(0)) * 1_000
                - Duration.ofHours(25).toMillis();
        String log = prefix + "board:log";
        redis.xadd(log, new io.lettuce.core.XAddArgs().id(longAgo + "-0"), Map.of("at", "1", "kind", "accepted"));
        try (GatewayProcess gateway = gateway()) {
            await().atMost(Duration.ofSeconds(10))
                    .untilAsserted(() -> assertThat(redis.xrange(log, Range.create("-", longAgo + "-0")))
                            .isEmpty());
            await().atMost(Duration.ofSeconds(10))
                    .untilAsserted(
                            () -> assertThat(log()).as("young lines stay").isNotEmpty());
        }
    }
}
