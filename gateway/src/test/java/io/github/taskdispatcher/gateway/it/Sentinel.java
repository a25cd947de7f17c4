package io.github.taskdispatcher.gateway.it;

import io.github.taskdispatcher.gateway.test.TestRedis;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.sentinel.api.sync.RedisSentinelCommands;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.awaitility.Awaitility;

/** A real Sentinel with a password of its own, which watches the master {@code main}. */
final class Sentinel implements AutoCloseable {

    static final String PASSWORD = "of-the-sentinel";

    private final int port = TestRedis.freePort();
    private final Process process;

    /**
     * Returns when it answers.
     *
     * @param master the port of the master
     * @param password of the master and its replicas; empty for none
     */
    Sentinel(Path dir, int master, String password) throws Exception {
        Path config = Files.writeString(
                dir.resolve("sentinel.conf"),
                String.join(
                        "\n",
                        "port " + port,
                        "bind 127.0.0.1",
                        "dir " + dir,
                        "logfile sentinel.log",
                        "requirepass " + PASSWORD,
                        "sentinel monitor main 127.0.0.1 " + master + " 1",
                        password.isEmpty() ? "" : "sentinel auth-pass main " + password,
                        "sentinel down-after-milliseconds main 1000",
                        "sentinel failover-timeout main 10000",
                        ""));
        process = new ProcessBuilder(TestRedis.binary(dir), config.toString(), "--sentinel")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        Awaitility.await().atMost(Duration.ofSeconds(20)).ignoreExceptions().until(() -> ask(commands ->
                        commands.ping())
                .equals("PONG"));
    }

    int port() {
        return port;
    }

    /** The port of the master as it sees it. */
    int master() {
        return ((InetSocketAddress) ask(commands -> commands.getMasterAddrByName("main"))).getPort();
    }

    /** How many replicas it knows. */
    int replicas() {
        return Integer.parseInt(ask(commands -> commands.master("main")).get("num-slaves"));
    }

    private <T> T ask(Function<RedisSentinelCommands<String, String>, T> question) {
        RedisURI uri = RedisURI.builder()
                .withHost("127.0.0.1")
                .withPort(port)
                .withPassword(PASSWORD.toCharArray())
                .withTimeout(Duration.ofSeconds(5))
                .build();
        try (RedisClient client = RedisClient.create(uri)) {
            return question.apply(client.connectSentinel(uri).sync());
        }
    }

    @Override
    public void close() throws InterruptedException {
        process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
    }
}
