package io.github.taskdispatcher.chaos;

import io.github.taskdispatcher.gateway.cli.Sandbox;
import io.github.taskdispatcher.gateway.embedded.RedisBinary;
import io.github.taskdispatcher.testkit.Audit;
import io.github.taskdispatcher.testkit.ChaosClients;
import io.github.taskdispatcher.testkit.ChaosWorker;
import io.github.taskdispatcher.testkit.FaultProxy;
import io.github.taskdispatcher.testkit.Ledger;
import io.github.taskdispatcher.testkit.RedisProcess;
import io.lettuce.core.KillArgs;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Breaks everything at random while tasks run, and holds the result against the promises. Exit code 1 when one is broken. */
@Command(
        name = "dispatcher chaos",
        mixinStandardHelpOptions = true,
        description =
                "Kills, freezes and cuts off gateways, workers and Redis at random; checks that nothing was lost.")
public final class ChaosCommand implements Callable<Integer> {

    private static final int GATEWAYS = 2;
    private static final int WORKERS = 6;
    private static final int CLIENTS = 4;

    @Option(names = "--seconds", defaultValue = "60", description = "how long (default: ${DEFAULT-VALUE})")
    private int seconds;

    @Option(names = "--seed", description = "which faults, in which order (default: a random one, printed)")
    private Long seed;

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(12, ChaosCommand::daemon);
    private final Ledger ledger = new Ledger();
    private final List<ChaosGateway> gateways = new ArrayList<>();
    private final List<ChaosWorker> workers = new CopyOnWriteArrayList<>();
    private final ChaosClients clients = new ChaosClients(http, timer, this::anyPort, ledger);
    private final long startedAt = System.nanoTime();
    private RedisProcess redis;
    private Random random;
    private Audit audit;

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "chaos");
        thread.setDaemon(true);
        return thread;
    }

    public static void main(String[] args) {
        System.exit(new CommandLine(new ChaosCommand()).execute(args));
    }

    @Override
    public Integer call() throws Exception {
        long chosen = seed == null ? ThreadLocalRandom.current().nextLong(1_000_000) : seed;
        random = new Random(chosen);
        Path dir = Files.createTempDirectory("dispatcher-chaos");
        say("seed " + chosen + ", " + seconds + " s; the gateways' logs are in " + dir);
        Thread cleanUp = new Thread(this::end, "end");
        Runtime.getRuntime().addShutdownHook(cleanUp);
        boolean kept;
        try {
            start(dir);
            rage();
            settle();
            kept = report();
        } finally {
            Runtime.getRuntime().removeShutdownHook(cleanUp);
            end();
        }
        if (kept) {
            Sandbox.delete(dir);
            return 0;
        }
        say("Broken with seed " + chosen + "; the logs stay in " + dir);
        return 1;
    }

    // ---- the stage ----------------------------------------------------------------------------------------------

    private void start(Path dir) throws Exception {
        redis = new RedisProcess(RedisBinary.locate(dir).toString(), dir, Sandbox.freePort());
        audit = new Audit(ledger, http, this::anyPort, redis.url());
        Path jar = productJar();
        for (int i = 0; i < GATEWAYS; i++) {
            gateways.add(new ChaosGateway(
                    jar, Sandbox.freePort(), new FaultProxy(redis.port()), dir.resolve("gateway-" + i + ".log")));
        }
        for (ChaosGateway gateway : gateways) {
            awaitReady(gateway);
        }
        for (int i = 0; i < WORKERS; i++) {
            addWorker();
        }
        audit.await("all workers are connected", 20, () -> workers.stream().allMatch(ChaosWorker::isConnected));
        clients.start(CLIENTS);
    }

    /** The jar of this class is chaos/target/task-dispatcher-chaos.jar, and the gateway's lies in gateway/target. */
    private static Path productJar() throws URISyntaxException {
        Path jar = Path.of(ChaosCommand.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        return jar.resolve("../../../gateway/target/task-dispatcher.jar").normalize();
    }

    private void addWorker() {
        ChaosWorker worker = new ChaosWorker(http, timer, this::anyPort, ledger);
        workers.add(worker);
        worker.connect();
    }

    private int anyPort() {
        return gateways.get(ThreadLocalRandom.current().nextInt(GATEWAYS)).port;
    }

    // ---- the faults ---------------------------------------------------------------------------------------------

    private interface Fault {
        void happen() throws Exception;
    }

    private void rage() throws Exception {
        long endAt = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (System.nanoTime() < endAt) {
            pause(500 + random.nextInt(2_500));
            oneFault();
        }
        clients.stop();
    }

    private void oneFault() throws Exception {
        ChaosGateway gateway = gateways.get(random.nextInt(GATEWAYS));
        ChaosWorker worker = workers.get(random.nextInt(workers.size()));
        int time = 200 + random.nextInt(3_800);
        switch (random.nextInt(12)) {
            case 0 ->
                tell("gateway killed, back after " + time / 2 + " ms", () -> {
                    gateway.kill();
                    pause(time / 2);
                    gateway.start();
                    awaitReady(gateway);
                });
            case 1 ->
                tell("gateway stopped and started", () -> {
                    gateway.stop();
                    gateway.start();
                    awaitReady(gateway);
                });
            case 2 ->
                tell("gateway frozen for " + time * 3 / 2 + " ms", () -> {
                    gateway.freeze();
                    pause(time * 3 / 2);
                    gateway.thaw();
                });
            case 3 ->
                tell("Redis killed, back after " + time / 4 + " ms", () -> {
                    redis.kill();
                    pause(time / 4);
                    redis.start();
                });
            case 4 ->
                tell("Redis frozen for " + time + " ms", () -> {
                    redis.freeze();
                    pause(time);
                    redis.thaw();
                });
            case 5 -> tell("a link to Redis cut", gateway.link::cut);
            case 6 ->
                tell("a link to Redis refused for " + time + " ms", () -> {
                    gateway.link.refuse();
                    pause(time);
                    gateway.link.heal();
                });
            case 7 ->
                tell("a link to Redis stalled for " + time + " ms", () -> {
                    gateway.link.stall();
                    pause(time);
                    gateway.link.heal();
                });
            case 8 ->
                tell("replies of Redis swallowed for " + time / 4 + " ms", () -> {
                    gateway.link.swallowReplies();
                    pause(time / 4);
                    gateway.link.cut();
                    gateway.link.heal();
                });
            case 9 ->
                tell(
                        "all clients of Redis cut, scripts forgotten",
                        () -> ask(commands -> {
                            commands.scriptFlush();
                            commands.clientKill(KillArgs.Builder.typePubsub());
                            return commands.clientKill(
                                    KillArgs.Builder.typeNormal().skipme());
                        }));
            case 10 -> tell("a worker's connection cut", worker::cut);
            default ->
                tell("a worker killed, a new one comes", () -> {
                    workers.remove(worker);
                    worker.kill();
                    addWorker();
                });
        }
    }

    private void tell(String what, Fault fault) throws Exception {
        say(what);
        fault.happen();
    }

    // ---- the end ------------------------------------------------------------------------------------------------

    private void settle() throws Exception {
        say("quiet now; what was accepted has to end");
        for (ChaosGateway gateway : gateways) {
            awaitReady(gateway);
        }
        audit.await("every client has been answered", 60, clients::areAnswered);
        audit.awaitOutcomes(60);
        audit.awaitNothingLeft("td:{chaos}:", WORKERS, 50);
    }

    private boolean report() {
        List<String> violations = ledger.violations();
        ledger.summary().forEach((what, count) -> System.out.printf("  %-64s %d%n", what, count));
        violations.stream().limit(20).forEach(violation -> System.out.println("  BROKEN: " + violation));
        if (violations.isEmpty()) {
            say("Every accepted task has one outcome, none was delivered twice, nobody hung, nothing is left behind.");
        }
        return violations.isEmpty();
    }

    private void end() {
        clients.stop();
        workers.forEach(ChaosWorker::kill);
        for (ChaosGateway gateway : gateways) {
            try {
                gateway.close();
            } catch (IOException e) {
                say("a gateway could not be ended: " + e.getMessage());
            }
        }
        if (redis != null) {
            redis.close();
        }
    }

    // ---- helpers ------------------------------------------------------------------------------------------------

    private <T> T ask(Function<RedisCommands<String, String>, T> question) {
        try (RedisClient client = RedisClient.create(redis.url())) {
            return question.apply(client.connect().sync());
        }
    }

    private void awaitReady(ChaosGateway gateway) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port + "/readyz"))
                .timeout(Duration.ofSeconds(2))
                .build();
        audit.await("the gateway on port " + gateway.port + " is ready", 40, () -> {
            if (!gateway.isAlive()) {
                // It does not start without Redis; whoever runs it starts it again.
                gateway.start();
                pause(500);
            }
            return http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode() == 200;
        });
    }

    private static void pause(long ms) throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(ms);
    }

    private void say(String text) {
        System.out.printf("%5.1f s  %s%n", (System.nanoTime() - startedAt) / 1e9, text);
    }
}
