package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.taskdispatcher.testkit.Audit;
import io.github.taskdispatcher.testkit.ChaosWorker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Gateways replaced one after the other while clients go on, as behind a load balancer: nobody notices. */
class RollingRestartIT {

    private static final int CLIENTS = 4;

    private final AtomicLong requests = new AtomicLong();
    private final Queue<String> notices = new ConcurrentLinkedQueue<>();
    /** Where new requests and workers are sent. */
    private final List<GatewayProcess> serving = new CopyOnWriteArrayList<>();

    private final CountDownLatch clients = new CountDownLatch(CLIENTS);
    private volatile boolean over;

    private int anyPort() {
        return any().port();
    }

    private GatewayProcess any() {
        List<GatewayProcess> now = List.copyOf(serving);
        return now.get(ThreadLocalRandom.current().nextInt(now.size()));
    }

    /** One request after the other, each held until its task has ended. */
    private void submit(FaultStage stage) {
        while (!over) {
            long number = requests.incrementAndGet();
            String body = "{\"group\":\"chaos\",\"data\":{\"number\":" + number + ",\"takes\":"
                    + ThreadLocalRandom.current().nextInt(300) + "}}";
            try {
                String answer = stage.held(any(), body).get(90, TimeUnit.SECONDS);
                if (!answer.contains("\"result\":{\"number\":" + number + "}")) {
                    notices.add(number + ": " + answer);
                }
            } catch (Exception broken) {
                notices.add(number + ": " + broken);
            }
        }
        clients.countDown();
    }

    @Test
    void everyTaskCompletesAndNoHeldRequestBreaks(@TempDir Path dir) throws Exception {
        ScheduledExecutorService timer = Executors.newScheduledThreadPool(4 + CLIENTS);
        List<ChaosWorker> workers = new ArrayList<>();
        try (FaultStage stage = new FaultStage(dir)) {
            serving.add(stage.gateway());
            serving.add(stage.gateway());
            for (int i = 0; i < 4; i++) {
                ChaosWorker worker = new ChaosWorker(GatewayProcess.HTTP, timer, this::anyPort, stage.ledger);
                workers.add(worker);
                worker.connect();
            }
            await().atMost(Duration.ofSeconds(20)).until(() -> workers.stream().allMatch(ChaosWorker::isConnected));
            for (int i = 0; i < CLIENTS; i++) {
                timer.execute(() -> submit(stage));
            }
            for (int round = 0; round < 4; round++) {
                long before = requests.get();
                await().atMost(Duration.ofSeconds(30)).until(() -> requests.get() > before + 20);
                serving.add(stage.gateway());
                GatewayProcess old = serving.remove(0);
                // SIGTERM, with requests held there and workers at work.
                old.close();
            }
            over = true;
            assertThat(clients.await(90, TimeUnit.SECONDS)).isTrue();
            Audit audit = new Audit(stage.ledger, GatewayProcess.HTTP, this::anyPort, stage.redis.url());
            audit.awaitOutcomes(60);
            audit.awaitNothingLeft("td:{chaos}:", workers.size(), 50);
            assertThat(notices).as("of %d requests", requests.get()).isEmpty();
            stage.settled(serving.toArray(GatewayProcess[]::new));
        } finally {
            over = true;
            workers.forEach(ChaosWorker::kill);
            timer.shutdownNow();
        }
    }
}
