package io.github.taskdispatcher.gateway.test;

import com.redis.testcontainers.RedisContainer;
import io.github.taskdispatcher.gateway.cli.Sandbox;
import io.github.taskdispatcher.gateway.embedded.RedisBinary;
import io.github.taskdispatcher.testkit.RedisProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.utility.DockerImageName;

/**
 * The Redis of the tests, one for the whole run, always a real one. The first of these that is there:
 *
 * <ol>
 *   <li>the server at the environment variable {@code TEST_REDIS_URL};
 *   <li>the program at the system property {@code redis.binary};
 *   <li>a container, if a Docker engine answers;
 *   <li>what {@code ./dispatcher start} would run, see {@link RedisBinary}.
 * </ol>
 *
 * <p>Each test takes a key prefix of its own. Tests that kill or freeze Redis start a process of their own from {@link
 * #binary}, whatever {@code TEST_REDIS_URL} says.
 */
public final class TestRedis {

    private static final AtomicInteger PREFIXES = new AtomicInteger();
    private static String url;

    private TestRedis() {}

    public static synchronized String url() {
        if (url == null) {
            try {
                url = start();
            } catch (IOException e) {
                throw new UncheckedIOException("no Redis for the tests", e);
            }
        }
        return url;
    }

    /**
     * The Redis program for processes of a test.
     *
     * @param dir where a bundled program may be unpacked
     */
    public static String binary(Path dir) throws IOException {
        String given = System.getProperty("redis.binary", "");
        return given.isBlank() ? RedisBinary.locate(dir).toString() : given;
    }

    /** A prefix that no other test has, in this run or another on the same Redis. */
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

    private static String start() throws IOException {
        String given = System.getenv("TEST_REDIS_URL");
        if (given != null && !given.isBlank()) {
            return given;
        }
        if (System.getProperty("redis.binary", "").isBlank()
                && DockerClientFactory.instance().isDockerAvailable()) {
            RedisContainer container = new RedisContainer(DockerImageName.parse("redis:7"));
            container.start();
            return container.getRedisURI();
        }
        Path dir = Files.createTempDirectory("test-redis");
        RedisProcess redis = new RedisProcess(binary(dir), dir, freePort(), "--appendonly", "no");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            redis.close();
            try {
                Sandbox.delete(dir);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }));
        try {
            redis.awaitAnswers();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while Redis started", e);
        }
        return redis.url();
    }
}
