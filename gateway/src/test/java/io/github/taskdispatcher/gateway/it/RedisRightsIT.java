package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.testkit.RedisProcess;
import io.lettuce.core.RedisClient;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a gateway says, and still shows, when Redis does not allow it everything, or is not set up to keep tasks. */
class RedisRightsIT {

    @TempDir
    private Path dir;

    private RedisProcess redis;
    private RedisClient client;

    @BeforeEach
    void start() throws Exception {
        // An append-only file, and noeviction: what is missing below is the right to see it.
        redis = new RedisProcess(TestRedis.binary(dir), dir, TestRedis.freePort());
        redis.awaitAnswers();
        client = RedisClient.create(redis.url());
    }

    @AfterEach
    void stop() {
        Closing.all(client, redis);
    }

    /** A gateway whose Redis user may do all but these. */
    private GatewayProcess without(String... denied) {
        CommandArgs<String, String> rules =
                new CommandArgs<>(StringCodec.UTF8).add("SETUSER").add("app");
        for (String rule : List.of("reset", "on", ">secret", "~*", "&*", "+@all")) {
            rules.add(rule);
        }
        for (String rule : denied) {
            rules.add(rule);
        }
        client.connect().sync().dispatch(CommandType.ACL, new StatusOutput<>(StringCodec.UTF8), rules);
        return GatewayProcess.on(redis.url().replace("redis://", "redis://app:secret@"), "td:");
    }

    private static JsonNode overview(GatewayProcess gateway) {
        HttpResponse<String> answer = gateway.get("/api/dashboard/views/overview");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return GatewayProcess.json(answer);
    }

    private static List<String> words(JsonNode list) {
        return GatewayProcess.JSON.convertValue(
                list, GatewayProcess.JSON.getTypeFactory().constructCollectionType(List.class, String.class));
    }

    private static void awaitOutput(GatewayProcess gateway, String beginning) {
        await().atMost(Duration.ofSeconds(20))
                .until(() -> gateway.output.stream().anyMatch(line -> line.startsWith(beginning)));
    }

    private static void runATask(GatewayProcess gateway) {
        try (TestWorker worker = TestWorker.echo(gateway, "g")) {
            assertThat(gateway.post("{\"data\":{},\"group\":\"g\"}").statusCode())
                    .isEqualTo(200);
        }
        // A gateway reads the registry of groups once a second.
        awaitOverview(gateway, it -> it.path("groups").findValuesAsText("name").contains("g"));
    }

    private static JsonNode awaitOverview(GatewayProcess gateway, Predicate<JsonNode> shows) {
        return await().atMost(Duration.ofSeconds(20)).until(() -> overview(gateway), shows);
    }

    @Test
    void withoutInfoTheOverviewShowsTheRestAndNamesTheRight() {
        try (GatewayProcess gateway = without("-info")) {
            runATask(gateway);
            // A gateway says once a second that it is there.
            JsonNode overview = awaitOverview(gateway, it -> it.path("gateways").size() == 1);
            assertThat(words(overview.path("redis").path("missing"))).containsExactly("INFO");
            assertThat(words(overview.path("missing"))).isEmpty();
            assertThat(overview.path("redis").path("policy").asText()).isEqualTo("noeviction");
            assertThat(overview.path("redis").path("appendonly").asText()).isEqualTo("yes");
            assertThat(overview.path("groups").findValuesAsText("name")).contains("g");
            assertThat(gateway.get("/readyz").body()).isEqualTo("{\"status\":\"ready\"}");
        }
    }

    @Test
    void withoutConfigInfoTellsTheSameAndNothingIsMissing() {
        try (GatewayProcess gateway = without("-config")) {
            JsonNode overview = overview(gateway);
            assertThat(words(overview.path("redis").path("missing"))).isEmpty();
            assertThat(overview.path("redis").path("policy").asText()).isEqualTo("noeviction");
            assertThat(overview.path("redis").path("appendonly").asText()).isEqualTo("yes");
            assertThat(gateway.get("/readyz").body()).isEqualTo("{\"status\":\"ready\"}");
        }
    }

