package io.github.taskdispatcher.bench.stack;

import io.github.taskdispatcher.bench.load.EchoWorkers;
import io.github.taskdispatcher.bench.load.StreamWorkers;
import io.github.taskdispatcher.gateway.config.Setting;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/** One Redis, the gateways on it and workers, each a process of its own, ended together. */
public final class Stack implements AutoCloseable {

    private static final int READY_LIMIT_SECONDS = 30;

    /** A gateway started by {@code ./dispatcher start}, as its users start it. */
    public final class Gateway {
        private final Child process;
        private final int port;
        private final double startSeconds;

        private Gateway(Map<Setting, String> settings, Path log) throws IOException, InterruptedException {
            ProcessBuilder builder =
                    new ProcessBuilder(home.resolve("dispatcher").toString(), "start");
            for (Setting setting : Setting.values()) {
                builder.environment().remove(setting.name());
            }
            settings.forEach((setting, value) -> builder.environment().put(setting.name(), value));
            AtomicReference<String> greeting = new AtomicReference<>();
            long startedAt = System.nanoTime();
            process = Child.startUntil(builder, log, line -> {
                greeting.set(line);
                return line.startsWith("Task Dispatcher listens on ");
            });
            port = Integer.parseInt(greeting.get().substring(greeting.get().lastIndexOf(':') + 1));
            awaitReady();
            startSeconds = (System.nanoTime() - startedAt) / 1e9;
        }

        private void awaitReady() throws IOException, InterruptedException {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/readyz"))
                    .build();
            Moment.await(
                    READY_LIMIT_SECONDS,
                    () -> HTTP.send(request, HttpResponse.BodyHandlers.discarding())
                                    .statusCode()
                            == 200,
                    () -> "the gateway is not ready after " + READY_LIMIT_SECONDS + " s");
        }

        public long pid() {
            return process.pid();
        }

        public InetSocketAddress address() {
            return new InetSocketAddress("127.0.0.1", port);
        }

        /** Where workers of this group connect; null for the default group. */
        public URI workers(String group) {
            return URI.create("ws://127.0.0.1:" + port + "/ws" + (group == null ? "" : "?group=" + group));
        }

        /** SIGKILL, before its stack ends. */
        public void kill() {
            process.close();
        }

        /** From the command to the first {@code readyz} that says ready, in seconds. */
        public double startSeconds() {
            return startSeconds;
        }
    }

    /** A {@link BareServer} of this stack. */
    public static final class Bare {
        private final Child process;
        private final int port;

        private Bare(Child process, int port) {
            this.process = process;
            this.port = port;
        }

        public long pid() {
            return process.pid();
        }

        public InetSocketAddress address() {
            return new InetSocketAddress("127.0.0.1", port);
        }

        /** Where its mirrors connect. */
        public URI mirrors() {
            return URI.create("ws://127.0.0.1:" + port + "/ws");
        }
    }

    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final Path home;
    private final Path dir;
    private final RedisServer redis;
    private final List<Gateway> gateways = new ArrayList<>();
    private final List<Child> workers = new ArrayList<>();
    private final List<Child> others = new ArrayList<>();

    /**
     * Starts Redis.
     *
     * @param home of the project, where {@code dispatcher} is
     * @param dir for data and logs, its own
     */
    public Stack(Path home, Path dir) throws IOException {
        this.home = home;
        this.dir = dir;
        redis = new RedisServer(dir);
    }

    /** Builds the gateway when its sources are newer, so that no start has to. */
    public static void build(Path home, Path dir) throws IOException, InterruptedException {
        Path log = dir.resolve("build.log");
        ProcessBuilder builder = new ProcessBuilder(home.resolve("dispatcher").toString(), "--version")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        if (builder.start().waitFor() != 0) {
            throw new IOException(Files.readString(log));
        }
    }

    /** Starts one more gateway; returns when it is ready. */
    public Gateway addGateway(Map<Setting, String> settings) throws IOException, InterruptedException {
        Map<Setting, String> all = new EnumMap<>(Setting.class);
        all.put(Setting.PORT, "0");
        all.put(Setting.REDIS_URL, redis.url());
        all.put(Setting.LOG_LEVEL, "warn");
        all.putAll(settings);
        Gateway gateway = new Gateway(all, dir.resolve("gateway-" + gateways.size() + ".log"));
        gateways.add(gateway);
        return gateway;
    }

    /** Starts a server that does what the gateway's parts do alone. */
    public Bare addBareServer() throws IOException {
        AtomicReference<String> greeting = new AtomicReference<>();
        ProcessBuilder builder = java(BareServer.class.getName(), redis.url());
        Child process = Child.startUntil(builder, dir.resolve("bare.log"), line -> {
            greeting.set(line);
            return line.startsWith("READY ");
        });
        others.add(process);
        return new Bare(process, Integer.parseInt(greeting.get().substring("READY ".length())));
    }

    /**
     * Starts a process with this many workers; returns when all are connected.
     *
     * @param answer see {@link EchoWorkers}
     * @return its process id
     */
    public long addWorkers(URI uri, int count, String answer) throws IOException {
        return addWorkers(
                java("-XX:+UseSerialGC", EchoWorkers.class.getName(), uri.toString(), Integer.toString(count), answer));
    }

    /** Starts a process with this many workers that stream, see {@link StreamWorkers}; returns when all are connected. */
    public long addStreamWorkers(URI uri, int count, int chunks, int perSecond) throws IOException {
        return addWorkers(java(
                "-XX:+UseSerialGC",
                StreamWorkers.class.getName(),
                uri.toString(),
                Integer.toString(count),
                Integer.toString(chunks),
                Integer.toString(perSecond)));
    }

    /** Starts another program's workers; it says READY when all are connected. */
    public long addWorkers(ProcessBuilder program) throws IOException {
        Child process = Child.startUntil(program, dir.resolve("workers.log"), "READY"::equals);
        workers.add(process);
        return process.pid();
    }

    /** Ends this process of workers. */
    public void stopWorkers(long pid) {
        workers.removeIf(process -> {
            if (process.pid() == pid) {
                process.close();
                return true;
            }
            return false;
        });
    }

    /** A JVM like ours with our classes. */
    private static ProcessBuilder java(String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // The gateway's jar grants this in its manifest, a class path does not; a newer JVM warns without it.
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command);
    }

    public RedisServer redis() {
        return redis;
    }

    @Override
    public void close() {
        workers.forEach(Child::close);
        others.forEach(Child::close);
        gateways.forEach(gateway -> gateway.process.close());
        redis.close();
    }
}
