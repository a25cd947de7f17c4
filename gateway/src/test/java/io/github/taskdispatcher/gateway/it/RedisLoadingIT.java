package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.taskdispatcher.gateway.test.TestRedis;
import io.lettuce.core.ScriptOutputType;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Redis that loads its data until the test lets it end: a start waits for it, and a gateway that runs treats it as away. */
class RedisLoadingIT {

    private static final String TASK = "{\"data\":{\"n\":1},\"timeout\":120000}";
    /** In microseconds for each entry. Redis looks after its connections once in 1,024 entries. */
    private static final String DELAY = "20";

    private static final int ENTRIES = 1_200_000;

    @TempDir
    private Path dir;

    private FaultStage stage;

    @BeforeEach
    void fill() throws Exception {
        Path slow = dir.resolve("redis");
        Files.writeString(
                slow, "#!/bin/sh\nexec '" + TestRedis.binary(dir) + "' \"$@\" --key-load-delay " + DELAY + "\n");
        Files.setPosixFilePermissions(slow, PosixFilePermissions.fromString("rwx------"));
        stage = new FaultStage(dir, slow.toString());
        for (int i = 0; i < ENTRIES; i += 30_000) {
            String first = Integer.toString(i);
            stage.ask(redis -> redis.eval(
                    "for i = 1, 30000 do redis.call('SET', 'fill' .. ARGV[1] .. ':' .. i, 'x') end",
                    ScriptOutputType.VALUE,
                    new String[0],
                    first));
        }
    }

    @AfterEach
    void stop() throws Exception {
        if (stage != null) {
            stage.close();
        }
    }

    @Test
    void aStartWaitsAndSaysSo() throws Exception {
        stage.redis.kill();
        stage.redis.start();
        GatewayProcess gateway =
                new GatewayProcess(Map.of("REDIS_URL", stage.redis.url(), "LOG_LEVEL", "warn", "PORT", "0"));
        try {
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> loadingLines(gateway).size() >= 3);
            assertThat(gateway.output).noneMatch(line -> line.contains("listens on"));
            loadTheRestAtOnce();
            assertThat(loadingLines(gateway)).anyMatch(line -> line.contains(" %, about "));
            gateway.port();
            try (TestWorker worker = TestWorker.echo(gateway, null)) {
                assertThat(gateway.post(TASK).statusCode()).isEqualTo(200);
                assertThat(worker.closed).isNotDone();
            }
            assertThat(gateway.output).noneMatch(line -> line.contains("\tat "));
        } finally {
            gateway.close();
        }
    }

    /** So that the test need not wait; Redis takes this while it loads. */
    private void loadTheRestAtOnce() throws IOException {
        try (Socket socket = new Socket("127.0.0.1", stage.redis.port())) {
            socket.getOutputStream().write("CONFIG SET key-load-delay 0\r\n".getBytes(US_ASCII));
            assertThat(new String(socket.getInputStream().readNBytes(3), US_ASCII))
                    .isEqualTo("+OK");
        }
    }

    private static List<String> loadingLines(GatewayProcess gateway) {
        return gateway.output.stream()
                .filter(line -> line.contains("Redis at 127.0.0.1:") && line.contains("is loading its data"))
                .toList();
    }

    @Test
    void aRestartKeepsTasksAndStreams() throws Exception {
        GatewayProcess a = stage.gateway();
        GatewayProcess b = stage.gateway();
        TestWorker worker = stage.ready(b);
        CompletableFuture<String> held = stage.held(a, TASK);
        String running = worker.awaitTask();
        String queued = stage.submit(a, TASK);
        stage.redis.kill();
        stage.redis.start();
        await().atMost(Duration.ofSeconds(40))
                .until(() -> a.get("/readyz").body().contains("Redis is loading its data"));
        // Kept until Redis takes it, as while Redis is away.
        worker.send("{\"type\":\"task_chunk\",\"taskId\":\"" + running + "\",\"chunk\":\"while it loads\"}");
        long began = System.nanoTime();
        HttpResponse<String> refused = a.post("{\"data\":{\"refused\":1}}");
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.body()).contains("\"code\":\"unavailable\"");
        assertThat((System.nanoTime() - began) / 1e9)
                .as("2.5 s are promised, the rest is for a slow machine")
                .isLessThan(5);
        assertThat(a.get("/readyz").statusCode())
                .as("Redis loads for longer than that")
                .isEqualTo(503);
        loadTheRestAtOnce();
        await().atMost(Duration.ofSeconds(60)).until(() -> a.get("/readyz").statusCode() == 200);
        try (EventClient events = EventClient.events(a, running)) {
            assertThat(events.event("chunk").data()).contains("while it loads");
        }
        worker.complete(running, "\"kept\"");
        assertThat(held.get(40, TimeUnit.SECONDS)).contains("\"kept\"");
        assertThat(worker.awaitTask()).isEqualTo(queued);
        worker.complete(queued, "2");
        stage.awaitStatus(a, queued, "completed");
        assertThat(worker.closed).isNotDone();
        stage.settled(a, b);
    }
}
