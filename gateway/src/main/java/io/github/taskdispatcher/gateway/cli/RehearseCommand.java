package io.github.taskdispatcher.gateway.cli;

import io.github.taskdispatcher.gateway.Gateway;
import io.github.taskdispatcher.gateway.config.Setting;
import io.github.taskdispatcher.gateway.config.Settings;
import io.github.taskdispatcher.gateway.embedded.LocalRedis;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/**
 * Starts a gateway in this process, with a Redis of its own, takes one task through it and ends. Run with
 * {@code -XX:ArchiveClassesAtExit}, it shows the JVM which classes a gateway needs, and every later start is a second
 * shorter; {@code ./dispatcher} does that once after a build, the Dockerfile when the image is made.
 */
@Command(
        name = "rehearse",
        hidden = true,
        description = "One task through a gateway in this process, for class-data sharing.")
public final class RehearseCommand implements Callable<Integer> {

    @Override
    public Integer call() throws Exception {
        Path data = Files.createTempDirectory("dispatcher-rehearsal");
        try {
            // Not the usual port: a real Redis may be about to take it.
            Path redisDir = Files.createDirectories(data.resolve("redis"));
            Files.writeString(redisDir.resolve("port"), Integer.toString(Sandbox.freePort()));
            Settings settings = Settings.of(Map.of(Setting.PORT.name(), "0", Setting.SHUTDOWN_GRACE_MS.name(), "1000"));
            try (LocalRedis redis = LocalRedis.start(data);
                    Gateway gateway = Gateway.start(settings.config(redis.url()))) {
                return play(gateway.port());
            }
        } finally {
            Sandbox.delete(data);
        }
    }

    private static int play(int port) throws Exception {
        HttpClient http = HttpClient.newHttpClient();
        DemoWorker worker = new DemoWorker("rehearsal", http, port);
        worker.awaitConnected(Duration.ofSeconds(20));
        HttpRequest task = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/openai"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"data\":{\"takes\":0},\"messages\":[]}"))
                .build();
        int status = http.send(task, BodyHandlers.ofString()).statusCode();
        HttpRequest ready = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/readyz"))
                .build();
        http.send(ready, BodyHandlers.ofString());
        worker.close();
        return status == 200 ? 0 : 1;
    }
}
