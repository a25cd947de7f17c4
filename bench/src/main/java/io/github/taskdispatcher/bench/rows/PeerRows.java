package io.github.taskdispatcher.bench.rows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.taskdispatcher.bench.report.Figure;
import io.github.taskdispatcher.bench.report.Sample;
import io.github.taskdispatcher.bench.stack.Stack;
import java.io.File;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The peers' own benchmark, with our gateway as one more row of it: the same load generator, the same payload, the same rounds.
 * Our workers are its {@code worker.js} then, so that the workers of all rows are Node processes that parse and write JSON.
 */
public final class PeerRows {

    private static final List<String> PEERS = List.of("node-ws", "bullmq-http", "rabbitmq-http");
    private static final String OURS = "dispatcher";
    private static final int[] CONNECTIONS = {1, 16, 64};
    private static final int ROUNDS = 3;
    private static final int PROCESSES = 2;
    private static final int WORKERS = 32;

    private final Path dir;
    private final Stack stack;
    private final TaskRows tasks;
    private final Plan plan;

    /**
     * Copies the peers' benchmark, which may be read-only.
     *
     * @param from where it is
     * @param to where it goes; what it installed there earlier is used again
     */
    public PeerRows(Path from, Path to, Stack stack, TaskRows tasks, Plan plan) throws IOException {
        copy(from, to);
        this.dir = to;
        this.stack = stack;
        this.tasks = tasks;
        this.plan = plan;
    }

    /** Whether this directory has the peers' benchmark. */
    public static boolean areIn(Path dir) {
        return Files.isExecutable(dir.resolve("run-peers.sh"));
    }

    /** Our row in the peers' rounds. */
    public static String product(int connections) {
        return peer(OURS, connections);
    }

    /** A peer's row. */
    public static String peer(String name, int connections) {
        return "peers: " + name + " C=" + connections;
    }

    /**
     * Installs what they need, then runs all of them; takes about half a minute for each and round.
     *
     * @param log for what they say
     */
    public List<Sample> measure(Path log) throws IOException, InterruptedException {
        if (!Files.isDirectory(dir.resolve("node_modules/ws"))) {
            // Our workers need its packages before the first round.
            peers(Map.of(), log, dir.resolve("results/install.jsonl"), 1, List.of("node-ws"));
        }
        Stack.Gateway gateway = tasks.near();
        List<ProcessBuilder> workers = new ArrayList<>();
        for (int i = 0; i < PROCESSES; i++) {
            workers.add(new ProcessBuilder(
                            "node", "worker.js", gateway.workers(null).toString(), Integer.toString(WORKERS))
                    .directory(dir.toFile()));
        }
        StringBuilder options = new StringBuilder("front=" + gateway.pid() + " broker="
                + stack.redis().pid() + " sync=/api/openai async=/api/openai poll=/api/task/{id} wrap=data"
                + " idRegex=\"taskId\":\"([^\"]+) doneRegex=\"status\":\"completed\"");
        for (long pid : tasks.replaceWorkers(workers)) {
            options.append(" worker=").append(pid);
        }
        Path out = dir.resolve("results/bench.jsonl");
        Map<String, String> product = Map.of(
                "PRODUCT_NAME",
                OURS,
                "PRODUCT_URL",
                "http://127.0.0.1:" + gateway.address().getPort(),
                "PRODUCT_OPTS",
                options.toString());
        peers(product, log, out, Math.min(ROUNDS, plan.rounds()), PEERS);
        return read(out);
    }

    private void peers(Map<String, String> environment, Path log, Path out, int rounds, List<String> names)
            throws IOException, InterruptedException {
        Files.deleteIfExists(out);
        List<String> command =
                new ArrayList<>(List.of(dir.resolve("run-peers.sh").toString(), "-m"));
        command.addAll(
                List.of("-r", Integer.toString(rounds), "-d", Integer.toString(Math.max(1, (int) plan.seconds()))));
        command.addAll(List.of("-o", out.toString()));
        command.addAll(names);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(dir.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        if (builder.start().waitFor() != 0) {
            String said = Files.readString(log);
            throw new IOException("the peers' benchmark failed:\n" + said.substring(Math.max(0, said.length() - 2000)));
        }
    }

    private static List<Sample> read(Path out) throws IOException {
        ObjectMapper json = new ObjectMapper();
        List<Sample> samples = new ArrayList<>();
        for (String line : Files.readAllLines(out)) {
            JsonNode row = json.readTree(line);
            String peer = row.path("peer").asText();
            int round = row.path("round").asInt();
            String what = row.path("what").asText();
            if (what.equals("failed")) {
                samples.add(new Sample(
                        "peers: " + peer, round, Map.of(), 1, row.path("error").asText()));
            } else if (what.startsWith("sync")) {
                samples.add(sample(peer(peer, Integer.parseInt(what.substring(4))), round, row));
            } else if (what.equals("async")) {
                samples.add(async(peer, round, row));
            }
        }
        return samples;
    }

    private static Sample sample(String name, int round, JsonNode row) {
        Map<Figure, Double> figures = cpu(row);
        figures.put(Figure.RATE, row.path("rate").asDouble());
        figures.put(Figure.P50, row.path("p50").asDouble());
        figures.put(Figure.P99, row.path("p99").asDouble());
        return new Sample(name, round, figures, errors(row), error(row));
    }

    private static Sample async(String peer, int round, JsonNode row) {
        Map<Figure, Double> figures = cpu(row);
        figures.put(Figure.RATE, row.path("n").asDouble() / row.path("done_s").asDouble());
        return new Sample("peers: " + peer + " async 20,000", round, figures, errors(row), error(row));
    }

    private static Map<Figure, Double> cpu(JsonNode row) {
        Map<Figure, Double> figures = new EnumMap<>(Figure.class);
        JsonNode cpu = row.path("cpu_per_1000");
        figures.put(Figure.GATEWAY_CPU, cpu.path("front").asDouble());
        figures.put(Figure.REDIS_CPU, cpu.path("broker").asDouble());
        figures.put(Figure.WORKERS_CPU, cpu.path("worker").asDouble());
        figures.put(Figure.LOAD_CPU, cpu.path("load").asDouble());
        double system = 0;
        for (var role : cpu.properties()) {
            system += role.getKey().equals("load") ? 0 : role.getValue().asDouble();
        }
        figures.put(Figure.SYSTEM_CPU, system);
        figures.put(Figure.FOREIGN_CPU, row.path("foreign_pct").asDouble());
        return figures;
    }

    private static long errors(JsonNode row) {
        return row.path("errors").asLong() + (row.has("error") ? 1 : 0);
    }

    private static String error(JsonNode row) {
        return errors(row) == 0
                ? null
                : row.path("firstError").asText(row.path("error").asText("see its log"));
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                String name = directory.getFileName().toString();
                if (name.equals("node_modules") || name.equals("results") || name.equals("run")) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                Files.createDirectories(to.resolve(from.relativize(directory).toString()));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Path copy = to.resolve(from.relativize(file).toString());
                Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
                File writable = copy.toFile();
                if (!writable.setWritable(true) || Files.isExecutable(file) && !writable.setExecutable(true)) {
                    throw new IOException(copy + " cannot be made writable");
                }
                return FileVisitResult.CONTINUE;
            }
        });
        Files.createDirectories(to.resolve("results"));
    }
}
