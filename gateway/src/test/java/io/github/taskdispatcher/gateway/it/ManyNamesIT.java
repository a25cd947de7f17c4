package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.taskdispatcher.gateway.test.TestRedis;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Names that strangers bring have a bound, go again, and cost the others nothing. */
class ManyNamesIT {

    private final String prefix = TestRedis.freshPrefix();
    private final RedisClient client = RedisClient.create(TestRedis.url());
    private final RedisCommands<String, String> redis = client.connect().sync();
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable it : open) {
            it.close();
        }
        client.shutdown();
    }

    private GatewayProcess gateway(String... settings) {
        GatewayProcess gateway = GatewayProcess.on(TestRedis.url(), prefix, settings);
        open.add(gateway::kill);
        return gateway;
    }

    private TestWorker echo(GatewayProcess gateway, String group) {
        TestWorker worker = TestWorker.echo(gateway, group);
        open.add(0, worker);
        return worker;
    }

    private static HttpResponse<String> chat(GatewayProcess gateway, String model) {
        HttpRequest request = HttpRequest.newBuilder(gateway.uri("/v1/chat/completions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"model\":\"" + model + "\",\"messages\":[{}]}"))
                .build();
        return GatewayProcess.HTTP
                .sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .join();
    }

    @Test
    void aHundredThousandNamesHideNoTaskNoModelAndNoPage() {
        GatewayProcess a = gateway();
        GatewayProcess b = gateway();
        echo(b, "gpu");
        await().atMost(Duration.ofSeconds(20)).until(() -> chat(a, "gpu").statusCode() == 200);
        double now = Double.parseDouble(redis.time().get(0)) * 1_000;
        for (int from = 0; from < 100_000; from += 10_000) {
            Object[] scored = IntStream.range(from, from + 10_000)
                    .boxed()
                    .flatMap(i -> Stream.of(now - 50_000, "flood-" + i))
                    .toArray();
            redis.zadd(prefix + "{*}:groups", scored);
        }
        String id = a.submit("{\"data\":{},\"group\":\"gpu\"}");
        await().atMost(Duration.ofSeconds(10))
                .until(() -> b.task(id).path("status").asText().equals("completed"));
        assertThat(chat(a, "gpu").statusCode()).isEqualTo(200);
        assertThat(a.get("/v1/models").statusCode()).isEqualTo(200);
        HttpResponse<String> overview = a.get("/api/dashboard/views/overview");
        assertThat(overview.statusCode()).isEqualTo(200);
        JsonNode shown = GatewayProcess.json(overview);
        assertThat(shown.path("groups").findValuesAsText("name")).hasSize(500).contains("gpu");
        assertThat(shown.path("groupsLeft").asLong()).isGreaterThan(90_000);
        for (String view : List.of("workers", "tasks")) {
            assertThat(a.get("/api/dashboard/views/" + view).statusCode())
                    .as(view)
                    .isEqualTo(200);
        }
        // All of them go; the first 20,000 show how fast.
        await().atMost(Duration.ofMinutes(2)).until(() -> redis.zcard(prefix + "{*}:groups") < 80_000);
        assertThat(redis.zscore(prefix + "{*}:groups", "gpu")).isNotNull();
        assertThat(redis.keys(prefix + "{flood*")).isEmpty();
    }

    @Test
    void oneAddressBringsSoManyGroupsAndTheOthersAreThere() throws Exception {
        GatewayProcess a = gateway("MAX_GROUPS_PER_KEY", "3", "MAX_WORKERS_PER_ADDRESS", "5");
        GatewayProcess b = gateway("MAX_GROUPS_PER_KEY", "3", "MAX_WORKERS_PER_ADDRESS", "5");
        echo(a, "gpu");
        try (TestWorker one = TestWorker.silent(a, "one");
                TestWorker two = TestWorker.silent(b, "two");
                RawWorker fourth = new RawWorker(b.port(), "fourth")) {
            assertThat(fourth.awaitClose()).isEqualTo(1013);
            assertThat(one.closed).isNotDone();
            assertThat(two.closed).isNotDone();
        }
        assertThat(redis.zrange(prefix + "{*}:groups", 0, -1)).containsExactlyInAnyOrder("gpu", "one", "two");
        assertThat(chat(b, "gpu").statusCode()).isEqualTo(200);
    }

    @Test
    void aGroupCountsForItsAddressWhileAnyGatewayHasItsWorker() throws Exception {
        String[] settings = {"MAX_GROUPS_PER_KEY", "2"};
        GatewayProcess a = gateway(settings);
        GatewayProcess b = gateway(settings);
        for (String group : List.of("one", "two")) {
            open.add(0, TestWorker.silent(a, group));
            TestWorker.silent(b, group).close();
            await().atMost(Duration.ofSeconds(10)).until(() -> redis.scard(prefix + "{" + group + "}:workers") == 1);
        }
        try (RawWorker third = new RawWorker(a.port(), "third")) {
            assertThat(third.awaitClose()).isEqualTo(1013);
        }
        assertThat(redis.zrange(prefix + "{*}:groups", 0, -1)).containsExactlyInAnyOrder("one", "two");
    }

    @Test
    void namesThatComeAndGoTakeNobodysPlace() {
        GatewayProcess gateway = gateway("MAX_GROUPS", "4", "MAX_GROUPS_PER_KEY", "3");
        echo(gateway, "gpu");
        for (int i = 0; i < 20; i++) {
            TestWorker.silent(gateway, "flood-" + i).abort();
        }
        await().atMost(Duration.ofSeconds(10)).until(() -> {
            TestWorker worker = echo(gateway, "honest");
            return chat(gateway, "honest").statusCode() == 200 && !worker.closed.isDone();
        });
    }

    @Test
    void whoLeavesManyNamesBehindIsRefusedAloneWhateverTheOthersBring() throws Exception {
        String flood = "worker-key-of-the-flood";
        String honest = "worker-key-of-the-honest";
        GatewayProcess gateway =
                gateway("MAX_GROUPS", "4", "MAX_GROUPS_PER_KEY", "3", "WORKER_KEYS", flood + "," + honest);
        int let = 0;
        for (boolean refused = false; !refused; let++) {
            String group = "flood-" + let;
            try (RawWorker worker = new RawWorker(gateway.port(), group, flood)) {
                refused = worker.awaitText().contains("too_many_groups");
            }
            await().pollInterval(Duration.ofMillis(10)).until(() -> redis.exists(prefix + "{*}:in:" + group) == 0);
        }
        assertThat(let).isBetween(31, 100);
        for (String group : List.of("one", "two")) {
            TestWorker worker = TestWorker.withKey(gateway, group, honest);
            open.add(0, worker);
            worker.answering("1");
            assertThat(chat(gateway, group).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void oneAddressBringsSoManyModelsAndTheOthersAreThere() {
        GatewayProcess gateway = gateway("MAX_MODELS_PER_KEY", "10");
        TestWorker honest = TestWorker.silent(gateway, "gpu");
        open.add(0, honest);
        honest.send("{\"type\":\"hello\",\"protocol\":1,\"slots\":1,\"models\":[\"llama3\"]}");
        honest.answering("\"gpu\"");
        await().atMost(Duration.ofSeconds(20))
                .until(() -> chat(gateway, "llama3").body().contains("\"gpu\""));
        TestWorker flood = TestWorker.silent(gateway, "aa");
        open.add(0, flood);
        String models = String.join(
                ",", IntStream.range(0, 256).mapToObj(i -> "\"f" + i + "\"").toList());
        flood.send("{\"type\":\"hello\",\"protocol\":1,\"slots\":1,\"models\":[" + models + "]}");
        JsonNode refused = flood.await("error");
        assertThat(refused.path("code").asText()).isEqualTo("too_many_models");
        assertThat(refused.path("message").asText()).contains("MAX_MODELS_PER_KEY");
        assertThat(redis.zcard(prefix + "{*}:models")).isEqualTo(10);
        assertThat(chat(gateway, "llama3").body()).contains("\"gpu\"");
    }

    @Test
    void aTaskWhoseGatewaysAreGoneEndsInTimeWhateverNamesThereAre() {
        GatewayProcess accepted = gateway();
        GatewayProcess serving = gateway();
        GatewayProcess left = gateway();
        TestWorker.ready(serving, "gpu");
        String running = accepted.submit("{\"data\":{},\"group\":\"gpu\",\"timeout\":6000}");
        String waiting = accepted.submit("{\"data\":{},\"group\":\"gpu\",\"timeout\":6000}");
        long accepting = System.nanoTime();
        accepted.kill();
        serving.kill();
        for (String id : List.of(running, waiting)) {
            await().atMost(Duration.ofSeconds(15))
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> left.task(id).path("status").asText().equals("failed"));
        }
        JsonNode task = left.task(waiting);
        assertThat(task.path("error").asText()).isEqualTo("Task timeout");
        assertThat((System.nanoTime() - accepting) / 1_000_000).isLessThan(6_000 + 4_000);
        await().atMost(Duration.ofSeconds(30)).until(() -> left.post("{\"data\":{},\"group\":\"gpu\",\"timeout\":5000}")
                .body()
                .contains("no_worker"));
    }
}
