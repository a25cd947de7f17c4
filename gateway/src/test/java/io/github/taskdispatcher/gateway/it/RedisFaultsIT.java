package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.testing.Tool;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the gateways promise while Redis itself is in trouble: away, frozen, empty, full. Each ends with the ledger. */
class RedisFaultsIT {

    private static final String TASK = "{\"data\":{\"n\":1},\"timeout\":120000}";

    @TempDir
    Path dir;

    private FaultStage stage;
    /** The client's gateway. */
    private GatewayProcess a;
    /** The worker's gateway. */
    private GatewayProcess b;

    private void start(String... settings) throws Exception {
        stage = new FaultStage(dir);
        a = stage.gateway(settings);
        b = stage.gateway(settings);
    }

    @AfterEach
    void stop() throws Exception {
        // A test that is skipped because a tool is missing has none.
        if (stage != null) {
            stage.close();
        }
    }

    @Test
    @Execution(CONCURRENT)
    void killedAndBackItKnowsEverything() throws Exception {
        start();
        TestWorker worker = stage.ready(b);
        CompletableFuture<String> held = stage.held(a, TASK);
        String running = worker.awaitTask();
        String queued = stage.submit(a, TASK);
        stage.redis.kill();
        // The answer is kept until there is somebody to give it to.
        worker.complete(running, "\"kept\"");
        TimeUnit.MILLISECONDS.sleep(1_500);
        stage.redis.start();
        assertThat(held.get(40, TimeUnit.SECONDS)).contains("\"kept\"");
        assertThat(worker.awaitTask()).isEqualTo(queued);
        worker.complete(queued, "2");
        stage.awaitStatus(a, queued, "completed");
        assertThat(worker.closed).isNotDone();
        stage.settled(a, b);
    }

    @Test
    @Execution(CONCURRENT)
    void backEmptyWorkersAreUsableWithoutReconnecting() throws Exception {
        start();
        TestWorker worker = stage.ready(b);
        TestWorker busy = stage.ready(b);
        // The file is gone too: it comes back as new.
        CompletableFuture<HttpResponse<String>> held = a.postAsync(TASK);
        await().atMost(Duration.ofSeconds(20)).until(() -> !worker.received.isEmpty() || !busy.received.isEmpty());
        TestWorker works = worker.received.isEmpty() ? busy : worker;
        TestWorker idle = works == worker ? busy : worker;
        String lost = works.awaitTask();
        stage.redis.kill();
        // A directory since Redis 7.0, one file before.
        try (var files = Files.walk(dir)) {
            List<Path> kept = files.filter(Files::isRegularFile)
                    .filter(file -> file.getFileName().toString().startsWith("appendonly.aof"))
                    .toList();
            assertThat(kept).isNotEmpty();
            for (Path file : kept) {
                Files.delete(file);
            }
        }
        stage.redis.start();
        HttpResponse<String> told = held.get(20, TimeUnit.SECONDS);
        assertThat(told.statusCode()).isEqualTo(500);
        assertThat(told.body()).contains("task_lost");
        String next = stage.submit(a, TASK);
        assertThat(idle.awaitTask()).isEqualTo(next);
        idle.complete(next, "1");
        works.complete(lost, "1");
        stage.awaitStatus(a, next, "completed");
        assertThat(idle.closed).isNotDone();
        assertThat(works.closed).isNotDone();
        stage.settled(a, b);
    }

