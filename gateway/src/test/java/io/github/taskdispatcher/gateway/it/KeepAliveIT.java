package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

import io.github.taskdispatcher.gateway.test.TestRedis;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a client hears while its request is held, byte for byte. */
class KeepAliveIT {

    private static final String TASK = "{\"data\":{\"n\":1},\"timeout\":60000}";
    private static final String INTERIM = "HTTP/1.1 102 Processing\r\n";
    private static final String CHAT =
            "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"timeout\":60000}";

    private static GatewayProcess gateway(String keepAlive) {
        return GatewayProcess.on(TestRedis.url(), TestRedis.freshPrefix(), "SYNC_KEEPALIVE", keepAlive);
    }

    /** A request of a client of its own, which reads until this end has come. */
    private static final class Client implements AutoCloseable {

        private final Socket socket;

        Client(GatewayProcess gateway, String path, String version, String body) throws IOException {
            socket = new Socket("127.0.0.1", gateway.port());
            socket.setSoTimeout(40_000);
            socket.getOutputStream()
                    .write(("POST " + path + " HTTP/" + version
                                    + "\r\nHost: localhost\r\nContent-Type: application/json\r\n" + "Content-Length: "
                                    + body.length() + "\r\n\r\n" + body)
                            .getBytes(UTF_8));
        }

        String readTo(String end) throws IOException {
            InputStream in = socket.getInputStream();
            StringBuilder read = new StringBuilder();
            while (read.indexOf(end) < 0) {
                int next = in.read();
                if (next < 0) {
                    throw new IOException("ended after " + read);
                }
                read.append((char) next);
            }
            return read.toString();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @ParameterizedTest
    @Execution(CONCURRENT)
    @CsvSource({"/api/openai", "/v1/chat/completions"})
    void interimResponsesBeforeTheOne(String path) throws Exception {
        try (GatewayProcess gateway = gateway("102");
                TestWorker worker = TestWorker.ready(gateway, null);
                Client client = new Client(gateway, path, "1.1", path.startsWith("/v1") ? CHAT : TASK)) {
            String id = worker.awaitTask();
            String interim = client.readTo("\r\n\r\n");
            assertThat(interim).isEqualTo(INTERIM + "\r\n");
            worker.fail(id, "\"broken\"");
            String head = client.readTo("\r\n\r\n");
            assertThat(head).startsWith("HTTP/1.1 500 ").contains("X-Task-Id: " + id);
            assertThat(client.readTo("}")).contains("broken");
        }
    }

    @Test
    @Execution(CONCURRENT)
    void whiteSpaceBeforeTheResult() throws Exception {
        String large = '"' + "x".repeat(100_000) + '"';
        try (GatewayProcess gateway = gateway("whitespace");
                TestWorker one = TestWorker.ready(gateway, null);
                TestWorker two = TestWorker.ready(gateway, null);
                Client client = new Client(gateway, "/api/openai", "1.1", TASK);
                Client old = new Client(gateway, "/api/openai", "1.0", TASK)) {
            CompletableFuture<String> refused = CompletableFuture.supplyAsync(
                    () -> gateway.post("{\"data\":{},\"group\":\"nobody\"}").body());
            String head = client.readTo("\r\n\r\n");
            assertThat(head).startsWith("HTTP/1.1 200 ").contains("application/json", "chunked");
            assertThat(client.readTo(" \r\n")).isEqualTo("1\r\n \r\n");
            one.complete(one.awaitTask(), large);
            two.complete(two.awaitTask(), large);
            assertThat(client.readTo("0\r\n\r\n")).contains("\"status\":\"completed\"");
            // Who speaks HTTP/1.0 knows neither, and who is refused at once needs neither.
            assertThat(old.readTo("\r\n\r\n")).startsWith("HTTP/1.1 200 ").contains("Content-Length");
            assertThat(refused.get()).contains("no_worker");
        }
    }

    @Test
    @Execution(CONCURRENT)
    void nothingUnlessAskedFor() throws Exception {
        try (GatewayProcess gateway = gateway("none");
                TestWorker worker = TestWorker.ready(gateway, null);
                Client client = new Client(gateway, "/api/openai", "1.1", TASK);
                GatewayProcess other = gateway("102");
                TestWorker slow = TestWorker.ready(other, null);
                Client clock = new Client(other, "/api/openai", "1.1", TASK)) {
            // The other gateway has said something meanwhile.
            clock.readTo("\r\n\r\n");
            worker.complete(worker.awaitTask(), "1");
            slow.complete(slow.awaitTask(), "1");
            assertThat(client.readTo("\r\n\r\n")).startsWith("HTTP/1.1 200 ");
        }
    }
}
