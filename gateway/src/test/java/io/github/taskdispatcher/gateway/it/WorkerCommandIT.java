package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.testing.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code dispatcher worker} as a process: its options, a gateway that goes away, a key that is refused, Ctrl-C. */
class WorkerCommandIT {

    private static final String KEY = "worker-key-for-all";
    private static final String NARROW_KEY = "worker-key-for-gpu";

    @TempDir
    Path dir;

    private final String prefix = TestRedis.freshPrefix();
    private final List<Process> workers = new ArrayList<>();
    private final List<GatewayProcess> gateways = new ArrayList<>();

    @AfterEach
    void stop() {
        workers.forEach(Process::destroyForcibly);
        gateways.forEach(GatewayProcess::kill);
    }

    private GatewayProcess gateway(String... settings) {
        GatewayProcess gateway = GatewayProcess.on(TestRedis.url(), prefix, settings);
        gateways.add(gateway);
        return gateway;
    }

    /** Returns the file that holds what the worker prints. */
    private Path worker(Map<String, String> environment, String... options) throws IOException {
        Path printed = dir.resolve("worker" + workers.size());
        List<String> command = PackagedJar.command("worker");
        command.addAll(List.of(options));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(printed.toFile());
        for (String name : List.of("GATEWAY_URL", "GROUP", "WORKER_KEY")) {
            builder.environment().remove(name);
        }
        builder.environment().putAll(environment);
        workers.add(builder.start());
        return printed;
    }

    private static String url(GatewayProcess gateway) {
        return "ws://127.0.0.1:" + gateway.port();
    }

    private static void awaitText(Path printed, String text) {
        await().atMost(Duration.ofSeconds(40))
                .untilAsserted(() -> assertThat(Files.readString(printed)).contains(text));
    }

    private void refused(Path printed, String reason) throws Exception {
        Process worker = workers.get(workers.size() - 1);
        assertThat(worker.waitFor(30, TimeUnit.SECONDS))
                .as("the worker ends; it prints " + Files.readString(printed))
                .isTrue();
        assertThat(Files.readString(printed)).contains(reason).doesNotContain("\tat ", KEY, NARROW_KEY);
        assertThat(worker.exitValue()).isEqualTo(1);
    }

    @Test
    void aRefusedWorkerEndsAndSaysWhatToChange() throws Exception {
        String url = url(gateway("WORKER_KEYS", KEY + "," + NARROW_KEY + "=gpu"));
        refused(worker(Map.of(), "--url", url), "asks for a key: set WORKER_KEY");
        refused(worker(Map.of("WORKER_KEY", "a-key-that-was-guessed"), "--url", url), "does not know this WORKER_KEY");
        refused(worker(Map.of(), "--url", url, "--key", NARROW_KEY), "does not serve the group");
        refused(worker(Map.of(), "--url", url, "--key", KEY, "--group", "no group"), "refuses the group");
    }

    @Test
    void theKeyAndTheGroupComeFromTheOptionsOrTheEnvironment() throws Exception {
        GatewayProcess gateway = gateway("WORKER_KEYS", KEY + "," + NARROW_KEY + "=gpu");
        awaitText(worker(Map.of(), "--url", url(gateway), "--key", NARROW_KEY, "--group", "gpu"), "connected as W");
        awaitText(worker(Map.of("GATEWAY_URL", url(gateway), "WORKER_KEY", KEY)), "connected as W");
        assertThat(gateway.post("{\"data\":{\"n\":1},\"group\":\"gpu\"}").body())
                .contains("\"n\":1");
        assertThat(gateway.post("{\"data\":{\"n\":2}}").body()).contains("\"n\":2");
    }

    @Test
    void itComesBackWhenItsGatewayDoes() throws Exception {
        GatewayProcess first = gateway();
        String port = Integer.toString(first.port());
        Path printed = worker(Map.of(), "--url", url(first));
        awaitText(printed, "connected as W");
        first.kill();
        awaitText(printed, "nothing listens there");
        GatewayProcess second = gateway("PORT", port);
        await().atMost(Duration.ofSeconds(40))
                .until(() -> Files.readString(printed).split("connected as W").length == 3);
        assertThat(second.post("{\"data\":{\"n\":3}}").body()).contains("\"completed\"", "\"n\":3");
    }

    @Test
    void ctrlCEndsItAndTheGatewayKnows() throws Exception {
        Tool.requireCtrlC();
        GatewayProcess gateway = gateway();
        Path printed = worker(Map.of(), "--url", url(gateway));
        awaitText(printed, "connected as W");
        Process worker = workers.get(0);
        Process signal = new ProcessBuilder("sh", "-c", "kill -INT " + worker.pid()).start();
        assertThat(signal.waitFor()).isZero();
        assertThat(worker.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(worker.exitValue()).as(Files.readString(printed)).isZero();
        assertThat(Files.readString(printed)).contains("stopping");
        await().atMost(Duration.ofSeconds(10))
                .until(() -> gateway.post("{\"data\":{}}").statusCode() == 503);
    }
}
