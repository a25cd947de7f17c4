package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.testkit.RedisProcess;
import io.lettuce.core.RedisClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Redis, or a proxy in front of it, that does not know {@code HELLO}: the gateway speaks RESP2, with {@code AUTH}. */
class RedisHelloIT {

    private static final String PASSWORD = "never-to-be-printed";

    @TempDir
    private Path dir;

    private RedisProcess redis;

    @AfterEach
    void stop() {
        Closing.all(redis);
    }

    private String redis(String... options) throws Exception {
        redis = new RedisProcess(TestRedis.binary(dir), dir, TestRedis.freePort(), options);
        redis.awaitAnswers();
        try (RedisClient client = RedisClient.create(redis.url())) {
            client.connect().sync().configSet("requirepass", PASSWORD);
        }
        return url(redis.port());
    }

    private static String url(int port) {
        return "redis://:" + PASSWORD + "@127.0.0.1:" + port;
    }

    /** The worker's gateway is another one than the client's, so that hints are needed. */
    private static void runsTasks(String url) {
        try (GatewayProcess a = GatewayProcess.on(url, "td:");
                GatewayProcess b = GatewayProcess.on(url, "td:")) {
            try (TestWorker worker = TestWorker.echo(b, null)) {
                assertThat(a.post("{\"data\":{}}").statusCode()).isEqualTo(200);
                assertThat(a.get("/readyz").body()).isEqualTo("{\"status\":\"ready\"}");
                assertThat(worker.closed).isNotDone();
            }
            assertThat(a.output).noneMatch(line -> line.contains(PASSWORD));
        }
    }

    @Test
    void aRedisThatDoesNotKnowIt() throws Exception {
        runsTasks(redis("--rename-command", "HELLO", ""));
    }

    @Test
    void aProxyThatRefusesItInItsOwnWords() throws Exception {
        redis();
        try (Proxy proxy = new Proxy(redis.port(), "-ERR unsupported command 'hello'\r\n")) {
            runsTasks(url(proxy.port()));
        }
    }

    @Test
    void aProxyThatHangsUpOnIt() throws Exception {
        redis();
        try (Proxy proxy = new Proxy(redis.port(), "")) {
            runsTasks(url(proxy.port()));
        }
    }

    /** Answers a connection that begins with HELLO itself, and closes it; passes on any other. */
    private static final class Proxy implements AutoCloseable {

        private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
        private final ExecutorService threads = Executors.newCachedThreadPool();

        Proxy(int target, String answer) throws IOException {
            threads.execute(() -> {
                while (!server.isClosed()) {
                    try {
                        Socket client = server.accept();
                        sockets.add(client);
                        threads.execute(() -> serve(client, target, answer));
                    } catch (IOException closed) {
                        // A closed server ends the loop.
                    }
                }
            });
        }

        private void serve(Socket client, int target, String answer) {
            byte[] buffer = new byte[4096];
            try {
                int read = client.getInputStream().read(buffer);
                if (read < 0 || new String(buffer, 0, read, US_ASCII).contains("HELLO")) {
                    client.getOutputStream().write(answer.getBytes(US_ASCII));
                    client.close();
                    return;
                }
                Socket away = new Socket(InetAddress.getLoopbackAddress(), target);
                sockets.add(away);
                away.getOutputStream().write(Arrays.copyOf(buffer, read));
                threads.execute(() -> ForwardProxy.pipe(away, client));
                ForwardProxy.pipe(client, away);
            } catch (IOException gone) {
                Closing.all(client);
            }
        }

        int port() {
            return server.getLocalPort();
        }

        @Override
        public void close() {
            Closing.all(server);
            sockets.forEach(Closing::all);
            threads.shutdownNow();
        }
    }
}
