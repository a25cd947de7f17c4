package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.taskdispatcher.gateway.chaos.FaultProxy;
import io.github.taskdispatcher.gateway.chaos.RedisProcess;
import io.github.taskdispatcher.gateway.store.redis.LocalRedis;
import io.github.taskdispatcher.gateway.test.TestRedis;
import io.lettuce.core.KillArgs;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the gateways promise while Redis, or the way to it, is in trouble. Each test ends with a task that passes. */
class RedisFaultsIT {

    @TempDir
    Path dir;

    private RedisProcess redis;
    private FaultProxy link;
    private GatewayProcess a;
    private GatewayProcess b;

    @BeforeEach
    void start() throws Exception {
        redis = new RedisProcess(LocalRedis.executable(dir), dir, TestRedis.freePort());
        link = new FaultProxy(redis.port());
        await().ignoreExceptions().until(() -> ask(RedisCommands::ping).equals("PONG"));
    }

    @AfterEach
    void stop() throws Exception {
        redis.thaw();
        for (GatewayProcess gateway : new GatewayProcess[] {a, b}) {
            if (gateway != null) {
                gateway.kill();
            }
        }
        link.close();
        redis.close();
    }

    /** A reaches Redis over the link, B directly. */
    private void startGateways(String... more) {
        a = GatewayProcess.on("redis://127.0.0.1:" + link.port(), "td:", more);
        b = GatewayProcess.on("redis://127.0.0.1:" + redis.port(), "td:", more);
    }

    private <T> T ask(Function<RedisCommands<String, String>, T> question) {
        RedisURI uri = RedisURI.create("redis://127.0.0.1:" + redis.port());
        uri.setTimeout(Duration.ofSeconds(3));
        try (RedisClient client = RedisClient.create(uri)) {
            return question.apply(client.connect().sync());
        }
    }

