package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.taskdispatcher.gateway.config.Setting;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/** A gateway as its users run it: the packaged jar, a process of its own, on a free port. */
final class GatewayProcess implements AutoCloseable {

    static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    static final ObjectMapper JSON = new ObjectMapper();

    final Process process;
    final ConcurrentLinkedQueue<String> output = new ConcurrentLinkedQueue<>();
    private final CompletableFuture<Integer> port = new CompletableFuture<>();

    GatewayProcess(Map<String, String> environment) {
        this(PackagedJar.command("start"), environment);
    }

    private GatewayProcess(List<String> command, Map<String, String> environment) {
        this(command, Path.of(""), environment);
    }

    /** Any command that starts a gateway, run in this directory; the environment is added to the one of the test. */
    GatewayProcess(List<String> command, Path directory, Map<String, String> environment) {
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(directory.toAbsolutePath().toFile());
        for (Setting setting : Setting.values()) {
            builder.environment().remove(setting.name());
        }
        builder.environment().put("PORT", "0");
        builder.environment().putAll(environment);
        builder.redirectErrorStream(true);
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread reader = new Thread(this::read, "gateway output");
        reader.setDaemon(true);
        reader.start();
    }

    /** On this Redis, under this prefix. */
    static GatewayProcess on(String redisUrl, String prefix, String... more) {
        Map<String, String> environment =
                new java.util.HashMap<>(Map.of("REDIS_URL", redisUrl, "REDIS_KEY_PREFIX", prefix, "LOG_LEVEL", "warn"));
        for (int i = 0; i < more.length; i += 2) {
            environment.put(more[i], more[i + 1]);
        }
        return new GatewayProcess(environment).listening();
    }

    /** Started by {@code ./dispatcher start}, with the options of the JVM that it gives. */
    static GatewayProcess byScript(String redisUrl, Map<String, String> more) {
        Map<String, String> environment = new java.util.HashMap<>(more);
        environment.put("REDIS_URL", redisUrl);
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        return new GatewayProcess(List.of(ROOT.resolve("dispatcher").toString(), "start"), environment).listening();
    }

    private void read() {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                output.add(line);
                if (line.startsWith("Task Dispatcher listens on ")) {
                    port.complete(Integer.parseInt(line.substring(line.lastIndexOf(':') + 1)));
                }
            }
        } catch (IOException e) {
            output.add("(output ended: " + e.getMessage() + ")");
        }
        port.completeExceptionally(new IllegalStateException("the gateway ended: " + output));
    }

    /** Waits until it listens; one that does not is killed, for no test could end it. */
    private GatewayProcess listening() {
        try {
            port();
            return this;
        } catch (RuntimeException e) {
            kill();
            throw e;
        }
    }

    /** Waits until it listens. */
    int port() {
        return port.orTimeout(120, TimeUnit.SECONDS).join();
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port() + path);
    }

    CompletableFuture<HttpResponse<String>> postAsync(String body) {
        HttpRequest request = HttpRequest.newBuilder(uri("/api/openai"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return HTTP.sendAsync(request, HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> post(String body) {
        return postAsync(body).orTimeout(120, TimeUnit.SECONDS).join();
    }

    HttpResponse<String> get(String path) {
        return HTTP.sendAsync(HttpRequest.newBuilder(uri(path)).build(), HttpResponse.BodyHandlers.ofString())
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    /** Submits an asynchronous task and returns its id. */
    String submit(String body) {
        HttpResponse<String> response = post(body.replaceFirst("}$", ",\"async\":true}"));
        if (response.statusCode() != 200) {
            throw new AssertionError(response.statusCode() + " " + response.body());
        }
        return json(response).path("taskId").asText();
    }

    /** Another client cancels this task. */
    void cancel(String id) {
        HTTP.sendAsync(
                        HttpRequest.newBuilder(uri("/api/task/" + id)).DELETE().build(),
                        HttpResponse.BodyHandlers.ofString())
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    JsonNode task(String id) {
        return json(get("/api/task/" + id));
    }

    static JsonNode json(HttpResponse<String> response) {
        try {
            return JSON.readTree(response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(response.body(), e);
        }
    }

    /** SIGKILL. */
    boolean isAlive() {
        return process.isAlive();
    }

    void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /** SIGTERM, and waits for its end. */
    @Override
    public void close() {
        process.destroy();
        try {
            process.onExit().orTimeout(45, TimeUnit.SECONDS).join();
        } finally {
            process.destroyForcibly();
        }
    }
}
