package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.taskdispatcher.gateway.test.TestRedis;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients that submit more than the workers can do, over two gateways: the workers do what they can, the rest is refused. */
class GoodputIT {

    private static final long RUN_MS = 1_000;
    private static final long TIMEOUT_MS = 4_000;
    private static final long WARM_UP_MS = 12_000;
    private static final long MEASURED_MS = 20_000;

    private final String prefix = TestRedis.freshPrefix();
    private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(2);
    private GatewayProcess a;
    private GatewayProcess b;

    @BeforeEach
    void start() {
        a = GatewayProcess.on(TestRedis.url(), prefix, "MIN_TASK_TIMEOUT_MS", "1000");
        b = GatewayProcess.on(TestRedis.url(), prefix, "MIN_TASK_TIMEOUT_MS", "1000");
    }

    @AfterEach
    void stop() {
        timer.shutdownNow();
        Closing.all(Closing.killed(a), Closing.killed(b));
    }

    /** One group with one worker, and clients that submit `load` times what it can do, at both gateways in turn. */
    private final class Crowd {
        final int load;
        final boolean async;
        final boolean honoursCancel;
        final String group;
        final PacedWorker worker;
        final Queue<HttpResponse<String>> refusals = new ConcurrentLinkedQueue<>();
        private final AtomicInteger sent = new AtomicInteger();

        Crowd(int load, boolean async, boolean honoursCancel) {
            this.load = load;
            this.async = async;
            this.honoursCancel = honoursCancel;
            group = "load" + load + (async ? "async" : "sync") + (honoursCancel ? "" : "deaf");
            worker = new PacedWorker(a, group, RUN_MS, honoursCancel, timer);
            timer.scheduleAtFixedRate(this::submit, 500, RUN_MS / load, TimeUnit.MILLISECONDS);
        }

        private void submit() {
            GatewayProcess gateway = sent.incrementAndGet() % 2 == 0 ? a : b;
            gateway.postAsync(task(group, TIMEOUT_MS, async)).thenAccept(response -> {
                if (response.statusCode() == 503) {
                    refusals.add(response);
                }
            });
        }

        /** Of the time between both, the share that the worker spent on tasks that completed. */
        double share(long from, long to) {
            long completed = worker.got.stream()
                    .filter(got -> got.nanos() >= from && got.nanos() < to)
                    .filter(got -> a.task(got.taskId()).path("status").asText().equals("completed"))
                    .count();
            return completed * (double) TimeUnit.MILLISECONDS.toNanos(RUN_MS) / (to - from);
        }

        @Override
        public String toString() {
            return group + ", " + sent + " sent, " + refusals.size() + " refused, " + worker.got.size() + " handed out";
        }
    }

    private static String task(String group, long timeoutMs, boolean async) {
        return "{\"data\":{},\"group\":\"" + group + "\",\"timeout\":" + timeoutMs + (async ? ",\"async\":true}" : "}");
    }

    @Test
    void workersDoWhatTheyCanWhateverTheLoad() throws InterruptedException {
        List<Crowd> crowds = new ArrayList<>();
        for (int load : new int[] {2, 5, 20}) {
            crowds.add(new Crowd(load, true, load != 5));
            crowds.add(new Crowd(load, false, load == 5));
        }
        // The measured time: no moment of it has a name.
        TimeUnit.MILLISECONDS.sleep(WARM_UP_MS);
        long from = System.nanoTime();
        TimeUnit.MILLISECONDS.sleep(MEASURED_MS);
        long to = System.nanoTime();
        TimeUnit.MILLISECONDS.sleep(TIMEOUT_MS + 2 * RUN_MS);
        for (Crowd crowd : crowds) {
            double share = crowd.share(from, to);
            assertThat(share).as(crowd.toString()).isGreaterThanOrEqualTo(0.8);
            assertThat(crowd.refusals).as(crowd.toString()).isNotEmpty().allSatisfy(GoodputIT::saysWhen);
        }
    }

    private static void saysWhen(HttpResponse<String> refusal) {
        JsonNode body = GatewayProcess.json(refusal);
        assertThat(body.path("code").asText()).isEqualTo("not_in_time");
        assertThat(body.path("error").asText()).startsWith("Not in time: ");
        assertThat(refusal.headers().firstValueAsLong("Retry-After").orElse(0)).isBetween(1L, 60L);
        assertThat(body.has("taskId")).isFalse();
    }

    /** Three runs of a second, and then a task that runs and some that wait, until the next one is refused. */
    private void crowd(String group) {
        for (int i = 0; i < 3; i++) {
            assertThat(a.post(task(group, 10_000, false)).statusCode()).isEqualTo(200);
        }
        HttpResponse<String> response;
        do {
            response = b.post(task(group, 2_500, true));
        } while (response.statusCode() == 200);
        saysWhen(response);
    }

