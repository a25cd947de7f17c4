package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.taskdispatcher.gateway.test.TestRedis;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code ./dispatcher} on a machine that has Java and the programs that the launcher is written in, and nothing else: the
 * bundled Redis runs. {@code .ci/newcomer} does the same with a clean clone and the whole README.
 */
class NewcomerIT {

    /** What the launcher uses. A program that is added there is something a newcomer must have. */
    private static final List<String> PROGRAMS = List.of(
            "sh", "dirname", "find", "head", "ls", "cksum", "cat", "date", "mkdir", "mv", "rm", "touch", "sleep");

    @TempDir
    Path bin;

    @TempDir
    Path home;

    private final List<Process> processes = new ArrayList<>();

    @BeforeEach
    void makeMachine() throws IOException {
        for (String program : PROGRAMS) {
            Path found = Arrays.stream(System.getenv("PATH").split(":"))
                    .map(directory -> Path.of(directory, program))
                    .filter(Files::isExecutable)
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(program + " is missing"));
            script(program, found);
        }
        script("java", Path.of(System.getProperty("java.home"), "bin", "java"));
    }

    private void script(String name, Path program) throws IOException {
        Path file = Files.writeString(bin.resolve(name), "#!/bin/sh\nexec '" + program + "' \"$@\"\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    @AfterEach
    void stop() throws Exception {
        for (Process process : processes) {
            process.destroy();
            assertThat(process.waitFor(45, TimeUnit.SECONDS)).isTrue();
        }
    }

    private Process dispatcher(Path output, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(GatewayProcess.ROOT.resolve("dispatcher").toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(home.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().clear();
        builder.environment().put("PATH", bin.toString());
        builder.environment().put("HOME", home.toString());
        builder.environment().put("PORT", "0");
        Process process = builder.start();
        processes.add(process);
        return process;
    }

    private static void awaitText(Path output, String text) {
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(Files.readString(output)).contains(text));
    }

    @Test
    void theDemo() throws Exception {
        Path told = home.resolve("told");
        Process demo = dispatcher(told, "demo");
        assertThat(demo.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(demo.exitValue()).as(Files.readString(told)).isZero();
        assertThat(Files.readString(told)).contains("task 12 read from");
    }

    @Test
    void aGatewayAWorkerAndATask() throws Exception {
        Path told = home.resolve("gateway");
        dispatcher(told, "start");
        awaitText(told, "listens on");
        String address = Files.readString(told).replaceFirst("(?s).*listens on (\\S+).*", "$1");
        Path worked = home.resolve("worker");
        dispatcher(worked, "worker", "--url", address.replace("http", "ws"));
        awaitText(worked, "connected as");
        var request = HttpRequest.newBuilder(URI.create(address + "/api/openai"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"data\":{\"n\":1}}"))
                .build();
        var response = GatewayProcess.HTTP.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(response.body()).contains("\"status\":\"completed\"", "\"n\":1");
        assertThat(home.resolve("data/redis/bin")).isNotEmptyDirectory();
        stop();
        assertThat(Files.readString(told)).contains("Stopped.");
        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> assertThat(home.resolve("data/redis/redis.pid"))
                .as("Redis has ended with its gateway")
                .doesNotExist());
    }

    @Test
    void aWorkerWithAWrongAddressIsToldHowToWriteIt() throws Exception {
        Path told = home.resolve("told");
        Process worker = dispatcher(told, "worker", "--url", "localhost:" + TestRedis.freePort());
        assertThat(worker.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(worker.exitValue()).isEqualTo(2);
        assertThat(Files.readString(told))
                .contains("write it like ws://localhost:3000")
                .doesNotContain("\tat ");
    }

    @Test
    void keysAreLongAndNoTwoAreAlike() throws Exception {
        Path told = home.resolve("told");
        assertThat(dispatcher(told, "key").waitFor(30, TimeUnit.SECONDS)).isTrue();
        String first = Files.readString(told).strip();
        assertThat(first).matches("[0-9a-f]{48}");
        assertThat(dispatcher(told, "key").waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(Files.readString(told).strip()).matches("[0-9a-f]{48}").isNotEqualTo(first);
    }
}
