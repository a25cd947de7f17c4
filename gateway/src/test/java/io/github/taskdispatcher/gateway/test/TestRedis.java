package io.github.taskdispatcher.gateway.test;

import com.redis.testcontainers.RedisContainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.utility.DockerImageName;
import redis.embedded.RedisServer;

/**
 * The Redis of the tests, one for the whole run, always a real one: {@code TEST_REDIS_URL} if set, else a container where
 * a Docker engine answers, else the embedded binary. Each test takes a key prefix of its own.
 */
public final class TestRedis {

    private static final AtomicInteger PREFIXES = new AtomicInteger();
    private static String url;

    private TestRedis() {}

    public static synchronized String url() {
        if (url == null) {
            url = start();
        }
        return url;
    }

    /** A prefix no other test has, in this run or another on the same Redis. */
    public static String freshPrefix() {
        return "test" + Long.toString(System.nanoTime(), 36) + PREFIXES.incrementAndGet() + ":";
    }

    public static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String start() {
        String given = System.getenv("TEST_REDIS_URL");
        if (given != null && !given.isBlank()) {
            return given;
        }
        if (DockerClientFactory.instance().isDockerAvailable()) {
            RedisContainer container = new RedisContainer(DockerImageName.parse("redis:7"));
            container.start();
            return container.getRedisURI();
        }
        int port = freePort();
        try {
            RedisServer server = RedisServer.newRedisServer()
                    .port(port)
                    .setting("save \"\"")
                    .setting("appendonly no")
                    .setting("maxmemory-policy noeviction")
                    .build();
            server.start();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                try {
                    server.stop();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }));
        } catch (IOException e) {
            throw new UncheckedIOException("the embedded Redis does not start", e);
        }
        return "redis://127.0.0.1:" + port;
    }
}
