package io.github.taskdispatcher.gateway.embedded;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Redis process beside the gateway. Its data, with an append-only file, are in {@code <data dir>/redis}.
 *
 * <p>The process has a session of its own, so neither Ctrl-C nor the death of the gateway ends it. A gateway that starts on
 * the same directory joins the running Redis. If Redis ends by itself, this class starts it again on the
 * same port. {@link #close} ends Redis unless another gateway is connected to it.
 *
 * <p>Thread-safe. A daemon thread of its own waits for the end of Redis.
 */
public final class LocalRedis implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(LocalRedis.class);
    private static final Duration END_LIMIT = Duration.ofSeconds(10);
    /** How long Redis may take to write its pid file, before it loads its data. */
    private static final Duration PID_LIMIT = Duration.ofSeconds(10);

    private static final Duration FIRST_RESTART_DELAY = Duration.ofMillis(100);
    private static final Duration LONGEST_RESTART_DELAY = Duration.ofSeconds(30);
    private static final int USUAL_PORT = 6379;

    private final RedisBinary binary;
    private final Path dir;
    private final int port;
    private final boolean joined;
    private volatile boolean closed;

    private LocalRedis(RedisBinary binary, Path dir, int port, boolean joined) {
        this.binary = binary;
        this.dir = dir;
        this.port = port;
        this.joined = joined;
    }

    /**
     * Starts the Redis of this directory, or joins the one that runs on it; returns when Redis answers.
     *
     * @throws IOException with a message for the operator when neither is possible
     */
    public static LocalRedis start(Path dataDir) throws IOException {
        return start(dataDir, RedisBinary.ofThisMachine());
    }

    static LocalRedis start(Path dataDir, RedisBinary binary) throws IOException {
        Path dir = dataDir.resolve("redis");
        try {
            Files.createDirectories(dir);
            dir = dir.toRealPath();
        } catch (IOException e) {
            throw new IOException("DATA_DIR " + dataDir + " cannot be written: " + e.getMessage(), e);
        }
        LocalRedis redis;
        try (FileChannel channel = lockChannel(dir);
                FileLock lock = channel.lock()) {
            Optional<Integer> last = lastPort(dir);
            if (last.isPresent() && servesDirectory(last.get(), dir)) {
                redis = new LocalRedis(binary, dir, last.get(), true);
            } else {
                redis = new LocalRedis(binary, dir, pickPort(last), false);
                redis.launch();
                Files.writeString(dir.resolve("port"), Integer.toString(redis.port));
            }
            redis.awaitAnswers();
        }
        redis.supervise();
        return redis;
    }

    /** The address for {@code REDIS_URL} and {@code redis-cli -u}. */
    public String url() {
        return "redis://127.0.0.1:" + port;
    }

    /** Whether Redis was running before {@link #start}. */
    public boolean joined() {
        return joined;
    }

    /** Ends Redis and waits for its end; the data stay. Leaves Redis running while another gateway is connected to it. */
    @Override
    public void close() {
        closed = true;
        // A restart that has begun ends first: nothing would end the Redis that it starts.
        synchronized (this) {
            end();
        }
    }

    private void end() {
        Optional<ProcessHandle> process = process();
        boolean shared = ask(port, redis -> redis.clientList().contains(" name=td:gateway:"))
                .orElse(false);
        if (shared) {
            log.info(
                    "Redis on port {} stays, because another gateway uses it; end it with: kill {}",
                    port,
                    process.map(ProcessHandle::pid).orElse(-1L));
            return;
        }
        ask(port, redis -> {
            // Without a dump: the append-only file holds everything.
            redis.shutdown(false);
            return true;
        });
        process.ifPresent(this::awaitEnd);
    }

    /** The caller may delete the directory after this; a Redis that has lost its directory would not end. */
    private void awaitEnd(ProcessHandle process) {
        try {
            process.onExit().get(END_LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            log.warn("Redis on port {} (process {}) has not ended; see {}", port, process.pid(), logFile());
        }
    }

    // ---- starting -----------------------------------------------------------------------------------------------

    private void launch() throws IOException {
        Files.deleteIfExists(pidFile());
        List<String> command = new ArrayList<>(List.of(binary.find(dir).toString()));
        // Each word is an argument of its own: Redis 6.2 does not split a value.
        command.addAll(List.of("--port", Integer.toString(port), "--bind", "127.0.0.1", "--daemonize", "yes"));
        command.addAll(List.of("--dir", dir.toString(), "--appendonly", "yes", "--appendfsync", "everysec"));
        command.addAll(List.of("--save", "", "--maxmemory-policy", "noeviction"));
        command.addAll(List.of("--client-output-buffer-limit", "pubsub", "64mb", "16mb", "60"));
        command.addAll(List.of(
                "--pidfile", pidFile().toString(), "--logfile", logFile().toString()));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile().toFile()))
                .start();
        try {
            // The process that forks the daemon ends at once, with an error when an option is wrong.
            if (!process.waitFor(PID_LIMIT.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw notStarted();
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** Returns when Redis answers. Loading a large file may take minutes, so only the end of the process ends the wait. */
    private void awaitAnswers() throws IOException {
        long pidUntil = System.nanoTime() + PID_LIMIT.toNanos();
        long sayAt = System.nanoTime() + Duration.ofSeconds(3).toNanos();
        try {
            while (ask(port, RedisCommands::ping).filter("PONG"::equals).isEmpty()) {
                long now = System.nanoTime();
                Optional<Long> pid = pidOfFile();
                if (pid.isPresent() ? runs(pid.get()).isEmpty() : now > pidUntil) {
                    throw notStarted();
                }
                if (now > sayAt) {
                    log.info("Redis is loading its data from {} ...", dir);
                    sayAt = now + Duration.ofSeconds(5).toNanos();
                }
                TimeUnit.MILLISECONDS.sleep(20);
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private IOException notStarted() throws IOException {
        String tail = tail(logFile());
        String cause = tail.contains("Can't handle RDB format version")
                ? "The data were written by a newer Redis: put that redis-server on the PATH again, or set DATA_DIR to "
                        + "another directory.\n"
                : "";
        return new IOException("Redis does not start. " + cause + "Its log is " + logFile() + ":\n" + tail);
    }

    private static IOException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new IOException("interrupted while Redis started", e);
    }

    private static String tail(Path file) throws IOException {
        List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 8), lines.size()));
    }

    // ---- starting again -----------------------------------------------------------------------------------------

    private void supervise() {
        Thread supervisor = new Thread(this::restartWhenEnded, "redis-supervisor");
        supervisor.setDaemon(true);
        supervisor.start();
    }

    private void restartWhenEnded() {
        Duration delay = FIRST_RESTART_DELAY;
        while (!closed) {
            // A frozen Redis does not answer, but its process has not ended.
            process().or(() -> pidOfFile().flatMap(LocalRedis::runs)).ifPresent(process -> process.onExit()
                    .join());
            try {
                TimeUnit.MILLISECONDS.sleep(delay.toMillis());
                restart();
                delay = FIRST_RESTART_DELAY;
            } catch (IOException e) {
                delay = delay.multipliedBy(4).compareTo(LONGEST_RESTART_DELAY) < 0
                        ? delay.multipliedBy(4)
                        : LONGEST_RESTART_DELAY;
                log.error("{}\nThe gateway tries again in {} ms.", e.getMessage(), delay.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** Another gateway of this directory may do the same: the lock lets one of them start Redis. */
    private synchronized void restart() throws IOException {
        if (closed) {
            return;
        }
        try (FileChannel channel = lockChannel(dir);
                FileLock lock = channel.lock()) {
            if (!servesDirectory(port, dir)) {
                log.warn("Redis on port {} has ended; the gateway starts it again", port);
                launch();
            }
            awaitAnswers();
        }
    }

    private static FileChannel lockChannel(Path dir) throws IOException {
        return FileChannel.open(dir.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    // ---- what runs ----------------------------------------------------------------------------------------------

    private Path pidFile() {
        return dir.resolve("redis.pid");
    }

    private Path logFile() {
        return dir.resolve("redis.log");
    }

    /** The Redis on the port; empty when none answers. */
    private Optional<ProcessHandle> process() {
        return ask(port, redis -> redis.info("server"))
                .flatMap(info -> info.lines()
                        .filter(line -> line.startsWith("process_id:"))
                        .findFirst())
                .flatMap(line -> runs(
                        Long.parseLong(line.substring("process_id:".length()).strip())));
    }

    private static Optional<ProcessHandle> runs(long pid) {
        return ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
    }

    /** Empty before Redis has written its pid file. */
    private Optional<Long> pidOfFile() {
        try {
            return Optional.of(Long.parseLong(Files.readString(pidFile()).strip()));
        } catch (IOException | NumberFormatException notYet) {
            return Optional.empty();
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

    /** The reply of the Redis on this port, or empty when none answers or it still loads its data. */
    private static <T> Optional<T> ask(int port, Function<RedisCommands<String, String>, T> question) {
        RedisURI uri = RedisURI.builder()
                .withHost("127.0.0.1")
                .withPort(port)
                .withTimeout(Duration.ofSeconds(2))
                .build();
        RedisClient client = RedisClient.create(uri);
        client.setOptions(ClientOptions.builder()
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
}
