package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

import io.github.taskdispatcher.testkit.Audit;
import io.github.taskdispatcher.testkit.ChaosClients;
import io.github.taskdispatcher.testkit.ChaosWorker;
import io.github.taskdispatcher.testkit.FaultProxy;
import io.lettuce.core.KillArgs;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the gateways promise while the way to Redis is in trouble: cut, stalled, deaf, flapping. Each ends with the ledger. */
class LinkFaultsIT {

    private static final String TASK = "{\"data\":{\"n\":1},\"timeout\":120000}";
    private static final int SECONDS_OF_TROUBLE = 10;

    @TempDir
    Path dir;

    private FaultStage stage;
    /** The client's gateway. */
    private GatewayProcess a;
    /** The worker's gateway. */
    private GatewayProcess b;

    @BeforeEach
    void start() throws Exception {
        stage = new FaultStage(dir);
        a = stage.gateway();
        b = stage.gateway();
    }

    @AfterEach
    void stop() throws Exception {
        stage.close();
    }

    private interface Trouble {
        void make() throws Exception;
    }

    /** Clients and workers do what they do while there is trouble again and again; then it is quiet, and all must be well. */
    private void underLoad(int everyMs, Trouble trouble) throws Exception {
        ScheduledExecutorService timer = Executors.newScheduledThreadPool(6);
        List<ChaosWorker> workers = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                ChaosWorker worker = new ChaosWorker(GatewayProcess.HTTP, timer, this::anyPort, stage.ledger);
                workers.add(worker);
                worker.connect();
            }
            await().atMost(Duration.ofSeconds(20)).until(() -> workers.stream().allMatch(ChaosWorker::isConnected));
            ChaosClients clients = new ChaosClients(GatewayProcess.HTTP, timer, this::anyPort, stage.ledger);
            clients.start(3);
            long endAt = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_OF_TROUBLE);
            while (System.nanoTime() < endAt) {
                trouble.make();
                TimeUnit.MILLISECONDS.sleep(everyMs);
            }
            clients.stop();
            Audit audit = new Audit(stage.ledger, GatewayProcess.HTTP, this::anyPort, stage.redis.url());
            audit.await("every client has been answered", 60, clients::areAnswered);
            audit.awaitOutcomes(60);
            audit.awaitNothingLeft("td:{chaos}:", workers.size(), 50);
            assertThat(stage.ledger.acceptedIds()).isNotEmpty();
            assertThat(workers).allMatch(ChaosWorker::isConnected);
        } finally {
            workers.forEach(ChaosWorker::kill);
            timer.shutdownNow();
        }
        stage.settled(a, b);
    }

    private int anyPort() {
        return (ThreadLocalRandom.current().nextBoolean() ? a : b).port();
    }

    @Test
    @Execution(CONCURRENT)
    void cutFiveTimesASecond() throws Exception {
        long before = threads(a);
        underLoad(200, () -> {
            stage.linkOf(a).cut();
            stage.linkOf(b).cut();
        });
        assertThat(threads(a)).as("threads of a gateway after the storm").isLessThan(before + 60);
    }

    private static long threads(GatewayProcess gateway) throws Exception {
        return Files.readAllLines(Path.of("/proc", Long.toString(gateway.process.pid()), "status")).stream()
                .filter(line -> line.startsWith("Threads:"))
                .mapToLong(line -> Long.parseLong(line.substring(8).strip()))
                .findFirst()
                .orElseThrow();
    }

    @Test
    @Execution(CONCURRENT)
    void connectionsKilledByRedisAndScriptsForgotten() throws Exception {
        underLoad(
                300,
                () -> stage.ask(redis -> {
                    redis.scriptFlush();
                    redis.clientKill(KillArgs.Builder.typePubsub());
                    return redis.clientKill(KillArgs.Builder.typeNormal().skipme());
                }));
    }

    @Test
    @Execution(CONCURRENT)
    void scriptsForgottenAllTheTime() throws Exception {
        underLoad(20, () -> stage.ask(redis -> redis.scriptFlush()));
    }

    @Test
    @Execution(CONCURRENT)
    void subscriptionsThatAreTakenAwayAgainAndAgain() throws Exception {
        TestWorker worker = stage.ready(b);
        worker.echoFromNowOn();
        for (int i = 0; i < 20; i++) {
            stage.ask(redis -> redis.clientKill(KillArgs.Builder.typePubsub()));
            assertThat(stage.held(a, "{\"data\":{},\"timeout\":10000}").get(20, TimeUnit.SECONDS))
                    .contains("\"completed\"");
        }
        assertThat(worker.closed).isNotDone();
        stage.settled(a, b);
    }

    @Test
    @Execution(CONCURRENT)
    void subscriptionsThatAreDeadButDoNotLookItAreReplaced() throws Exception {
        stage.ready(b).echoFromNowOn();
        List<String> before = subscriberIds();
        assertThat(before).hasSize(2);
        stage.linkOf(a).deafenSubscribers();
        stage.linkOf(b).deafenSubscribers();
        assertThat(stage.held(a, TASK).get(20, TimeUnit.SECONDS)).contains("\"completed\"");
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(subscriberIds()).hasSize(2).doesNotContainAnyElementsOf(before));
        List<String> after = subscriberIds();
        stage.settled(a, b);
        assertThat(subscriberIds()).as("those that hear are left alone").containsExactlyInAnyOrderElementsOf(after);
    }

    private List<String> subscriberIds() {
        return stage.ask(redis -> redis.clientList())
                .lines()
                .filter(line -> line.contains(" name=td:gateway:") && line.contains(" sub=1 "))
                .map(line -> line.split(" ", 2)[0])
                .toList();
    }

    @Test
    @Execution(CONCURRENT)
    void hintsThatNobodyMaySendOrHear() throws Exception {
        stage.ready(b).echoFromNowOn();
        stage.ask(redis -> redis.aclSetuser("default", io.lettuce.core.AclSetuserArgs.Builder.resetChannels()));
        for (int i = 0; i < 3; i++) {
            long began = System.nanoTime();
            assertThat(stage.held(a, TASK).get(30, TimeUnit.SECONDS)).contains("\"completed\"");
            assertThat((System.nanoTime() - began) / 1e9)
                    .as("3 s are promised, the rest is for a slow machine")
                    .isLessThan(8);
        }
        stage.ask(redis -> redis.aclSetuser("default", io.lettuce.core.AclSetuserArgs.Builder.allChannels()));
        await().atMost(Duration.ofSeconds(30)).until(() -> subscriberIds().size() == 2);
        stage.settled(a, b);
    }

    @Test
    @Execution(CONCURRENT)
    void aLinkThatSwallowsRepliesRunsNoTaskTwice() throws Exception {
        stage.rehearse(a, b);
        TestWorker worker = stage.ready(b);
        stage.linkOf(a).swallowReplies();
        HttpResponse<String> refused = a.post(TASK);
        assertThat(refused.statusCode()).isEqualTo(503);
        stage.linkOf(a).cut();
        stage.linkOf(a).heal();
        // It had reached Redis and then the worker before the client was told: it runs, once.
        String first = worker.awaitTask();
        worker.complete(first, "1");
        String next = stage.submit(a, TASK);
        assertThat(next).isNotEqualTo(first);
        assertThat(worker.awaitTask()).isEqualTo(next);
        worker.complete(next, "1");
        stage.awaitStatus(a, next, "completed");
        assertThat(worker.gotNothing()).isTrue();
        stage.settled(a, b);
    }

    /** The task ended in time, and the client's gateway cannot know: it must not tell an outcome that it made up. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @Execution(CONCURRENT)
    void aDeadlineWithoutAWayToRedisIsNoOutcome(boolean stalled) throws Exception {
        TestWorker worker = stage.ready(b);
        CompletableFuture<String> answer = stage.held(a, "{\"data\":{},\"timeout\":5000}");
        String id = worker.awaitTask();
        // The gateway notes the group after the worker has the task: without the note no other gateway finds the task.
        stage.awaitStatus(b, id, "executing");
        if (stalled) {
            stage.linkOf(a).stall();
        } else {
            stage.linkOf(a).refuse();
        }
        worker.complete(id, "1");
        stage.awaitStatus(b, id, "completed");
        assertThat(answer.get(20, TimeUnit.SECONDS)).isEqualTo("{\"taskId\":\"" + id + "\",\"status\":\"executing\"}");
        stage.linkOf(a).heal();
        stage.awaitStatus(a, id, "completed");
        stage.settled(a, b);
    }

    /** 500 requests, for the machines that build this are small; what is held costs the same each. */
    @Test
    @Execution(CONCURRENT)
    void manyHeldRequestsAndNoWayToRedisForTenSeconds() throws Exception {
        TestWorker worker = stage.ready(b);
        List<CompletableFuture<String>> held = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            held.add(stage.held(a, TASK));
        }
        await().atMost(Duration.ofSeconds(60)).until(() -> stage.queue().size() == 499);
        for (FaultProxy link : List.of(stage.linkOf(a), stage.linkOf(b))) {
            link.refuse();
        }
        TimeUnit.SECONDS.sleep(10);
        assertThat(held).noneMatch(CompletableFuture::isDone);
        assertThat(a.get("/livez").statusCode()).isEqualTo(200);
        stage.linkOf(a).heal();
        stage.linkOf(b).heal();
        worker.echoFromNowOn();
        for (CompletableFuture<String> one : held) {
            assertThat(one.get(60, TimeUnit.SECONDS)).contains("\"completed\"");
        }
        assertThat(worker.closed).isNotDone();
        stage.settled(a, b);
    }
}
