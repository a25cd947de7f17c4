package io.github.taskdispatcher.gateway.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.taskdispatcher.gateway.config.Setting;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * Shows, in real processes, what several gateways do together: tasks cross from one to the other, one gateway is killed
 * while a task runs, and the answer arrives all the same. Exit code 0 only when all of it happened.
 */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = "Two gateways, two workers, a dozen tasks; ends by itself in under half a minute.")
public final class DemoCommand implements Callable<Integer> {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<Process> processes = new ArrayList<>();
    private final List<DemoWorker> workers = new ArrayList<>();
    private final long startedAt = System.nanoTime();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        Path data = Files.createTempDirectory("dispatcher-demo");
        Thread cleanUp = new Thread(() -> end(data), "end");
        Runtime.getRuntime().addShutdownHook(cleanUp);
        try {
            play(data);
            say("That is all: no task was lost, none ran twice. Start your own with ./dispatcher start");
            return 0;
        } catch (IllegalStateException | CompletionException | IOException e) {
            System.err.println("The demo did not go as told: " + e.getMessage());
            return 1;
        }
    }

    private void play(Path data) throws Exception {
        say("Starting gateway A with a Redis of its own, and gateway B on the same Redis ...");
        int portA = Sandbox.freePort();
        Process a = gateway(portA, Setting.DATA_DIR, data.toString());
        awaitReady(portA);
        String redis = "redis://127.0.0.1:"
                + Files.readString(data.resolve("redis/port")).strip();
        int portB = Sandbox.freePort();
        Process b = gateway(portB, Setting.REDIS_URL, redis);
        awaitReady(portB);
        say("  A listens on " + portA + ", B on " + portB + ", Redis is " + redis);

        say("A worker dials in to A, another to B; both serve the group default.");
        DemoWorker onA = worker("worker on A", portA);
        DemoWorker onB = worker("worker on B", portB);

        say("Six synchronous tasks, turn by turn through A and B; either's worker may get them:");
        for (int i = 1; i <= 6; i++) {
            int port = i % 2 == 1 ? portA : portB;
            JsonNode answer = post(port, "{\"data\":{\"number\":" + i + "}}");
            expect(answer.path("status").asText().equals("completed"), "task " + i + " answered " + answer);
            say("  task " + i + " through " + (i % 2 == 1 ? "A" : "B") + ": done by the "
                    + answer.path("result").path("by").asText());
        }

        say("Five asynchronous tasks, submitted to A, polled on B:");
        List<String> ids = new ArrayList<>();
        for (int i = 7; i <= 11; i++) {
            JsonNode accepted = post(portA, "{\"data\":{\"number\":" + i + ",\"takes\":300},\"async\":true}");
            ids.add(accepted.path("taskId").asText());
            say("  task " + i + " accepted by A, " + accepted.path("status").asText());
        }
        for (int i = 0; i < ids.size(); i++) {
            JsonNode done = awaitEnd(portB, ids.get(i));
            say("  task " + (i + 7) + " read from B: " + done.path("status").asText() + ", by the "
                    + done.path("result").path("by").asText());
        }

        say("One more; while its worker works, that worker's gateway is killed (kill -9):");
        onA.holdNext();
        onB.holdNext();
        String id = post(portA, "{\"data\":{\"number\":12},\"async\":true}")
                .path("taskId")
                .asText();
        await("a worker has task 12", () -> onA.holds(id) || onB.holds(id));
        boolean atA = onA.holds(id);
        String dead = atA ? "A" : "B";
        String other = atA ? "B" : "A";
        int otherPort = atA ? portB : portA;
        (atA ? a : b).destroyForcibly().waitFor();
        say("  " + dead + " is dead. Through " + other + " the task is "
                + get(otherPort, id).path("status").asText() + ".");
        (atA ? onA : onB).moveTo(otherPort);
        say("  The worker dialed in to " + other + " and brings its answer there ...");
        JsonNode done = awaitEnd(otherPort, id);
        expect(done.path("status").asText().equals("completed"), "the last task ended " + done);
        say("  task 12 read from " + other + ": completed, by the "
                + done.path("result").path("by").asText());
    }

    private DemoWorker worker(String name, int port) {
        DemoWorker worker = new DemoWorker(name, http, port);
        workers.add(worker);
        worker.awaitConnected(LIMIT);
        return worker;
    }

    private Process gateway(int port, Setting redis, String value) throws IOException {
        // The command line that this command belongs to, in a process of its own.
        String main = spec.root().userObject().getClass().getName();
        Process process = Sandbox.gateway(
                        List.of("-cp", System.getProperty("java.class.path"), main),
                        Map.of(
                                redis,
                                value,
                                Setting.PORT,
                                Integer.toString(port),
                                Setting.LOG_LEVEL,
                                "error",
                                Setting.SHUTDOWN_GRACE_MS,
                                "1000"))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        processes.add(process);
        return process;
    }

    private void awaitReady(int port) throws Exception {
        await("gateway on port " + port + " is ready", () -> {
            HttpRequest request = HttpRequest.newBuilder(uri(port, "/readyz")).build();
            return http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode() == 200;
        });
    }

    private JsonNode awaitEnd(int port, String id) throws Exception {
        JsonNode[] last = new JsonNode[1];
        await("task " + id + " ends", () -> {
            last[0] = get(port, id);
            return List.of("completed", "failed")
                    .contains(last[0].path("status").asText());
        });
        return last[0];
    }

    private void await(String what, Callable<Boolean> condition) throws Exception {
        long giveUpAt = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            try {
                if (condition.call()) {
                    return;
                }
            } catch (IOException notYet) {
                // Not listening yet.
            }
            expect(System.nanoTime() < giveUpAt, "waited in vain until " + what);
            TimeUnit.MILLISECONDS.sleep(30);
        }
    }

    private JsonNode post(int port, String body) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(uri(port, "/api/openai"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    private JsonNode get(int port, String id) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(uri(port, "/api/task/" + id)).build());
    }

    private JsonNode send(HttpRequest request) throws IOException, InterruptedException {
        return JSON.readTree(
                http.send(request, HttpResponse.BodyHandlers.ofString()).body());
    }

    private static URI uri(int port, String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    private static void expect(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalStateException(otherwise);
        }
    }

    private void say(String text) {
        System.out.printf("%5.1f s  %s%n", (System.nanoTime() - startedAt) / 1e9, text);
    }

    /** Ends what was started: B, then the Redis that A left behind, then the files. */
    private void end(Path data) {
        workers.forEach(DemoWorker::close);
        for (Process process : processes) {
            process.destroy();
        }
        for (Process process : processes) {
            try {
                if (!process.waitFor(5, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        try {
            String pid = Files.readString(data.resolve("redis/redis.pid")).strip();
            ProcessHandle.of(Long.parseLong(pid)).ifPresent(redis -> {
                redis.destroy();
                redis.onExit()
                        .orTimeout(5, TimeUnit.SECONDS)
                        .exceptionally(slow -> redis)
                        .join();
            });
        } catch (IOException | NumberFormatException noRedis) {
            // It never started.
        }
        try {
            Sandbox.delete(data);
        } catch (IOException e) {
            System.err.println("Left behind: " + data);
        }
    }
}
