package io.github.taskdispatcher.bench;

import io.github.taskdispatcher.bench.report.Machine;
import io.github.taskdispatcher.bench.report.Results;
import io.github.taskdispatcher.bench.report.Sample;
import io.github.taskdispatcher.bench.report.Table;
import io.github.taskdispatcher.bench.rows.Plan;
import io.github.taskdispatcher.bench.rows.Row;
import io.github.taskdispatcher.bench.rows.TaskRows;
import io.github.taskdispatcher.gateway.cli.Sandbox;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures everything and prints one table. Exit code 1 when an answer was wrong or missing. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Measures gateways, with a Redis, workers and a load of its own. See bench/README.md.")
public final class BenchCommand implements Callable<Integer> {

    @Option(names = "--quick", description = "under a minute: shows that all works, not how fast it is")
    private boolean quick;

    @Option(
            names = "--rows",
            paramLabel = "REGEX",
            defaultValue = "",
            description = "only rows whose name matches, for example '^sync'")
    private Pattern wanted;

    @Option(names = "--rounds", paramLabel = "N", description = "how often each row is measured (default: 5, quick: 1)")
    private Integer rounds;

    private final Results results = new Results();
    private final long startedAt = System.nanoTime();

    public static void main(String[] args) {
        System.exit(new CommandLine(new BenchCommand()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        Plan plan = quick ? Plan.quick() : Plan.full();
        if (rounds != null) {
            plan = plan.withRounds(rounds);
        }
        Path dir = Files.createTempDirectory("dispatcher-bench");
        say("processes keep their logs in " + dir + " while they run");
        Map<String, String> machine;
        try (TaskRows tasks = new TaskRows(home(), Files.createDirectory(dir.resolve("tasks")), plan)) {
            machine = Machine.describe(
                    version(), tasks.stack().redis().info("server").get("redis_version"));
            say("warming up");
            tasks.warmUp();
            measure(tasks.rows(), plan.rounds());
        }
        Table.lines(machine, plan.rounds(), results).forEach(System.out::println);
        if (results.errors() > 0) {
            say("Errors: the logs stay in " + dir);
            return 1;
        }
        Sandbox.delete(dir);
        return 0;
    }

    private void measure(List<Row> rows, int rounds) throws Exception {
        for (int round = 1; round <= rounds; round++) {
            for (Row row : rows) {
                if (wanted.matcher(row.name()).find()) {
                    say("round " + round + " of " + rounds + ": " + row.name());
                    Sample sample = row.measure(round);
                    results.add(sample);
                    if (sample.errors() > 0) {
                        say(sample.errors() + " ERRORS, the first: " + sample.firstError());
                    }
                }
            }
        }
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