    @Test
    @Execution(CONCURRENT)
    void awayItIsSaidWithinTwoAndAHalfSecondsAndNothingRunsLater() throws Exception {
        start();
        stage.rehearse(a, b);
        TestWorker worker = stage.ready(b);
        stage.redis.freeze();
        long began = System.nanoTime();
        HttpResponse<String> refused = a.post("{\"data\":{\"refused\":1}}");
        double took = (System.nanoTime() - began) / 1e9;
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.body()).contains("\"code\":\"unavailable\"");
        assertThat(took)
                .as("2.5 s are promised, the rest is for a slow machine")
                .isBetween(0.0, 3.5);
        assertThat(a.get("/readyz").statusCode()).isEqualTo(503);
        assertThat(a.get("/livez").statusCode()).isEqualTo(200);
        TimeUnit.SECONDS.sleep(2);
        stage.redis.thaw();
        String next = stage.submit(a, TASK);
        assertThat(worker.awaitTask()).as("not the refused one").isEqualTo(next);
        worker.complete(next, "1");
        stage.awaitStatus(b, next, "completed");
        assertThat(worker.closed).isNotDone();
        stage.settled(a, b);
    }

    /** Leases run out meanwhile; nobody is given up for it. */
    @ParameterizedTest
    @ValueSource(ints = {1, 5, 30})
    @Execution(CONCURRENT)
    void frozenSoManySecondsWithTasksInEveryState(int seconds) throws Exception {
        start();
        TestWorker busy = stage.ready(b);
        CompletableFuture<String> held = stage.held(a, TASK);
        String running = busy.awaitTask();
        String queued = stage.submit(a, TASK);
        stage.redis.freeze();
        TimeUnit.SECONDS.sleep(seconds);
        assertThat(held).isNotDone();
        if (seconds > 5) {
            busy.complete(running, "\"meanwhile\"");
        }
        stage.redis.thaw();
        if (seconds <= 5) {
            busy.complete(running, "\"meanwhile\"");
        }
        assertThat(held.get(40, TimeUnit.SECONDS)).endsWith("\"result\":\"meanwhile\"}");
        assertThat(busy.awaitTask()).isEqualTo(queued);
        busy.complete(queued, "2");
        stage.awaitStatus(b, queued, "completed");
        assertThat(busy.closed).isNotDone();
        stage.settled(a, b);
    }

    @Test
    @Execution(CONCURRENT)
    void resultsForWhichThereIsNoMemoryAreAskedForAgain() throws Exception {
        start("MAX_BUFFERED_BYTES", "300000");
        String large = '"' + "x".repeat(80_000) + '"';
        TestWorker one = stage.ready(b);
        stage.submit(a, TASK);
        String first = one.awaitTask();
        TestWorker two = stage.ready(b);
        stage.submit(a, TASK);
        String second = two.awaitTask();
        stage.redis.freeze();
        one.complete(first, large);
        two.complete(second, large);
        // Over two sockets: whichever is read first has the room.
        await().atMost(Duration.ofSeconds(20)).until(() -> !one.gotNothing() || !two.gotNothing());
        TestWorker refused = one.gotNothing() ? two : one;
        String refusedId = refused == one ? first : second;
        String kept = refused == one ? second : first;
        assertThat(refused.await("error").path("code").asText()).isEqualTo("retry_later");
        stage.redis.thaw();
        stage.awaitStatus(a, kept, "completed");
        refused.complete(refusedId, large);
        stage.awaitStatus(a, refusedId, "completed");
        stage.settled(a, b);
    }

    @Test
    @Execution(CONCURRENT)
    void outOfMemoryNewTasksAreRefusedAndAnswersStillCount() throws Exception {
        start();
        TestWorker worker = stage.ready(b);
        CompletableFuture<String> held = stage.held(a, TASK);
        String running = worker.awaitTask();
        stage.ask(commands -> commands.configSet("maxmemory", "1"));
        HttpResponse<String> refused = a.post("{\"data\":{\"n\":2}}");
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.body()).doesNotContain("OOM", "maxmemory");
        worker.complete(running, "\"counts\"");
        assertThat(held.get(20, TimeUnit.SECONDS)).contains("\"counts\"");
        // Longer than a lease: heartbeats go on, or the worker would be given up.
        TimeUnit.SECONDS.sleep(12);
        stage.ask(commands -> commands.configSet("maxmemory", "0"));
        String epoch = stage.ask(it -> it.hget("td:{default}:worker:" + worker.id, "epoch"));
        assertThat(epoch).as("never registered anew").isEqualTo("1");
        stage.settled(a, b);
    }

    @Test
    @Execution(CONCURRENT)
    void aFullDiskRefusesEverythingAndLosesNothing() throws Exception {
        Tool.PRLIMIT.require();
        // The limit of a file's size stands for the disk's end; the signal that comes with it would end Redis.
        Path wrapper = dir.resolve("redis");
        Files.writeString(wrapper, "#!/bin/sh\ntrap '' XFSZ\nexec '" + TestRedis.binary(dir) + "' \"$@\"\n");
        Files.setPosixFilePermissions(wrapper, PosixFilePermissions.fromString("rwx------"));
        stage = new FaultStage(dir, wrapper.toString());
        a = stage.gateway();
        b = stage.gateway();
        TestWorker worker = stage.ready(b);
        CompletableFuture<String> held = stage.held(a, TASK);
        String running = worker.awaitTask();
        String queued = stage.submit(a, TASK);
        limitFiles("1000");
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            HttpResponse<String> refused = a.post("{\"data\":{\"refused\":1},\"async\":true}");
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body()).contains("unavailable").doesNotContain("MISCONF", "AOF", "disk");
        });
        assertThat(a.get("/readyz").statusCode()).isEqualTo(503);
        worker.complete(running, "\"kept\"");
        TimeUnit.SECONDS.sleep(2);
        assertThat(held).isNotDone();
        limitFiles("unlimited");
        assertThat(held.get(40, TimeUnit.SECONDS)).contains("\"kept\"");
        String next = worker.awaitTask();
        assertThat(next).isEqualTo(queued);
        worker.echoFromNowOn();
        worker.complete(next, "2");
        stage.awaitStatus(b, queued, "completed");
        assertThat(worker.closed).isNotDone();
        stage.settled(a, b);
    }

    private void limitFiles(String bytes) throws IOException, InterruptedException {
        int exit = new ProcessBuilder(
                        Tool.PRLIMIT.require(),
                        "--pid",
                        Long.toString(stage.redis.pid()),
                        "--fsize=" + bytes + ":unlimited")
                .inheritIO()
                .start()
                .waitFor();
        assertThat(exit).isZero();
    }

    @Test
    @Execution(CONCURRENT)
    void anEvictingRedisIsNotReady() throws Exception {
        start();
        assertThat(a.get("/readyz").statusCode()).isEqualTo(200);
        stage.ask(commands -> commands.configSet("maxmemory-policy", "allkeys-lru"));
        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            HttpResponse<String> ready = a.get("/readyz");
            assertThat(ready.statusCode()).isEqualTo(503);
            assertThat(ready.body()).contains("noeviction");
        });
        stage.ask(commands -> commands.configSet("maxmemory-policy", "noeviction"));
        await().atMost(Duration.ofSeconds(10)).until(() -> a.get("/readyz").statusCode() == 200);
        stage.settled(a, b);
    }

    @Test
    @Execution(CONCURRENT)
    void aReplicaThatTakesNoWritesIsNotReady() throws Exception {
        start();
        stage.ask(commands -> commands.replicaof("127.0.0.1", 1));
        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            HttpResponse<String> ready = a.get("/readyz");
            assertThat(ready.statusCode()).isEqualTo(503);
            assertThat(ready.body()).contains("read-only replica");
        });
        assertThat(a.post(TASK).statusCode()).isEqualTo(503);
        stage.ask(commands -> commands.replicaofNoOne());
        await().atMost(Duration.ofSeconds(10)).until(() -> a.get("/readyz").statusCode() == 200);
        stage.settled(a, b);
    }
}
