package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Large tasks for a worker with several slots that reads slowly, or not at all. */
class LargeTasksIT {

    private static RawWorker worker(GatewayProcess gateway, int slots) throws Exception {
        RawWorker worker = new RawWorker(gateway.port(), "default");
        worker.awaitText();
        worker.send(RawWorker.TEXT, ("{\"type\":\"hello\",\"slots\":" + slots + "}").getBytes(US_ASCII));
        worker.ready();
        return worker;
    }

    private static CompletableFuture<HttpResponse<String>> post(GatewayProcess gateway, String path, String body) {
        HttpRequest request = HttpRequest.newBuilder(gateway.uri(path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return GatewayProcess.HTTP.sendAsync(request, HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void fourPicturesAtOnceReachAWorkerThatIsBusyForTwoSeconds() throws Exception {
        String prefix = TestRedis.freshPrefix();
        String picture = "A".repeat(5 << 20);
        String body = "{\"model\":\"default\",\"messages\":[{\"role\":\"user\",\"content\":\"" + picture + "\"}]}";
        try (GatewayProcess gateway = GatewayProcess.on(TestRedis.url(), prefix);
                RawWorker worker = worker(gateway, 4)) {
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> gateway.get("/v1/models").statusCode() == 200);
            List<CompletableFuture<HttpResponse<String>>> held = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                held.add(post(gateway, "/v1/chat/completions", body));
            }
            TimeUnit.SECONDS.sleep(2);
            for (int i = 0; i < 4; i++) {
                JsonNode task = GatewayProcess.JSON.readTree(worker.awaitText());
                JsonNode payload = task.get("payload");
                assertThat(payload.get("messages").get(0).get("content").asText())
                        .isEqualTo(picture);
                assertThat(payload.get("body")).isEqualTo(GatewayProcess.JSON.readTree(body));
                String id = task.get("taskId").asText();
                assertThat(stored(prefix, id))
                        .as("bytes in Redis")
                        .isBetween((long) body.length(), body.length() + 300L);
                worker.send(
                        RawWorker.TEXT,
                        ("{\"type\":\"task_complete\",\"taskId\":\"" + id + "\",\"result\":\"ok\"}")
                                .getBytes(US_ASCII));
            }
            for (CompletableFuture<HttpResponse<String>> each : held) {
                HttpResponse<String> answer = each.get(20, TimeUnit.SECONDS);
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            }
        }
    }

    private static long stored(String prefix, String id) {
        try (RedisClient client = RedisClient.create(TestRedis.url())) {
            RedisCommands<String, String> redis = client.connect().sync();
            List<String> keys = redis.keys(prefix + "*" + id);
            return keys.stream()
                    .filter(key -> redis.type(key).equals("hash"))
                    .mapToLong(key -> redis.hstrlen(key, "payload"))
                    .max()
                    .orElseThrow();
        }
    }

    /** As many slots as there are tasks, but not as much memory: one worker may not take all of it. */
    @Test
    void whatAWorkerLeavesUnreadHasABound() throws Exception {
        int tasks = 16;
        String body = "{\"async\":true,\"data\":{\"x\":\"" + "x".repeat(2 << 20) + "\"}}";
        for (int bufferedMb : new int[] {15, 300}) {
            try (GatewayProcess gateway = GatewayProcess.on(
                            TestRedis.url(),
                            TestRedis.freshPrefix(),
                            "MAX_BODY_BYTES",
                            Integer.toString(3 << 20),
                            "MAX_BUFFERED_BYTES",
                            Integer.toString(bufferedMb << 20));
                    RawWorker deaf = worker(gateway, tasks)) {
                List<String> ids = new ArrayList<>();
                for (int i = 0; i < tasks; i++) {
                    HttpResponse<String> accepted =
                            post(gateway, "/api/openai", body).get(20, TimeUnit.SECONDS);
                    assertThat(accepted.statusCode()).as(accepted.body()).isIn(200, 202, 503);
                    if (accepted.statusCode() != 503) {
                        ids.add(GatewayProcess.JSON
                                .readTree(accepted.body())
                                .get("taskId")
                                .asText());
                    }
                }
                String first = ids.get(0);
                if (bufferedMb == 15) {
                    await().atMost(Duration.ofSeconds(30))
                            .until(() -> gateway.get("/api/task/" + first)
                                            .body()
                                            .contains("worker_lost")
                                    || gateway.get("/api/task/" + first).body().contains("Worker disconnected"));
                } else {
                    assertThat(ids).hasSize(tasks);
                    for (int i = 0; i < tasks; i++) {
                        assertThat(deaf.awaitText()).contains("\"type\":\"task\"");
                    }
                }
            }
        }
    }
}