    private static HttpResponse<String> send(GatewayProcess gateway, String path, String body, String... headers) {
        HttpRequest request = HttpRequest.newBuilder(gateway.uri(path))
                .header("Content-Type", "application/json")
                .headers(headers)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return GatewayProcess.HTTP
                .sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
    }

    @Test
    void aRefusedTaskRunsWhenItsKeyComesAgain() {
        try (PacedWorker worker = new PacedWorker(a, "g", RUN_MS, true, timer)) {
            crowd("g");
            String[] key = {"Idempotency-Key", "once"};
            saysWhen(send(a, "/api/openai", task("g", 2_500, true), key));
            saysWhen(send(b, "/api/openai", task("g", 2_500, true), key));
            await().atMost(Duration.ofSeconds(20))
                    .until(() ->
                            send(b, "/api/openai", task("g", 2_500, true), key).statusCode() == 200);
            JsonNode accepted = GatewayProcess.json(send(a, "/api/openai", task("g", 2_500, true), key));
            String id = accepted.path("taskId").asText();
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> a.task(id).path("status").asText().equals("completed"));
            assertThat(worker.got.stream().filter(got -> got.taskId().equals(id)))
                    .hasSize(1);
        }
    }

    @Test
    void aTaskWaitsNoLongerThanItsQueueTimeout() {
        try (PacedWorker worker = new PacedWorker(a, "g", 4_000, true, timer)) {
            a.submit("{\"data\":{},\"group\":\"g\"}");
            await().atMost(Duration.ofSeconds(10)).until(() -> !worker.got.isEmpty());
            HttpResponse<String> late = b.post("{\"data\":{},\"group\":\"g\",\"queueTimeout\":500}");
            assertThat(late.statusCode()).isEqualTo(500);
            assertThat(GatewayProcess.json(late).path("code").asText()).isEqualTo("task_timeout");
            assertThat(GatewayProcess.json(late).path("error").asText())
                    .isEqualTo("Task timeout: no worker was free within queueTimeout");
            HttpResponse<String> patient = b.post("{\"data\":{},\"group\":\"g\",\"queueTimeout\":20000}");
            assertThat(patient.statusCode()).as(patient.body()).isEqualTo(200);
            assertThat(worker.got).hasSize(2);
        }
    }

    /** As the guide's route, by its header before the member of its body. */
    @Test
    void aTaskOfAnSdkWaitsNoLongerThanItsQueueTimeout() {
        String chat = "{\"model\":\"g\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]";
        try (PacedWorker worker = new PacedWorker(a, "g", 15_000, true, timer)) {
            a.submit("{\"data\":{},\"group\":\"g\"}");
            await().atMost(Duration.ofSeconds(10)).until(() -> !worker.got.isEmpty());
            String[] path = {"/v1/chat/completions"};
            HttpResponse<String> byHeader =
                    send(b, path[0], chat + ",\"queueTimeout\":20000}", "X-Task-Queue-Timeout", "500");
            HttpResponse<String> byBody = send(b, path[0], chat + ",\"queueTimeout\":500}", "X-Task-Timeout", "20000");
            for (HttpResponse<String> late : List.of(byHeader, byBody)) {
                assertThat(late.statusCode()).as(late.body()).isEqualTo(504);
                assertThat(GatewayProcess.json(late).at("/error/code").asText()).isEqualTo("task_timeout");
                assertThat(GatewayProcess.json(late).at("/error/message").asText())
                        .isEqualTo("Task timeout: no worker was free within queueTimeout");
            }
            HttpResponse<String> patient = send(b, path[0], chat + "}", "X-Task-Queue-Timeout", "20000");
            assertThat(patient.statusCode()).as(patient.body()).isEqualTo(200);
            assertThat(worker.got).hasSize(2);
        }
    }

    @Test
    void anSdkIsToldWhenToTryAgain() {
        try (PacedWorker worker = new PacedWorker(a, "g", RUN_MS, true, timer)) {
            crowd("g");
            HttpResponse<String> refusal = send(
                    b,
                    "/v1/chat/completions",
                    "{\"model\":\"m\",\"group\":\"g\",\"timeout\":2500,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}",
                    "Accept",
                    "application/json");
            assertThat(refusal.statusCode()).isEqualTo(503);
            assertThat(GatewayProcess.json(refusal).at("/error/code").asText()).isEqualTo("not_in_time");
            assertThat(refusal.headers().firstValueAsLong("Retry-After").orElse(0))
                    .isBetween(1L, 60L);
            assertThat(refusal.headers().firstValue("x-should-retry")).isEmpty();
            assertThat(worker.got).isNotEmpty();
        }
    }
}
