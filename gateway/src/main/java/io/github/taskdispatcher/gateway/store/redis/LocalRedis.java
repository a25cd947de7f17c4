package io.github.taskdispatcher.gateway.store.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.embedded.core.ExecutableProvider;

/**
 * A real Redis beside the gateway, for whoever has none: {@code redis-server} from the PATH when it is 6.2 or later, else
 * the binary that {@code embedded-redis} brings. Its data, with an append-only file, lie in {@code <data dir>/redis}.
 *
 * <p>It is a process of its own in a session of its own, so neither Ctrl-C nor the death of the gateway ends it: started
 * again on the same directory, the gateway joins the Redis that is still there instead of fighting it, and a second gateway
 * on the same directory joins too. {@link #close} ends it unless other gateways still use it.
 */
public final class LocalRedis implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(LocalRedis.class);
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration END_LIMIT = Duration.ofSeconds(10);
    private static final int USUAL_PORT = 6379;
    private static final Pattern VERSION = Pattern.compile("v=(\\d+)\\.(\\d+)");

    private final int port;
    private final boolean joined;

    private LocalRedis(int port, boolean joined) {
        this.port = port;
        this.joined = joined;
    }

    /**
     * Starts the Redis of this directory, or joins the one that runs on it; returns when it answers.
     *
     * @throws IOException with a message for the operator when neither is possible
     */
    public static LocalRedis start(Path dataDir) throws IOException {
        Path dir = dataDir.resolve("redis");
        try {
            Files.createDirectories(dir);
            dir = dir.toRealPath();
        } catch (IOException e) {
            throw new IOException("DATA_DIR " + dataDir + " cannot be written: " + e.getMessage(), e);
        }
        Path lockFile = dir.resolve("lock");
        try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.lock()) {
            Optional<Integer> last = lastPort(dir);
            if (last.isPresent() && servesDirectory(last.get(), dir)) {
                return new LocalRedis(last.get(), true);
            }
            int port = pickPort(last);
            launch(executable(dir), port, dir);
            Files.writeString(dir.resolve("port"), Integer.toString(port));
            return new LocalRedis(port, false);
        }
    }

    /** For {@code REDIS_URL} and {@code redis-cli -u}. */
    public String url() {
        return "redis://127.0.0.1:" + port;
    }

    /** Whether it ran already. */
    public boolean joined() {
        return joined;
    }

    /** Ends it and waits for that, its data kept, unless other gateways are connected; says how to end it then. */
    @Override
    public void close() {
        List<String> others = ask(port, redis -> redis.clientList()
                        .lines()
                        .filter(line -> line.contains(" name=td:gateway:"))
                        .toList())
                .orElse(List.of());
        if (!others.isEmpty()) {
            log.info(
                    "Redis on port {} stays for the other gateways; end it with: redis-cli -p {} shutdown", port, port);
            return;
        }
        Optional<ProcessHandle> process = ask(port, LocalRedis::process).flatMap(ProcessHandle::of);
        ask(port, redis -> {
            // No second file: the append-only one is written to its end all the same.
            redis.shutdown(false);
            return true;
        });
        process.ifPresent(this::awaitEnd);
    }

    private static long process(RedisCommands<String, String> redis) {
        return redis.info("server")
                .lines()
                .filter(line -> line.startsWith("process_id:"))
                .mapToLong(line -> Long.parseLong(line.substring("process_id:".length())))
                .findFirst()
                .orElseThrow(() -> new RedisException("it does not say its process id"));
    }

    /** Its directory may be deleted after this, which would keep one that has not ended from ever doing so. */
    private void awaitEnd(ProcessHandle process) {
        try {
            process.onExit().get(END_LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            log.warn(
                    "Redis on port {} (process {}) has not ended; see redis.log in its directory", port, process.pid());
        }
    }

    private static Optional<Integer> lastPort(Path dir) throws IOException {
        Path file = dir.resolve("port");
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        String text = Files.readString(file).strip();
        return text.matches("\\d{1,5}") ? Optional.of(Integer.parseInt(text)) : Optional.empty();
    }

    private static boolean servesDirectory(int port, Path dir) {
        return ask(port, redis -> redis.configGet("dir").get("dir"))
                .map(served -> Path.of(served).equals(dir))
                .orElse(false);
    }

    /** What Redis on this port says, or empty when none answers; waits while it loads its data. */
    private static <T> Optional<T> ask(int port, Function<RedisCommands<String, String>, T> question) {
        RedisURI uri = RedisURI.builder()
                .withHost("127.0.0.1")
                .withPort(port)
                .withTimeout(Duration.ofSeconds(2))
                .build();
        RedisClient client = RedisClient.create(uri);
        client.setOptions(io.lettuce.core.ClientOptions.builder()
                .autoReconnect(false)
                .pingBeforeActivateConnection(false)
                .build());
        try (StatefulRedisConnection<String, String> connection = client.connect()) {
            return Optional.ofNullable(question.apply(connection.sync()));
        } catch (RedisException e) {
            return Optional.empty();
        } finally {
            client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
        }
    }

    private static int pickPort(Optional<Integer> last) throws IOException {
        if (last.isPresent() && isFree(last.get())) {
            return last.get();
        }
        if (isFree(USUAL_PORT)) {
            return USUAL_PORT;
        }
        try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return any.getLocalPort();
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException taken) {
            return false;
        }
    }

    private static void launch(String executable, int port, Path dir) throws IOException {
        Path logFile = dir.resolve("redis.log");
        List<String> command = new ArrayList<>(List.of(executable, "--port", Integer.toString(port)));
        command.addAll(List.of("--bind", "127.0.0.1", "--daemonize", "yes", "--dir", dir.toString()));
        command.addAll(List.of("--appendonly", "yes", "--appendfsync", "everysec", "--save", ""));
        command.addAll(List.of("--maxmemory-policy", "noeviction"));
        command.addAll(List.of("--client-output-buffer-limit", "pubsub 64mb 16mb 60"));
        command.addAll(List.of("--pidfile", dir.resolve("redis.pid").toString()));
        command.addAll(List.of("--logfile", logFile.toString()));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile.toFile()))
                .start();
        long giveUpAt = System.nanoTime() + START_LIMIT.toNanos();
        long sayAt = System.nanoTime() + Duration.ofSeconds(3).toNanos();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
            while (ask(port, RedisCommands::ping).filter("PONG"::equals).isEmpty()) {
                if (System.nanoTime() > giveUpAt || process.isAlive() || process.exitValue() != 0) {
                    throw new IOException("Redis does not start; its log is " + logFile + ":\n" + tail(logFile));
                }
                if (System.nanoTime() > sayAt) {
                    log.info("Redis is loading its data from {} ...", dir);
                    sayAt = System.nanoTime() + Duration.ofSeconds(5).toNanos();
                }
                TimeUnit.MILLISECONDS.sleep(20);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while Redis started", e);
        }
    }

    private static String tail(Path file) throws IOException {
        List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 8), lines.size()));
    }

    /**
     * The redis-server to run: that of the PATH, or the one that is brought along, unpacked into {@code dir}.
     *
     * @throws IOException when there is none for this machine
     */
    public static String executable(Path dir) throws IOException {
        Optional<String> installed = onPath("redis-server").filter(LocalRedis::isRecent);
        if (installed.isPresent()) {
            return installed.get();
        }
        Path bin = Files.createDirectories(dir.resolve("bin"));
        File[] extracted =
                bin.toFile().listFiles(file -> file.getName().startsWith("redis-server") && file.canExecute());
        if (extracted != null && extracted.length > 0) {
            return extracted[0].getPath();
        }
        File binary = ExecutableProvider.newJarResourceProvider(bin.toFile()).get();
        if (!binary.setExecutable(true)) {
            throw new IOException(binary + " cannot be made executable; install redis-server, or set REDIS_URL");
        }
        return binary.getPath();
    }

    private static Optional<String> onPath(String name) {
        String path = System.getenv().getOrDefault("PATH", "");
        for (String dir : path.split(File.pathSeparator)) {
            Path file = Path.of(dir.isEmpty() ? "." : dir, name);
            if (Files.isExecutable(file)) {
                return Optional.of(file.toString());
            }
        }
        return Optional.empty();
    }

    private static boolean isRecent(String executable) {
        try {
            Process process = new ProcessBuilder(executable, "--version")
                    .redirectErrorStream(true)
                    .start();
            return isRecentVersion(new String(process.getInputStream().readAllBytes(), UTF_8));
        } catch (IOException e) {
            return false;
        }
    }

    /** Whether {@code redis-server --version} says 6.2 or later. */
    static boolean isRecentVersion(String said) {
        Matcher version = VERSION.matcher(said);
        if (!version.find()) {
            return false;
        }
        int major = Integer.parseInt(version.group(1));
        int minor = Integer.parseInt(version.group(2));
        return major > 6 || major == 6 && minor >= 2;
    }
}
