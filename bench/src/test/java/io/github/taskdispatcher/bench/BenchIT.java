package io.github.taskdispatcher.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The benchmark as its users start it: every row is measured and every answer was right. How fast is not asked. */
class BenchIT {

    private static final Path DISPATCHER =
            Path.of("..", "dispatcher").toAbsolutePath().normalize();
    private static final List<String> ROWS = List.of(
            "start",
            "sync C=1",
            "sync C=16",
            "sync C=64",
            "sync C=256",
            "two gateways C=1",
            "two gateways C=16",
            "two gateways C=64",
            "two gateways C=256",
            "async 1,000",
            "streams 50",
            "sync C=64, no file",
            "bare Javalin C=1",
            "bare Javalin, other thread C=1",
            "Redis PING C=1",
            "Redis two-key script C=1",
            "bare Javalin C=64",
            "bare Javalin, other thread C=64",
            "Redis PING C=64",
            "Redis two-key script C=64",
            "idle workers 200",
            "held requests 200",
            "1 MB C=4",
            "1 MB relay C=4",
            "1 MB held",
            "hostile bodies",
            "overload",
            "backlog 10",
            "backlog 2,000");

    @TempDir
    Path dir;

    private record Run(int exit, String table, String progress) {}

    private Run bench(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(DISPATCHER.toString(), "bench"));
        command.addAll(List.of(arguments));
        Path progress = dir.resolve("progress");
        Process process =
                new ProcessBuilder(command).redirectError(progress.toFile()).start();
        String table = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        return new Run(process.exitValue(), table, Files.readString(progress));
    }

    @Test
    void everyRowIsMeasuredWithoutErrors() throws Exception {
        Path json = dir.resolve("made").resolve("bench.json");
        Run run = bench("--quick", "--json", json.toString());
        assertThat(run.exit()).as(run.progress()).isZero();
        assertThat(run.table().lines().filter(line -> line.startsWith("| ")).toList())
                .as("a line for each row")
                .extracting(line -> line.substring(2, line.indexOf(" |", 2)))
                .containsAll(ROWS);
        assertThat(run.table()).contains("- CPU: ", "- JDK: ", "- Redis: ", "| what it must show |");
        assertThat(run.progress()).contains("round 1 of 1: sync C=64");

        JsonNode root = new ObjectMapper().readTree(json.toFile());
        Map<String, JsonNode> rows = new TreeMap<>();
        root.path("rows").forEach(row -> rows.put(row.path("name").asText(), row));
        assertThat(rows.keySet()).containsExactlyInAnyOrderElementsOf(ROWS);
        rows.forEach((name, row) -> {
            assertThat(row.path("errors").asLong(-1)).as(name).isZero();
            assertThat(row.path("samples").size()).as(name).isPositive();
            assertThat(row.path("medians").size()).as(name).isPositive();
        });
        JsonNode sync = rows.get("sync C=64").path("medians");
        assertThat(sync.path("rate").asDouble()).isPositive();
        // A task is submitted and completed: two scripts, and those of the heartbeat.
        assertThat(sync.path("scripts").asDouble()).isBetween(1.9, 3.0);
        assertThat(rows.get("1 MB C=4").path("medians").path("redis_bytes").asDouble())
                .isGreaterThan(2 << 20);
        assertThat(root.path("checks"))
                .isNotEmpty()
                .allSatisfy(check -> assertThat(check.path("verdict").asText()).isIn("met", "NOT MET", "not measured"));
    }

    @Test
    void wrongArgumentsAreNamed() throws Exception {
        Run unknown = bench("--row", "sync");
        assertThat(unknown.exit()).isEqualTo(2);
        assertThat(unknown.progress()).contains("'--row'", "--rows");
        Run noPeers = bench("--peers", dir.toString());
        assertThat(noPeers.exit()).isEqualTo(2);
        assertThat(noPeers.progress()).contains("there is no run-peers.sh in it");
    }
}
