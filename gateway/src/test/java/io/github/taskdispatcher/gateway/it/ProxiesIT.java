package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.testing.Tool;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Caddy, nginx and HAProxy with the configurations of {@code deploy/}, all three in front of the same two gateways at once:
 * a WebSocket with a message of 2 MB, a synchronous request of 70 s, and a gateway killed behind them.
 */
class ProxiesIT {

    private static final Path DEPLOY = GatewayProcess.ROOT.resolve("deploy");

    @TempDir
    Path dir;

    private final Map<String, Integer> proxies = new HashMap<>();
    private final List<Process> processes = new ArrayList<>();
    private GatewayProcess one;
    private GatewayProcess two;

    @BeforeEach
    void start() throws IOException {
        String caddyProgram = Tool.CADDY.require();
        String nginxProgram = Tool.NGINX.require();
        String haproxyProgram = Tool.HAPROXY.require();
        String prefix = TestRedis.freshPrefix();
        one = GatewayProcess.on(TestRedis.url(), prefix);
        two = GatewayProcess.on(TestRedis.url(), prefix);
        int caddy = proxy("caddy");
        run(
                Map.of(
                        "SITE",
                        ":" + caddy,
                        "GATEWAY_1",
                        "127.0.0.1:" + one.port(),
                        "GATEWAY_2",
                        "127.0.0.1:" + two.port(),
                        "HOME",
                        dir.toString()),
                caddyProgram,
                "run",
                "--config",
                DEPLOY.resolve("Caddyfile").toString(),
                "--adapter",
                "caddyfile");
        Path nginx = configure("nginx.conf", proxy("nginx"));
        run(Map.of(), nginxProgram, "-p", dir.toString(), "-c", nginx.toString(), "-g", "daemon off;");
        Path haproxy = configure("haproxy.cfg", proxy("haproxy"));
        run(Map.of(), haproxyProgram, "-db", "-f", haproxy.toString());
        for (String name : proxies.keySet()) {
            await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(readiness(name))
                    .as(name + " is ready; " + logs())
                    .isEqualTo("200"));
        }
    }

    private String readiness(String proxy) throws InterruptedException {
        try {
            return Integer.toString(get(proxy, "/readyz"));
        } catch (IOException notYet) {
            return notYet.toString();
        }
    }

    private String logs() throws IOException {
        StringBuilder logs = new StringBuilder();
        for (int i = 0; i < processes.size(); i++) {
            logs.append(processes.get(i).info().commandLine().orElse("(ended)"))
                    .append('\n')
                    .append(Files.readString(dir.resolve("log" + i)));
        }
        return logs.toString();
    }

    @AfterEach
    void stop() {
        processes.forEach(process -> {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        });
        for (GatewayProcess gateway : new GatewayProcess[] {one, two}) {
            if (gateway != null) {
                gateway.kill();
            }
        }
    }

    private int proxy(String name) {
        int port = TestRedis.freePort();
        proxies.put(name, port);
        return port;
    }

    /** The configuration as it stands in {@code deploy/}, on this test's ports. */
    private Path configure(String file, int port) throws IOException {
        String text = Files.readString(DEPLOY.resolve(file))
                .replace("127.0.0.1:3000", "127.0.0.1:" + port)
                .replace("127.0.0.1:3001", "127.0.0.1:" + one.port())
                .replace("127.0.0.1:3002", "127.0.0.1:" + two.port());
        return Files.writeString(dir.resolve(file), text);
    }

    private void run(Map<String, String> environment, String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve("log" + processes.size()).toFile());
        builder.environment().putAll(environment);
        processes.add(builder.start());
    }

    private URI uri(String scheme, String proxy, String path) {
        return URI.create(scheme + "://127.0.0.1:" + proxies.get(proxy) + path);
    }

    private int get(String proxy, String path) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(uri("http", proxy, path)).build();
        return GatewayProcess.HTTP
                .send(request, HttpResponse.BodyHandlers.ofString())
                .statusCode();
    }

    private CompletableFuture<HttpResponse<String>> post(String proxy, String body) {
        HttpRequest request = HttpRequest.newBuilder(uri("http", proxy, "/api/openai"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return GatewayProcess.HTTP.sendAsync(request, HttpResponse.BodyHandlers.ofString());
    }

    /** A worker behind a proxy that keeps what it got. */
    private final class ProxiedWorker implements WebSocket.Listener {
        final BlockingQueue<String> tasks = new LinkedBlockingQueue<>();
        final WebSocket socket;
        private final StringBuilder frame = new StringBuilder();

        ProxiedWorker(String proxy, String group) {
            socket = GatewayProcess.HTTP
                    .newWebSocketBuilder()
                    .buildAsync(uri("ws", proxy, "/ws?group=" + group), this)
                    .join();
        }

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            frame.append(part);
            if (last) {
                String whole = frame.toString();
                frame.setLength(0);
                if (whole.contains("\"connected\"")) {
                    from.sendText("{\"type\":\"ready\"}", true);
                } else if (whole.contains("\"type\":\"task\"")) {
                    tasks.add(whole);
                }
            }
            from.request(1);
            return null;
        }

        String next() {
            try {
                String task = tasks.poll(20, TimeUnit.SECONDS);
                assertThat(task).as("a task came").isNotNull();
                return task;
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        void answer(String task, String result) {
            String id = task.substring(task.indexOf("taskId\":\"") + 9).substring(0, 36);
            socket.sendText("{\"type\":\"task_complete\",\"taskId\":\"" + id + "\",\"result\":" + result + "}", true)
                    .join();
        }
    }

    @Test
    void eachPassesLargeMessagesAndLongRequestsAndSurvivesAGatewaysDeath() throws Exception {
        String large = "\"" + "x".repeat(2 << 20) + "\"";
        Map<String, ProxiedWorker> workers = new HashMap<>();
        Map<String, CompletableFuture<HttpResponse<String>>> held = new HashMap<>();
        for (String proxy : proxies.keySet()) {
            ProxiedWorker worker = new ProxiedWorker(proxy, proxy);
            workers.put(proxy, worker);
            await().atMost(Duration.ofSeconds(5)).until(() -> {
                var answer = post(proxy, "{\"group\":\"" + proxy + "\",\"data\":{\"d\":" + large + "}}");
                String task = worker.tasks.poll(2, TimeUnit.SECONDS);
                if (task == null) {
                    return false;
                }
                assertThat(task.contains(large)).isTrue();
                worker.answer(task, large);
                return answer.join().statusCode() == 200 && answer.join().body().contains(large);
            });
            held.put(proxy, post(proxy, "{\"group\":\"" + proxy + "\",\"data\":{},\"timeout\":120000}"));
        }
        Map<String, String> tasks = new HashMap<>();
        workers.forEach((proxy, worker) -> tasks.put(proxy, worker.next()));
        await().pollDelay(Duration.ofSeconds(70)).atMost(Duration.ofSeconds(80)).until(() -> true);
        for (String proxy : proxies.keySet()) {
            assertThat(held.get(proxy)).as(proxy).isNotDone();
            workers.get(proxy).answer(tasks.get(proxy), "\"after 70 s\"");
            assertThat(held.get(proxy).orTimeout(10, TimeUnit.SECONDS).join().body())
                    .contains("after 70 s");
        }

        one.kill();
        for (String proxy : proxies.keySet()) {
            // The first requests after the death may meet the dead gateway; then each proxy knows.
            await().atMost(Duration.ofSeconds(10)).ignoreExceptions().until(() -> get(proxy, "/readyz") == 200);
            ProxiedWorker again = new ProxiedWorker(proxy, proxy + "-again");
            await().atMost(Duration.ofSeconds(10)).until(() -> {
                var answer = post(proxy, "{\"group\":\"" + proxy + "-again\",\"data\":{}}");
                String task = again.tasks.poll(2, TimeUnit.SECONDS);
                if (task == null) {
                    return false;
                }
                again.answer(task, "1");
                return answer.join().statusCode() == 200;
            });
        }
    }
}
