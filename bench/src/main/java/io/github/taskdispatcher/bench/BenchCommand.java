package io.github.taskdispatcher.bench;

import io.github.taskdispatcher.bench.report.Check;
import io.github.taskdispatcher.bench.report.Figure;
import io.github.taskdispatcher.bench.report.JsonReport;
import io.github.taskdispatcher.bench.report.Machine;
import io.github.taskdispatcher.bench.report.Results;
import io.github.taskdispatcher.bench.report.Sample;
import io.github.taskdispatcher.bench.report.Table;
import io.github.taskdispatcher.bench.rows.BacklogRows;
import io.github.taskdispatcher.bench.rows.Goals;
import io.github.taskdispatcher.bench.rows.HeldRequestRows;
import io.github.taskdispatcher.bench.rows.HostileRow;
import io.github.taskdispatcher.bench.rows.IdleWorkerRows;
import io.github.taskdispatcher.bench.rows.LargeRows;
import io.github.taskdispatcher.bench.rows.OverloadRow;
import io.github.taskdispatcher.bench.rows.PeerRows;
import io.github.taskdispatcher.bench.rows.Plan;
import io.github.taskdispatcher.bench.rows.ReferenceRows;
import io.github.taskdispatcher.bench.rows.RoomyGateway;
import io.github.taskdispatcher.bench.rows.Row;
import io.github.taskdispatcher.bench.rows.TaskRows;
import io.github.taskdispatcher.bench.stack.Stack;
import io.github.taskdispatcher.gateway.cli.Sandbox;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures everything and prints one table. Exit code 1 when an answer was wrong or missing. */
@Command(
        name = "dispatcher bench",
        mixinStandardHelpOptions = true,
        description = {
            "Measures gateways, with a Redis, workers and a load of its own, and prints a table.",
            "bench/README.md explains each figure. Exit code 1 when an answer was wrong or missing."
        })
public final class BenchCommand implements Callable<Integer> {

    /** The rows that change little or take long are measured less often. */
    private static final int FEW_ROUNDS = 3;

    @Option(names = "--quick", description = "under a minute: shows that all works, not how fast it is")
    private boolean quick;

    @Option(
            names = "--rows",
            paramLabel = "REGEX",
            defaultValue = "",
            description = "only rows whose name matches, for example '^sync'")
    private Pattern wanted;