    private static void canary(GatewayProcess gateway) {
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(
                        gateway.post("{\"data\":{\"canary\":1}}").body())
                .contains("\"status\":\"completed\""));
    }

    private static void awaitStatus(GatewayProcess gateway, String id, String status) {
        await().atMost(Duration.ofSeconds(25))
                .untilAsserted(() ->
                        assertThat(gateway.task(id).path("status").asText()).isEqualTo(status));
    }

    @Test
    void killedAndBackItKnowsEverything() throws Exception {
        startGateways();
        try (TestWorker worker = TestWorker.ready(b, null)) {
            CompletableFuture<HttpResponse<String>> held = a.postAsync("{\"data\":{\"n\":1}}");
            String running = worker.awaitTask();
            String queued = a.submit("{\"data\":{\"n\":2}}");
            redis.kill();
            // The answer is kept until there is somebody to give it to.
            worker.complete(running, "\"kept\"");
            TimeUnit.MILLISECONDS.sleep(1_500);
            redis.start();
            assertThat(held.get(20, TimeUnit.SECONDS).body()).contains("\"kept\"");
            assertThat(worker.awaitTask()).isEqualTo(queued);
            worker.complete(queued, "2");
            awaitStatus(a, queued, "completed");
            assertThat(worker.closed).isNotDone();
        }
    }

    @Test
    void backEmptyWorkersAreUsableWithoutReconnecting() throws Exception {
        startGateways();
        try (TestWorker worker = TestWorker.echo(b, null)) {
            canary(a);
            ask(commands -> commands.flushall());
            long began = System.nanoTime();
            canary(a);
            // Three seconds are promised; the rest is for a slow machine.
            assertThat((System.nanoTime() - began) / 1e9).isLessThan(6);
            assertThat(worker.closed).isNotDone();
        }
    }

    @Test
    void awayItIsSaidWithinTwoAndAHalfSecondsAndNothingRunsLater() throws Exception {
        startGateways();
        try (TestWorker worker = TestWorker.ready(b, null)) {
            canarySilently(worker);
            redis.freeze();
            long began = System.nanoTime();
            HttpResponse<String> refused = a.post("{\"data\":{\"refused\":1}}");
            double took = (System.nanoTime() - began) / 1e9;
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body()).contains("\"code\":\"unavailable\"");
            assertThat(took).isBetween(0.0, 3.5);
            assertThat(a.get("/readyz").statusCode()).isEqualTo(503);
            assertThat(a.get("/livez").statusCode()).isEqualTo(200);
            TimeUnit.SECONDS.sleep(2);
            redis.thaw();
            String next = await().atMost(Duration.ofSeconds(10))
                    .ignoreExceptionsMatching(e -> true)
                    .until(() -> a.submit("{\"data\":{\"n\":1}}"), id -> id != null);
            assertThat(worker.awaitTask()).as("not the refused one").isEqualTo(next);
            worker.complete(next, "1");
            awaitStatus(b, next, "completed");
            assertThat(worker.closed).isNotDone();
        }
    }

    @Test
    void resultsForWhichThereIsNoMemoryAreAskedForAgain() throws Exception {
        startGateways("MAX_BUFFERED_BYTES", "300000");
        String large = '"' + "x".repeat(80_000) + '"';
        try (TestWorker one = TestWorker.ready(b, null);
                TestWorker two = TestWorker.ready(b, null)) {
            a.submit("{\"data\":{\"n\":1}}");
            String first = one.awaitTask();
            a.submit("{\"data\":{\"n\":2}}");
            String second = two.awaitTask();
            redis.freeze();
            one.complete(first, large);
            two.complete(second, large);
            assertThat(two.await("error").path("code").asText()).isEqualTo("retry_later");
            redis.thaw();
            awaitStatus(a, first, "completed");
            two.complete(second, large);
            awaitStatus(a, second, "completed");
        }
    }

    /** One task through, so that everything is warm. */
    private void canarySilently(TestWorker worker) {
        String id = a.submit("{\"data\":{}}");
        assertThat(worker.awaitTask()).isEqualTo(id);
        worker.complete(id, "1");
        awaitStatus(a, id, "completed");
    }

    @Test
    void outOfMemoryNewTasksAreRefusedAndAnswersStillCount() {
        startGateways();
        try (TestWorker worker = TestWorker.ready(b, null)) {
            CompletableFuture<HttpResponse<String>> held = a.postAsync("{\"data\":{\"n\":1}}");
            String running = worker.awaitTask();
            ask(commands -> commands.configSet("maxmemory", "1"));
            HttpResponse<String> refused = a.post("{\"data\":{\"n\":2}}");
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body()).doesNotContain("OOM", "maxmemory");
            worker.complete(running, "\"counts\"");
            assertThat(held.orTimeout(10, TimeUnit.SECONDS).join().body()).contains("\"counts\"");
            ask(commands -> commands.configSet("maxmemory", "0"));
            String next = a.submit("{\"data\":{\"n\":3}}");
            assertThat(worker.awaitTask()).isEqualTo(next);
        }
    }

    @Test
    void subscriptionsThatAreTakenAwayAgainAndAgain() {
        startGateways();
        try (TestWorker worker = TestWorker.echo(b, null)) {
            canary(a);
            for (int i = 0; i < 20; i++) {
                ask(commands -> commands.clientKill(KillArgs.Builder.typePubsub()));
                HttpResponse<String> answer = a.post("{\"data\":{\"n\":" + i + "},\"timeout\":10000}");
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            }
            assertThat(worker.closed).isNotDone();
        }
    }

    @Test
    void anEvictingRedisIsNotReady() {
        startGateways();
        assertThat(a.get("/readyz").statusCode()).isEqualTo(200);
        ask(commands -> commands.configSet("maxmemory-policy", "allkeys-lru"));
        await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
            HttpResponse<String> ready = a.get("/readyz");
            assertThat(ready.statusCode()).isEqualTo(503);
            assertThat(ready.body()).contains("noeviction");
        });
    }

    @Test
    void aLinkThatSwallowsRepliesRunsNoTaskTwice() throws Exception {
        startGateways();
        try (TestWorker worker = TestWorker.ready(b, null)) {
            canarySilently(worker);
            link.swallowReplies();
            HttpResponse<String> refused = a.post("{\"data\":{\"n\":1}}");
            assertThat(refused.statusCode()).isEqualTo(503);
            link.cut();
            link.heal();
            // It had reached Redis and then the worker before the client was told: it runs, once.
            String first = worker.awaitTask();
            worker.complete(first, "1");
            String next = await().atMost(Duration.ofSeconds(10))
                    .ignoreExceptionsMatching(e -> true)
                    .until(() -> a.submit("{\"data\":{\"n\":2}}"), id -> id != null);
            assertThat(next).isNotEqualTo(first);
            assertThat(worker.awaitTask()).isEqualTo(next);
            worker.complete(next, "1");
            awaitStatus(a, next, "completed");
            assertThat(worker.gotNothing()).isTrue();
        }
    }

    @Test
    void aGatewayFrozenBeyondItsLeaseComesBack() throws Exception {
        startGateways();
        try (TestWorker worker = TestWorker.ready(b, null)) {
            String held = a.submit("{\"data\":{\"n\":1},\"timeout\":60000}");
            assertThat(worker.awaitTask()).isEqualTo(held);
            RedisProcess.signal(b.process, "STOP");
            TimeUnit.SECONDS.sleep(13);
            // Given up, but within the grace time for its worker to come back.
            assertThat(a.post("{\"data\":{}}").statusCode()).isEqualTo(503);
            RedisProcess.signal(b.process, "CONT");
            worker.complete(held, "\"late\"");
            awaitStatus(a, held, "completed");
            String next = await().atMost(Duration.ofSeconds(10))
                    .ignoreExceptionsMatching(e -> true)
                    .until(() -> a.submit("{\"data\":{\"n\":2}}"), id -> id != null);
            assertThat(worker.awaitTask()).isEqualTo(next);
            worker.complete(next, "2");
            awaitStatus(a, next, "completed");
        }
    }
}
