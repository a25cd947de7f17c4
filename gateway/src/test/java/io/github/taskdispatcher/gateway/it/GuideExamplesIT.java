package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.testing.Tool;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The guide's own programs, cut out of the guide and run as they stand but for the port, and the examples, as processes.
 */
class GuideExamplesIT {

    private static final Path EXAMPLES = GatewayProcess.ROOT.resolve("examples");

    @TempDir
    Path dir;

    private final List<Process> processes = new ArrayList<>();
    private GatewayProcess gateway;
    private GatewayProcess other;

    @BeforeEach
    void start() {
        String prefix = TestRedis.freshPrefix();
        gateway = GatewayProcess.on(
                TestRedis.url(), prefix, "WS_PING_INTERVAL_MS", "200", "WORKER_SILENCE_LIMIT_MS", "1000");
        other = GatewayProcess.on(TestRedis.url(), prefix);
    }

    @AfterEach
    void stop() {
        processes.forEach(Process::destroyForcibly);
        Closing.all(gateway, other);
    }

    /** A code block of the guide, the one that contains {@code mark}, on this test's port. */
    private String fromGuide(String language, String mark) throws IOException {
        String guide = Files.readString(GatewayProcess.ROOT.resolve("docs/api-guide.zh-CN.md"));
        Matcher block =
                Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL).matcher(guide);
        while (block.find()) {
            if (block.group(1).contains(mark)) {
                return block.group(1).replace("localhost:3000", "127.0.0.1:" + gateway.port());
            }
        }
        throw new AssertionError("no such block in the guide: " + mark);
    }

    private static Path nodeModules() {
        return npmPackage("ws");
    }

    /** {@code node_modules} with this package, installed once into the build directory. */
    static synchronized Path npmPackage(String name) {
        Tool.NODE.require();
        String npm = Tool.NPM.require();
        Path home = Path.of("target", "npm-" + name).toAbsolutePath();
        if (!Files.exists(home.resolve("node_modules").resolve(name))) {
            home.toFile().mkdirs();
            List<String> install =
                    List.of(npm, "install", "--prefix", home.toString(), "--no-save", "--no-package-lock", name);
            Tool.require(Tool.runs(install), "npm package " + name, "npm install " + name);
        }
        return home.resolve("node_modules");
    }

    private Path run(Map<String, String> environment, String... command) throws IOException {
        File log = dir.resolve("log" + processes.size()).toFile();
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log);
        builder.environment().putAll(environment);
        processes.add(builder.start());
        return log.toPath();
    }

    private static void awaitLine(Path log, String text) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(Files.readString(log)).contains(text));
    }

    @Test
    void theGuidesNodeWorker() throws IOException {
        Path script = Files.writeString(dir.resolve("worker.js"), fromGuide("javascript", "require('ws')"));
        Path log = run(Map.of("NODE_PATH", nodeModules().toString()), "node", script.toString());
        awaitLine(log, "Worker ID: W");
        assertThat(other.post("{\"data\":{\"a\":1}}").body())
                .contains("\"result\":{\"success\":true,\"data\":\"处理结果\"}");
        assertThat(gateway.post("{\"messages\":[{\"role\":\"user\",\"content\":\"Hello!\"}]}")
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void theGuidesPythonWorker() throws IOException {
        String python = Tool.PYTHON.require();
        Path script = Files.writeString(dir.resolve("worker.py"), fromGuide("python", "run_forever"));
        Path log = run(Map.of(), python, "-u", script.toString());
        awaitLine(log, "Worker ID: W");
        assertThat(other.post("{\"data\":{\"a\":1}}").body()).contains("\"success\": true");
    }

    @Test
    void theGuidesPythonWorkerStaysWhileItsOnlyThreadWorks() throws IOException {
        String python = Tool.PYTHON.require();
        // Silent for five times as long as an idle worker may be.
        String busy = fromGuide("python", "run_forever")
                .replace("    data = payload.get('data', {})", "    import time; time.sleep(5)");
        Path script = Files.writeString(dir.resolve("worker.py"), busy);
        awaitLine(run(Map.of(), python, "-u", script.toString()), "Worker ID: W");
        assertThat(other.post("{\"data\":{}}").statusCode()).isEqualTo(200);
        assertThat(gateway.post("{\"data\":{}}").statusCode()).isEqualTo(200);
    }

    @Test
    void theGuidesShortWorkerThatNeverSaysReady() throws IOException {
        String snippet = "const WebSocket = require('ws');\n" + fromGuide("javascript", "// 连接（可指定分组）");
        Path script = Files.writeString(dir.resolve("short.js"), snippet);
        run(Map.of("NODE_PATH", nodeModules().toString()), "node", script.toString());
        await().atMost(Duration.ofSeconds(20))
                .until(() ->
                        other.post("{\"data\":{},\"group\":\"gpu-cluster\"}").statusCode() == 200);
    }

    @Test
    void theGuidesShellExamples() throws Exception {
        Tool.CURL.require();
        Tool.JQ.require();
        Tool.BASH.require();
        try (TestWorker worker = TestWorker.echo(other, null);
                TestWorker gpu = TestWorker.echo(other, "gpu-cluster")) {
            for (String mark : List.of("# 基本请求", "# 发送图像生成任务", "\"role\": \"system\"", "# 提交异步任务")) {
                String block = fromGuide("bash", mark).split("\n# 响应")[0];
                Path log = runToEnd(block);
                assertThat(Files.readString(log))
                        .contains("\"taskId\"")
                        .containsAnyOf("\"completed\"", "\"executing\"");
            }
            assertThat(Files.readString(runToEnd(fromGuide("bash", "# 1. 提交异步任务"))))
                    .contains("Task ID: ", "Result: {");
            assertThat(worker.closed).isNotDone();
            assertThat(gpu.closed).isNotDone();
        }
    }

    private Path runToEnd(String script) throws Exception {
        Path file = Files.writeString(dir.resolve("block" + processes.size() + ".sh"), script);
        Path log = run(Map.of(), "bash", file.toString());
        Process process = processes.get(processes.size() - 1);
        assertThat(process.waitFor(30, TimeUnit.SECONDS))
                .as(Files.readString(log))
                .isTrue();
        return log;
    }

    @Test
    void theNodeWorkerComesBackThroughAnotherGatewayWithItsAnswer() throws IOException {
        Path slow = Files.writeString(
                dir.resolve("worker.js"),
                Files.readString(EXAMPLES.resolve("worker-node.js"))
                        .replace(
                                "  return { success",
                                "  await new Promise((r) => setTimeout(r, 1500));\n  return { success")
                        .replace("new URL(url)", "new URL(failures === 0 ? url : process.env.OTHER)"));
        Path log = run(
                Map.of("NODE_PATH", nodeModules().toString(), "OTHER", "ws://127.0.0.1:" + other.port() + "/ws"),
                "node",
                slow.toString(),
                "ws://127.0.0.1:" + gateway.port() + "/ws",
                "g");
        awaitLine(log, "connected as W");
        String id = other.submit("{\"data\":{\"n\":1},\"group\":\"g\"}");
        await().until(() -> other.task(id).path("status").asText().equals("executing"));
        gateway.kill();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> other.task(id).path("status").asText().equals("completed"));
        assertThat(other.task(id).path("result").path("worker").asText()).isEqualTo("node");
    }

    @Test
    void theExampleWorkersAndClients() throws Exception {
        String url = "ws://127.0.0.1:" + gateway.port() + "/ws";
        String http = "http://127.0.0.1:" + other.port();
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        Tool.JQ.require();
        Tool.CURL.require();
        Path node = run(
                Map.of("NODE_PATH", nodeModules().toString()),
                "node",
                EXAMPLES.resolve("worker-node.js").toString(),
                url,
                "node");
        Path py = run(
                Map.of(),
                Tool.PYTHON.require(),
                EXAMPLES.resolve("worker-python.py").toString(),
                url,
                "python");
        String jar = PackagedJar.JAR.toString();
        Path jvm = run(Map.of(), java, "-cp", jar, "io.github.taskdispatcher.examples.EchoWorker", url, "java");
        for (Path log : List.of(node, py, jvm)) {
            awaitLine(log, "connected as W");
        }
        for (String group : List.of("node", "python", "java")) {
            assertThat(other.post("{\"data\":{\"n\":1},\"group\":\"" + group + "\"}")
                            .body())
                    .contains("\"n\"");
        }
        Path polled = run(Map.of(), "node", EXAMPLES.resolve("client-poll.mjs").toString(), http, "{\"n\":2}", "node");
        awaitLine(polled, "{\"success\":true,\"data\":{\"n\":2}");
        Path shell = run(Map.of(), EXAMPLES.resolve("client-poll.sh").toString(), http, "{\"n\":3}", "python");
        awaitLine(shell, "\"n\": 3");
        for (int i = 0; i < 2; i++) {
            Process worker = processes.get(i);
            worker.destroy();
            assertThat(worker.waitFor(10, TimeUnit.SECONDS)).isTrue();
            assertThat(worker.exitValue())
                    .as(Files.readString(i == 0 ? node : py, UTF_8))
                    .isZero();
        }
    }

    /** docs/protocol.md: a worker does not reconnect after 400, 401 or 403. */
    @Test
    void aRefusedExampleWorkerEndsAndSaysWhatToChange() throws Exception {
        try (GatewayProcess guarded =
                GatewayProcess.on(TestRedis.url(), TestRedis.freshPrefix(), "WORKER_KEYS", "worker-key-for-gpu=gpu")) {
            String url = "ws://127.0.0.1:" + guarded.port();
            String nodeWorker = EXAMPLES.resolve("worker-node.js").toString();
            String pythonWorker = EXAMPLES.resolve("worker-python.py").toString();
            String modules = nodeModules().toString();
            Map<String, String> guessed = Map.of("NODE_PATH", modules, "WORKER_KEY", "a-key-that-was-guessed");
            Map<String, String> narrow = Map.of("NODE_PATH", modules, "WORKER_KEY", "worker-key-for-gpu");
            for (List<String> worker :
                    List.of(List.of("node", nodeWorker), List.of(Tool.PYTHON.require(), pythonWorker))) {
                refused(worker, Map.of("NODE_PATH", modules), url, "default", "asks for a key: set WORKER_KEY");
                refused(worker, guessed, url, "default", "does not know this WORKER_KEY");
                refused(worker, narrow, url, "default", "does not serve the group");
                refused(worker, narrow, url, "no group", "refuses the group");
            }
        }
    }

    private void refused(List<String> worker, Map<String, String> environment, String url, String group, String reason)
            throws Exception {
        Path log = run(environment, worker.get(0), worker.get(1), url, group);
        Process process = processes.get(processes.size() - 1);
        assertThat(process.waitFor(20, TimeUnit.SECONDS))
                .as(worker + " ends; it prints " + Files.readString(log))
                .isTrue();
        assertThat(Files.readString(log)).contains(reason);
        assertThat(process.exitValue()).isEqualTo(1);
    }
}