    @Test
    void withoutBothTheGatewaySaysThatItDoesNotKnow() {
        try (GatewayProcess gateway = without("-config", "-info")) {
            runATask(gateway);
            assertThat(words(overview(gateway).path("redis").path("missing"))).containsExactly("INFO", "CONFIG|GET");
            HttpResponse<String> ready = gateway.get("/readyz");
            assertThat(ready.statusCode()).isEqualTo(200);
            assertThat(ready.body()).contains("\"status\":\"ready\"", "may run neither INFO nor CONFIG|GET");
            awaitOutput(gateway, "WARNING: Redis does not tell");
        }
    }

    @Test
    void eachOtherRightThatIsMissingEmptiesItsPartOnly() {
        try (GatewayProcess gateway = without("-hgetall", "-xrevrange", "-xtrim")) {
            runATask(gateway);
            JsonNode overview = overview(gateway);
            assertThat(words(overview.path("missing"))).containsExactly("HGETALL");
            assertThat(overview.path("minutes")).isEmpty();
            assertThat(overview.path("gateways")).isEmpty();
            assertThat(overview.path("groups").findValuesAsText("name")).contains("g");
            assertThat(words(overview.path("redis").path("missing"))).isEmpty();
            HttpResponse<String> log = gateway.get("/api/dashboard/views/log");
            assertThat(log.statusCode()).isEqualTo(503);
            assertThat(log.body()).contains("may not use XREVRANGE");
            assertThat(gateway.get("/api/dashboard/views/tasks?status=ended").statusCode())
                    .isEqualTo(200);
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> gateway.output.stream().anyMatch(line -> line.contains("may not use XTRIM")));
            assertThat(gateway.output.stream().filter(line -> line.contains("may not use XTRIM")))
                    .hasSize(1);
        }
    }

    /** A script's own refusal names no command, in Redis 6.2 and 7.0. */
    @Test
    void aRightThatTasksNeedAndThatIsTakenAwayIsNamed() {
        try (GatewayProcess gateway = without()) {
            assertThat(gateway.get("/readyz").statusCode()).isEqualTo(200);
            CommandArgs<String, String> rules =
                    new CommandArgs<>(StringCodec.UTF8).add("SETUSER").add("app");
            client.connect()
                    .sync()
                    .dispatch(
                            CommandType.ACL,
                            new StatusOutput<>(StringCodec.UTF8),
                            rules.add("-hdel").add("-zadd"));
            await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
                HttpResponse<String> ready = gateway.get("/readyz");
                assertThat(ready.statusCode()).isEqualTo(503);
                assertThat(ready.body()).contains("may not use HDEL, ZADD. Allow it: ACL SETUSER app +hdel +zadd");
            });
        }
    }

    @Test
    void withoutAnAppendOnlyFileItIsReadyAndSaysSo() {
        client.connect().sync().configSet("appendonly", "no");
        try (GatewayProcess gateway = without()) {
            awaitOutput(gateway, "WARNING: Redis keeps no append-only file");
            HttpResponse<String> ready = gateway.get("/readyz");
            assertThat(ready.statusCode()).isEqualTo(200);
            assertThat(ready.body()).contains("\"status\":\"ready\"", "Set appendonly yes");
            assertThat(words(overview(gateway).path("redis").path("warnings"))).containsExactly("no_aof");
            client.connect().sync().configSet("appendonly", "yes");
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> gateway.get("/readyz").body().equals("{\"status\":\"ready\"}"));
        }
    }

    @Test
    void anEvictingRedisThatHidesConfigIsNotReady() {
        try (GatewayProcess gateway = without("-config")) {
            assertThat(gateway.get("/readyz").statusCode()).isEqualTo(200);
            client.connect().sync().configSet("maxmemory-policy", "volatile-lru");
            await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
                HttpResponse<String> ready = gateway.get("/readyz");
                assertThat(ready.statusCode()).isEqualTo(503);
                assertThat(ready.body()).contains("its maxmemory-policy is volatile-lru");
            });
        }
    }
}
