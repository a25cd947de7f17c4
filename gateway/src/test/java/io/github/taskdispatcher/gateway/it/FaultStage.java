package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.testkit.Audit;
import io.github.taskdispatcher.testkit.FaultProxy;
import io.github.taskdispatcher.testkit.Ledger;
import io.github.taskdispatcher.testkit.RedisProcess;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * Where faults are played: a Redis of its own, gateways that each reach it over a link of their own, workers and clients, all
 * of the group {@code default}; and the ledger of what they were told. Each play ends with {@link #settled}.
 */
final class FaultStage implements AutoCloseable {

    final RedisProcess redis;
    final Ledger ledger = new Ledger();
    private final Map<GatewayProcess, FaultProxy> links = new LinkedHashMap<>();
    /** Each with the gateway it is connected to. */
    private final Map<TestWorker, GatewayProcess> workers = new LinkedHashMap<>();

    private final AtomicLong requests = new AtomicLong();

    /** @param dir where Redis keeps its file */
    FaultStage(Path dir) throws Exception {
        this(dir, TestRedis.binary(dir));
    }

    FaultStage(Path dir, String redisExecutable) throws Exception {
        redis = new RedisProcess(redisExecutable, dir, TestRedis.freePort());
        redis.awaitAnswers();
    }

    // ---- who plays ----------------------------------------------------------------------------------------------

    /** A gateway that runs, with these settings. */
    GatewayProcess gateway(String... settings) throws IOException {
        FaultProxy link = new FaultProxy(redis.port());
        List<String> all = new ArrayList<>(List.of(settings));
        // Gateways are started here by the dozen, and none of them lives long enough for the better compiler.
        all.addAll(List.of("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"));
        GatewayProcess gateway =
                GatewayProcess.on("redis://127.0.0.1:" + link.port(), "td:", all.toArray(String[]::new));
        links.put(gateway, link);
        return gateway;
    }

    /** A gateway started by {@code ./dispatcher start}, with these settings. */
    GatewayProcess gatewayByScript(Map<String, String> settings) throws IOException {
        FaultProxy link = new FaultProxy(redis.port());
        GatewayProcess gateway = GatewayProcess.byScript("redis://127.0.0.1:" + link.port(), settings);
        links.put(gateway, link);
        return gateway;
    }

    /** The gateway's way to Redis. */
    FaultProxy linkOf(GatewayProcess gateway) {
        return links.get(gateway);
    }

    /** A worker that is ready and known to be. */
    TestWorker ready(GatewayProcess gateway) {
        TestWorker worker = add(TestWorker.ready(gateway, null), gateway);
        await().atMost(Duration.ofSeconds(10))
                .until(() ->
                        ask(it -> it.zscore("td:{default}:idle", worker.id)) != null || !worker.received.isEmpty());
        return worker;
    }

    /** A worker that has said nothing yet. */
    TestWorker silent(GatewayProcess gateway) {
        return add(TestWorker.silent(gateway, null), gateway);
    }

    private TestWorker add(TestWorker worker, GatewayProcess gateway) {
        workers.put(worker, gateway);
        return worker;
    }

    /** An accepted task; within 20 s, for recovery may take a moment. */
    String submit(GatewayProcess gateway, String body) {
        String id = await().atMost(Duration.ofSeconds(20))
                .ignoreExceptionsMatching(e -> true)
                .until(() -> gateway.submit(body), it -> it != null);
        ledger.accepted(id);
        return id;
    }

    /** A held request; completes with the answer's body, or exceptionally when the connection broke. */
    CompletableFuture<String> held(GatewayProcess gateway, String body) {
        long number = requests.incrementAndGet();
        return gateway.postAsync(body).thenApply(response -> {
            ledger.answered(number, response);
            return response.body();
        });
    }

    /** Waits for a task's status, as this gateway tells it. */
    void awaitStatus(GatewayProcess gateway, String id, String status) {
        await().atMost(Duration.ofSeconds(60))
                .ignoreExceptionsInstanceOf(RuntimeException.class)
                .untilAsserted(() ->
                        assertThat(gateway.task(id).path("status").asText()).isEqualTo(status));
    }

    /** Waits until the task stands so in Redis. */
    void awaitField(String id, String field, String value) {
        await().atMost(Duration.ofSeconds(60))
                .until(() -> value.equals(ask(it -> it.hget("td:{default}:task:" + id, field))));
    }

    List<String> queue() {
        return ask(it -> it.lrange("td:{default}:queue", 0, -1));
    }

    <T> T ask(Function<RedisCommands<String, String>, T> question) {
        RedisURI uri = RedisURI.create(redis.url());
        uri.setTimeout(Duration.ofSeconds(10));
        try (RedisClient client = RedisClient.create(uri)) {
            return question.apply(client.connect().sync());
        }
    }

    /** Warms every script up: from now on Redis knows them by their names. */
    void rehearse(GatewayProcess client, GatewayProcess ofTheWorker) throws Exception {
        TestWorker worker = ready(ofTheWorker);
        String id = submit(client, "{\"data\":{}}");
        assertThat(worker.awaitTask()).isEqualTo(id);
        worker.complete(id, "1");
        awaitStatus(client, id, "completed");
        leave(worker);
    }

    private void leave(TestWorker worker) {
        worker.close();
        await().atMost(Duration.ofSeconds(10)).until(() -> !ask(it -> it.sismember("td:{default}:workers", worker.id)));
    }

    // ---- the end ------------------------------------------------------------------------------------------------

    /**
     * Recovery and the ledger: each of these gateways runs a task; every accepted task has one outcome and none was
     * delivered twice; all workers that are still connected are idle, and no key is left that would never go.
     */
    void settled(GatewayProcess... running) throws Exception {
        for (var worker : workers.entrySet()) {
            if (!worker.getValue().isAlive()) {
                worker.getKey().closed.get(20, TimeUnit.SECONDS);
            }
        }
        workers.keySet().removeIf(worker -> {
            noteDeliveries(worker);
            return worker.closed.isDone();
        });
        TestWorker helper = workers.isEmpty() ? silent(running[0]) : null;
        workers.keySet().forEach(TestWorker::echoFromNowOn);
        for (GatewayProcess gateway : running) {
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> assertThat(
                            held(gateway, "{\"data\":{\"canary\":1}}").get(30, TimeUnit.SECONDS))
                    .contains("\"status\":\"completed\""));
        }
        Audit audit = new Audit(ledger, GatewayProcess.HTTP, running[0]::port, redis.url());
        audit.awaitOutcomes(60);
        audit.awaitNothingLeft("td:{default}:", workers.size(), 50);
        workers.keySet().forEach(this::noteDeliveries);
        assertThat(ledger.violations()).isEmpty();
        if (helper != null) {
            leave(helper);
        }
    }

    private void noteDeliveries(TestWorker worker) {
        for (String id = worker.received.poll(); id != null; id = worker.received.poll()) {
            ledger.delivered(id, -1, worker.id);
        }
    }

    @Override
    public void close() throws Exception {
        redis.thaw();
        for (Map.Entry<GatewayProcess, FaultProxy> entry : links.entrySet()) {
            entry.getKey().kill();
            entry.getValue().close();
        }
        redis.close();
    }
}