    @Option(names = "--rounds", paramLabel = "N", description = "how often rows are measured (default: 5, quick: 1)")
    private Integer rounds;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "where all samples go (default: bench/target/bench.json)")
    private Path json;

    @Option(
            names = "--peers",
            paramLabel = "DIR",
            description = "runs the peers' benchmark in DIR too, in which the gateway is one more row;"
                    + " installs what it needs")
    private Path peers;

    @Option(names = "--jmh", description = "only the hot pieces, each alone: time and bytes allocated")
    private boolean jmh;

    private final Results results = new Results();
    private final long startedAt = System.nanoTime();

    @Spec
    private CommandSpec spec;

    public static void main(String[] args) {
        CommandLine command = new CommandLine(new BenchCommand());
        command.setExecutionExceptionHandler((failure, line, parsed) -> {
            if (!(failure instanceof IOException)) {
                throw failure;
            }
            System.err.println(failure.getMessage());
            return 1;
        });
        System.exit(command.execute(args));
    }

    @Override
    public Integer call() throws Exception {
        if (jmh) {
            return HotPieces.run(quick);
        }
        if (peers != null && !PeerRows.areIn(peers)) {
            throw new ParameterException(spec.commandLine(), "--peers " + peers + ": there is no run-peers.sh in it");
        }
        Plan plan = quick ? Plan.quick() : Plan.full();
        if (rounds != null) {
            plan = plan.withRounds(rounds);
        }
        Path dir = Files.createTempDirectory("dispatcher-bench");
        say("logs of all processes: " + dir);
        Stack.build(home(), dir);
        Map<String, String> machine;
        try (Stack stack = new Stack(home(), dir)) {
            machine = Machine.describe(version(), stack.redis().info("server").get("redis_version"));
            Stack.Bare bare = stack.addBareServer();
            measureTasks(stack, bare, plan, dir);
            measureExtremes(stack, bare, plan);
        }
        List<Check> checks = new Goals(results, plan).checks();
        print(machine, plan, results, checks);
        Path file = json == null ? home().resolve("bench/target/bench.json") : json;
        JsonReport.write(file, machine, results, checks);
        say("all samples: " + file);
        if (results.errors() > 0) {
            say(results.errors() + " errors; the logs stay in " + dir);
            return 1;
        }
        Sandbox.delete(dir);
        return 0;
    }

    private void measureTasks(Stack stack, Stack.Bare bare, Plan plan, Path dir) throws Exception {
        if (!wants(TaskRows.names(plan)) && !wants(ReferenceRows.names()) && peers == null) {
            return;
        }
        say("starting two gateways and their workers");
        TaskRows tasks = new TaskRows(stack, plan);
        noteStart(tasks.near());
        noteStart(tasks.far());
        List<Row> rows = new ArrayList<>(tasks.rows());
        rows.addAll(new ReferenceRows(stack, bare, plan).rows());
        say("warming up");
        tasks.warmUp();
        measure(rows, plan.rounds());
        if (peers != null) {
            say("the peers' benchmark, about half a minute for each peer and round");
            new PeerRows(peers, home().resolve("bench/target/peers"), stack, tasks, plan)
                    .measure(dir.resolve("peers.log"))
                    .forEach(this::note);
        }
        tasks.stop();
    }

    private void measureExtremes(Stack stack, Stack.Bare bare, Plan plan) throws Exception {
        String held = HeldRequestRows.name(plan.heldRequests());
        if (!wants(List.of(IdleWorkerRows.NAME, held, HostileRow.NAME, OverloadRow.NAME, BacklogRows.NAME))
                && !wants(LargeRows.NAMES)) {
            return;
        }
        say("starting a gateway with high limits");
        Stack.Gateway gateway = RoomyGateway.start(stack);
        noteStart(gateway);
        measure(List.of(new IdleWorkerRows(stack, gateway, plan)), 1);
        measure(List.of(new HeldRequestRows(stack, gateway, plan)), Math.min(FEW_ROUNDS, plan.rounds()));
        if (wants(LargeRows.NAMES)) {
            LargeRows large = new LargeRows(stack, gateway, bare, plan);
            measure(large.rows(), plan.rounds());
            large.stop();
        }
        if (wants(List.of(HostileRow.NAME))) {
            HostileRow hostile = new HostileRow(stack, gateway, plan);
            measure(List.of(hostile), Math.min(FEW_ROUNDS, plan.rounds()));
            hostile.stop();
        }
        measure(List.of(new OverloadRow(gateway, plan)), Math.min(FEW_ROUNDS, plan.rounds()));
        if (wants(List.of(BacklogRows.NAME))) {
            say("filling a queue with " + plan.backlog() + " tasks");
            BacklogRows backlog = new BacklogRows(stack, gateway, plan);
            measure(List.of(backlog), Math.min(FEW_ROUNDS, plan.rounds()));
            backlog.stop();
        }
    }

    private boolean wants(List<String> names) {
        return names.stream().anyMatch(name -> wanted.matcher(name).find());
    }

    private void measure(List<Row> rows, int rounds) throws Exception {
        for (int round = 1; round <= rounds; round++) {
            for (Row row : rows) {
                if (wanted.matcher(row.name()).find()) {
                    say("round " + round + " of " + rounds + ": " + row.name());
                    measure(row, round);
                }
            }
        }
    }

    /** A row that cannot be measured is an error of it and ends no run. */
    private void measure(Row row, int round) throws Exception {
        try {
            row.measure(round).forEach(this::note);
        } catch (IOException | CompletionException e) {
            note(new Sample(row.name(), round, Map.of(), 1, e.toString()));
        }
    }

    private void note(Sample sample) {
        results.add(sample);
        if (sample.errors() > 0) {
            say(sample.row() + ": " + sample.errors() + " ERRORS, the first: " + sample.firstError());
        }
    }

    private void noteStart(Stack.Gateway gateway) {
        int number = results.samples("start").size() + 1;
        note(new Sample("start", number, Map.of(Figure.START, gateway.startSeconds()), 0, null));
    }

    private static void print(Map<String, String> machine, Plan plan, Results results, List<Check> checks) {
        Table.lines(machine, plan.rounds(), results).forEach(System.out::println);
        System.out.println("\n| what it must show | target | was | |\n|---|---|---:|---|");
        checks.forEach(check -> System.out.println(check.line()));
    }

    private static Path home() throws URISyntaxException {
        Path jar = Path.of(BenchCommand.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        return jar.resolve("../../..").normalize();
    }

    private static String version() {
        String version = BenchCommand.class.getPackage().getImplementationVersion();
        return version == null ? "unpackaged" : version;
    }

    private void say(String text) {
        System.err.printf("%6.1f s  %s%n", (System.nanoTime() - startedAt) / 1e9, text);
    }
}
