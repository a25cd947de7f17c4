package io.github.taskdispatcher.bench.stack;

import io.github.taskdispatcher.gateway.cli.Sandbox;
import io.github.taskdispatcher.gateway.embedded.RedisBinary;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A Redis of the benchmark's own, set up as README.md asks: with an append-only file, fsynced every second. */
public final class RedisServer implements AutoCloseable {

    private static final long START_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final int port;
    private final Child process;
    private final RedisClient client;
    private final StatefulRedisConnection<String, String> connection;

    /** Starts it; returns when it answers. */
    public RedisServer(Path dir) throws IOException {
        Files.createDirectories(dir);
        port = Sandbox.freePort();
        List<String> command =
                new ArrayList<>(List.of(RedisBinary.locate(dir).toString(), "--port", Integer.toString(port)));
        command.addAll(List.of("--bind", "127.0.0.1", "--dir", dir.toString(), "--save", ""));
        command.addAll(List.of("--appendonly", "yes", "--appendfsync", "everysec"));
        command.addAll(List.of("--maxmemory-policy", "noeviction"));
        process = Child.start(new ProcessBuilder(command), dir.resolve("redis.log"));
        client = RedisClient.create("redis://127.0.0.1:" + port);
        connection = connect(dir);
    }

    private StatefulRedisConnection<String, String> connect(Path dir) throws IOException {
        long giveUpAt = System.nanoTime() + START_LIMIT_NANOS;
        while (true) {
            try {
                return client.connect();
            } catch (RedisException notYet) {
                if (System.nanoTime() > giveUpAt || !process.isAlive()) {
                    close();
                    throw new IOException("Redis does not start:\n" + Files.readString(dir.resolve("redis.log")));
                }
                pause();
            }
        }
    }

    private static void pause() throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(10);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** For {@code REDIS_URL}. */
    public String url() {
        return "redis://127.0.0.1:" + port;
    }

    public InetSocketAddress address() {
        return new InetSocketAddress("127.0.0.1", port);
    }

    public long pid() {
        return process.pid();
    }

    /** For what is asked between measurements. */
    public RedisCommands<String, String> commands() {
        return connection.sync();
    }

    /** Goes on without its append-only file, or with one again, which is written anew; returns when that is done. */
    public void keepFile(boolean keep) throws IOException, InterruptedException {
        commands().configSet("appendonly", keep ? "yes" : "no");
        Moment.await(60, () -> keep == isFileKept(), () -> "Redis does not finish its append-only file");
    }

    private boolean isFileKept() {
        Map<String, String> state = info("persistence");
        return state.get("aof_enabled").equals("1")
                && state.get("aof_rewrite_in_progress").equals("0")
                && state.get("aof_rewrite_scheduled").equals("0");
    }

    /** One section of INFO, by name. */
    public Map<String, String> info(String section) {
        Map<String, String> info = new HashMap<>();
        commands().info(section).lines().filter(line -> line.contains(":")).forEach(line -> {
            int colon = line.indexOf(':');
            info.put(line.substring(0, colon), line.substring(colon + 1).strip());
        });
        return info;
    }

    @Override
    public void close() {
        if (connection != null) {
            connection.close();
        }
        client.shutdown();
        process.close();
    }
}
