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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Set-ups that users have: Caddy with TLS as in {@code deploy/}, and nginx with the usual snippet for WebSockets of nginx.org. */
class ProxySetupsIT {

    private static final String WORKER_KEY = "a-key-of-workers";
    private static final String API_KEY = "a-key-of-clients";

    /** https://nginx.org/en/docs/http/websocket.html; nothing hands Host on. */
    private static final String SNIPPET =
            """
            pid nginx.pid;
            error_log stderr warn;
            events {}
            http {
                access_log off;
                map $http_upgrade $connection_upgrade {
                    default upgrade;
                    ''      close;
                }
                server {
                    listen 127.0.0.1:PORT;
                    location / {
                        proxy_pass http://127.0.0.1:GATEWAY;
                        proxy_http_version 1.1;
                        proxy_set_header Upgrade $http_upgrade;
                        proxy_set_header Connection $connection_upgrade;
                    }
                }
            }
            """;

    @TempDir
    Path dir;

    private final List<AutoCloseable> parts = new ArrayList<>();
    private GatewayProcess gateway;
    private UpstreamServer upstream;

    @BeforeEach
    void start() throws IOException {
        GuideExamplesIT.npmPackage("ws");
        upstream = new UpstreamServer(0, "llama3.2:latest");
        gateway = GatewayProcess.on(
                TestRedis.url(), TestRedis.freshPrefix(), "WORKER_KEYS", WORKER_KEY, "API_KEYS", API_KEY);
    }

    @AfterEach
    void stop() {
        Closing.all(parts.toArray(AutoCloseable[]::new));
        Closing.all(Closing.killed(gateway), upstream);
    }

    /** A command line in this folder. Returns what it prints. */
    private Path run(Map<String, String> environment, Path folder, String line) throws IOException {
        return run(environment, "sh", "-c", "cd '" + folder + "'\n" + line);
    }

    private Path run(Map<String, String> environment, String... command) throws IOException {
        Path log = dir.resolve("log" + parts.size());
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        parts.add(() -> {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        });
        return log;
    }

    private BridgeProcess bridge(String gatewayUrl, Map<String, String> more) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "GATEWAY_URL", gatewayUrl, "UPSTREAM_URL", upstream.url(), "GROUP", "gpu", "WORKER_KEY", WORKER_KEY));
        environment.putAll(more);
        BridgeProcess bridge = BridgeProcess.start(dir.resolve("bridge"), environment);
        parts.add(bridge);
        return bridge;
    }

    private static void awaitText(Path log, String text) {
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(Files.readString(log)).contains(text));
    }

    /** The bash blocks of the six steps in {@code examples/bridge/README.md}: keys, Caddy, bridge, request. */
    private static List<String> steps() throws IOException {
        String page = Files.readString(GatewayProcess.ROOT.resolve("examples/bridge/README.md"));
        String section = page.substring(page.indexOf("## Ollama at home"), page.indexOf("## Proxies"));
        return Pattern.compile("(?s) +```bash\n(.*?)```")
                .matcher(section)
                .results()
                .map(block -> block.group(1))
                .toList();
    }

    /** The commands as they are shown, with localhost as the public name, and a certificate of Caddy's own authority. */
    @Test
    void theStepsFromOllamaAtHomeToALaptopWork() throws Exception {
        Tool.CADDY.require();
        Tool.CURL.require();
        List<String> steps = steps();
        assertThat(steps).hasSize(4);
        assertThat(steps.get(0)).contains("API_KEYS=", "WORKER_KEYS=", "./dispatcher start");
        int http = TestRedis.freePort();
        int https = TestRedis.freePort();
        String address = "https://localhost:" + https;
        run(
                Map.of(
                        "HTTP_PORT", Integer.toString(http),
                        "HTTPS_PORT", Integer.toString(https),
                        "HOME", dir.toString(),
                        "XDG_DATA_HOME", dir.resolve("data").toString()),
                GatewayProcess.ROOT,
                steps.get(1)
                        .replace("gateway.example.com", "localhost")
                        .replace("127.0.0.1:3000", "127.0.0.1:" + gateway.port()));
        Path root = dir.resolve("data/caddy/pki/authorities/local/root.crt");
        await().atMost(Duration.ofSeconds(30)).until(() -> Files.exists(root));
        Path bridge = run(
                Map.of(
                        "NODE_PATH", GuideExamplesIT.npmPackage("ws").toString(),
                        "NODE_EXTRA_CA_CERTS", root.toString(),
                        "UPSTREAM_URL", upstream.url()),
                GatewayProcess.ROOT.resolve("examples/bridge"),
                steps.get(2).replace("https://gateway.example.com", address).replace("KEY=...", "KEY=" + WORKER_KEY));
        awaitText(bridge, "ready as W");
        Path answer = run(
                Map.of("API_KEY", API_KEY, "CURL_CA_BUNDLE", root.toString()),
                dir,
                steps.get(3).replace("https://gateway.example.com", address));
        awaitText(answer, UpstreamServer.ANSWER);

        bridge("http://localhost:" + http, Map.of())
                .awaitLine("the gateway is elsewhere: set GATEWAY_URL to https://localhost");
    }

    @Test
    void workersConnectThroughNginxWithItsUsualSnippet() throws IOException {
        String nginx = Tool.NGINX.require();
        String python = Tool.PYTHON.require();
        int port = TestRedis.freePort();
        Path configuration = Files.writeString(
                dir.resolve("nginx.conf"),
                SNIPPET.replace("PORT", Integer.toString(port)).replace("GATEWAY", Integer.toString(gateway.port())));
        run(Map.of(), nginx, "-p", dir.toString(), "-c", configuration.toString(), "-g", "daemon off;");
        bridge("http://127.0.0.1:" + port, Map.of()).awaitLine("ready as W");
        Path worker = run(
                Map.of("WORKER_KEY", WORKER_KEY),
                python,
                "-u",
                GatewayProcess.ROOT.resolve("examples/worker-python.py").toString(),
                "ws://127.0.0.1:" + port);
        awaitText(worker, "connected as W");
    }
}
