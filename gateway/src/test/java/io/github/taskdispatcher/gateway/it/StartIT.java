package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.taskdispatcher.gateway.test.RedisProgram;
import io.github.taskdispatcher.gateway.test.TestRedis;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@code ./dispatcher} as a user runs it: its own Redis, a kill, a wrong setting, the demo. */
class StartIT {

    @TempDir
    Path data;

    @TempDir
    Path tools;

    private Map<String, String> environment(RedisProgram program) throws IOException {
        return Map.of("DATA_DIR", data.resolve("my data").toString(), "LOG_LEVEL", "warn", "PATH", program.path(tools));
    }

    private static void kill(long pid) throws Exception {
        ProcessHandle process = ProcessHandle.of(pid).orElseThrow();
        process.destroyForcibly();
        process.onExit().get(10, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @EnumSource
    void aKilledGatewayFindsItsRedisAndItsTasksAgain(RedisProgram program) throws IOException {
        Map<String, String> environment = environment(program);
        GatewayProcess first = new GatewayProcess(environment);
        String running;
        String waiting;
        TestWorker worker = TestWorker.ready(first, null);
        running = first.submit("{\"data\":{}}");
        assertThat(worker.awaitTask()).isEqualTo(running);
        waiting = first.submit("{\"data\":{\"n\":2}}");
        first.kill();

        GatewayProcess second = new GatewayProcess(environment);
        try {
            second.port();
            await().atMost(Duration.ofSeconds(5))
                    .until(() -> second.output.stream().anyMatch(line -> line.contains("was running")));
            assertThat(second.task(waiting).path("position").asInt()).isEqualTo(1);
            completeThrough(second, waiting);
        } finally {
            second.close();
        }
        Path redis = data.resolve("my data").resolve("redis");
        await().atMost(Duration.ofSeconds(5)).until(() -> !Files.exists(redis.resolve("redis.pid")));

        GatewayProcess third = new GatewayProcess(environment);
        try {
            assertThat(third.task(waiting).path("status").asText()).isEqualTo("completed");
        } finally {
            third.close();
        }
    }

    private static void completeThrough(GatewayProcess gateway, String task) {
        try (TestWorker worker = TestWorker.ready(gateway, null)) {
            assertThat(worker.awaitTask()).isEqualTo(task);
            worker.complete(task, "2");
            await().atMost(Duration.ofSeconds(5))
                    .until(() -> gateway.task(task).path("status").asText().equals("completed"));
        }
    }

    /** Both are killed: the next gateway starts Redis on the same data. */
    @ParameterizedTest
    @EnumSource
    void aKilledGatewayAndAKilledRedisLoseNoTask(RedisProgram program) throws Exception {
        Map<String, String> environment = environment(program);
        GatewayProcess first = new GatewayProcess(environment);
        String waiting;
        try (TestWorker busy = TestWorker.ready(first, null)) {
            String running = first.submit("{\"data\":{}}");
            assertThat(busy.awaitTask()).isEqualTo(running);
            waiting = first.submit("{\"data\":{\"n\":2}}");
        }
        first.kill();
        Path pidFile = data.resolve("my data").resolve("redis").resolve("redis.pid");
        kill(Long.parseLong(Files.readString(pidFile).strip()));

        GatewayProcess second = new GatewayProcess(environment);
        try {
            assertThat(second.task(waiting).path("position").asInt()).isEqualTo(1);
            completeThrough(second, waiting);
        } finally {
            second.close();
        }
    }

    /** Redis alone is killed: its gateway starts it again, and workers and tasks go on. */
    @ParameterizedTest
    @EnumSource
    void aKilledRedisIsBackWithinSeconds(RedisProgram program) throws Exception {
        GatewayProcess gateway = new GatewayProcess(environment(program));
        try (TestWorker worker = TestWorker.ready(gateway, null)) {
            String running = gateway.submit("{\"data\":{}}");
            assertThat(worker.awaitTask()).isEqualTo(running);
            String waiting = gateway.submit("{\"data\":{\"n\":2}}");
            Path pidFile = data.resolve("my data").resolve("redis").resolve("redis.pid");
            kill(Long.parseLong(Files.readString(pidFile).strip()));
            worker.complete(running, "1");
            await().atMost(Duration.ofSeconds(30)).until(() -> waiting.equals(worker.awaitTask()));
            worker.complete(waiting, "2");
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> gateway.task(waiting).path("status").asText().equals("completed"));
            assertThat(gateway.task(running).path("result").asInt()).isEqualTo(1);
            assertThat(worker.closed).isNotDone();
        } finally {
            gateway.close();
        }
        assertThat(data.resolve("my data").resolve("redis").resolve("redis.pid"))
                .as("a Redis that was started again ends with its gateway")
                .doesNotExist();
    }

    @ParameterizedTest
    @EnumSource
    void aSecondGatewayOfTheSameDirectoryJoins(RedisProgram program) throws IOException {
        Map<String, String> environment = environment(program);
        GatewayProcess first = new GatewayProcess(environment);
        first.port();
        GatewayProcess second = new GatewayProcess(environment);
        try (TestWorker worker = TestWorker.echo(second, null)) {
            assertThat(first.post("{\"data\":{}}").statusCode()).isEqualTo(200);
            first.close();
            assertThat(second.post("{\"data\":{}}").statusCode()).isEqualTo(200);
            assertThat(worker.closed).isNotDone();
        } finally {
            first.close();
            second.close();
        }
    }

    @Test
    void everyWrongSettingIsNamedAtOnce() throws Exception {
        GatewayProcess gateway = new GatewayProcess(
                Map.of("TASK_TIMEOUT_MS", "abc", "MAX_QUEUE_LENGTH", "0", "REDIS_URL", "nonsense://:secret@x"));
        assertThat(gateway.process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(gateway.process.exitValue()).isEqualTo(1);
        await().untilAsserted(() -> assertThat(String.join("\n", gateway.output))
                .contains("TASK_TIMEOUT_MS=abc", "MAX_QUEUE_LENGTH=0", "REDIS_URL must look like")
                .doesNotContain("secret", "\tat "));
    }

    @Test
    void aRedisThatCannotBeReachedIsNamed() throws Exception {
        int port = TestRedis.freePort();
        GatewayProcess gateway = new GatewayProcess(Map.of("REDIS_URL", "redis://:secret@127.0.0.1:" + port));
        assertThat(gateway.process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(gateway.process.exitValue()).isEqualTo(1);
        await().untilAsserted(() -> assertThat(String.join("\n", gateway.output))
                .contains("Redis cannot be reached", Integer.toString(port))
                .doesNotContain("secret", "\tat "));
    }

    @Test
    void theDemoTellsAStoryAndEnds() throws Exception {
        Process demo = new ProcessBuilder(
                        GatewayProcess.ROOT.resolve("dispatcher").toString(), "demo")
                .directory(data.toFile())
                .redirectErrorStream(true)
                .start();
        String told = new String(demo.getInputStream().readAllBytes(), UTF_8);
        assertThat(demo.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(demo.exitValue()).as(told).isZero();
        assertThat(told)
                .containsPattern("(A|B) is dead")
                .containsPattern("task 12 read from .: completed, by the worker");
    }
}
