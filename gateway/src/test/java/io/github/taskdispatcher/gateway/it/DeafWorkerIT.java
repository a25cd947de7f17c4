package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;

/** Workers that read nothing of what is sent to them: they are cut off, and take neither memory nor a place meanwhile. */
class DeafWorkerIT {

    /** More than the kernel holds of a connection: it takes 4 MB for us at most, and little for a peer that asked so. */
    private static final String LARGE = "{\"data\":{\"x\":\"" + "x".repeat(6_000_000) + "\"},\"timeout\":300000}";

    @TempDir
    Path dir;

    private FaultStage stage;
    private GatewayProcess gateway;

    @BeforeEach
    void start() throws Exception {
        stage = new FaultStage(dir);
        gateway = stage.gateway("WS_PING_INTERVAL_MS", "1000", "WORKER_SILENCE_LIMIT_MS", "20000", "MAX_WORKERS", "2");
    }

    @AfterEach
    void stop() throws Exception {
        stage.close();
    }

    private long idle() {
        return stage.ask(it -> it.zcard("td:{default}:idle"));
    }

    @Test
    @Execution(CONCURRENT)
    void oneThatReadsNothingOfItsTaskIsCutAfterAMinuteAndTheOthersGoOn() throws Exception {
        try (RawWorker deaf = new RawWorker(gateway.port(), "default")) {
            deaf.ready();
            await().atMost(Duration.ofSeconds(10)).until(() -> idle() == 1);
            long began = System.nanoTime();
            CompletableFuture<String> held = stage.held(gateway, LARGE);
            await().atMost(Duration.ofSeconds(20)).until(() -> idle() == 0 || held.isDone());
            assertThat(held).as(() -> "answered " + held.join()).isNotDone();
            TestWorker other = stage.ready(gateway);
            other.echoFromNowOn();
            while (!held.isDone() && System.nanoTime() - began < TimeUnit.SECONDS.toNanos(120)) {
                assertThat(stage.held(gateway, "{\"data\":{}}").get(20, TimeUnit.SECONDS))
                        .contains("\"completed\"");
                TimeUnit.MILLISECONDS.sleep(500);
            }
            assertThat(held).isDone();
            assertThat(held.join()).contains("Worker disconnected", "worker_lost");
            assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began))
                    .as("s until it was cut")
                    .isBetween(60L, 90L);
            stage.settled(gateway);
        }
    }

    @Test
    @Execution(CONCURRENT)
    void oneThatPingsWithoutEndAndReadsNoPongIsCut() throws Exception {
        try (RawWorker deaf = new RawWorker(gateway.port(), "default")) {
            byte[] payload = new byte[125];
            for (int i = 0; i < 300_000; i++) {
                deaf.send(RawWorker.PING, payload);
            }
            assertThat(HeapOf.gateway(gateway).bytes())
                    .as("its pongs take no memory")
                    .isLessThan(32_000_000L);
            long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
            assertThatThrownBy(() -> {
                        while (System.nanoTime() < until) {
                            deaf.send(RawWorker.PING, payload);
                            TimeUnit.MILLISECONDS.sleep(1);
                        }
                    })
                    .isInstanceOf(IOException.class);
            stage.settled(gateway);
        }
    }

    @Test
    @Execution(CONCURRENT)
    void oneThatNeverAnswersItsCloseGivesItsPlaceBack() throws Exception {
        TestWorker other = stage.ready(gateway);
        try (RawWorker frozen = new RawWorker(gateway.port(), "default")) {
            frozen.ready();
            await().atMost(Duration.ofSeconds(10)).until(() -> idle() == 2);
            assertThatThrownBy(() -> TestWorker.silent(gateway, null)).hasMessageContaining("Handshake");
            // Closed with 1001 after 20 s, cut 10 s later.
            await().atMost(Duration.ofSeconds(90)).ignoreExceptions().until(() -> {
                TestWorker.silent(gateway, null).close();
                return true;
            });
            assertThat(other.closed).isNotDone();
        }
        stage.settled(gateway);
    }
}
