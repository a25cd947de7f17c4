package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.test.TestRedis;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * How long a gateway keeps a connection between two requests. nginx and the load balancers of clouds keep theirs for 60 s: a
 * gateway that closes first may close just when such a proxy sends the next request, which then fails with 502.
 */
class IdleConnectionIT {

    private static void get(Socket socket) throws IOException {
        socket.getOutputStream().write("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(ISO_8859_1));
        assertThat(RawHttp.read(socket.getInputStream()).status()).isEqualTo(200);
    }

    @Test
    void anIdleConnectionOutlivesThoseOfProxiesAndIsClosedAfterThem() throws IOException {
        GatewayProcess gateway = GatewayProcess.on(TestRedis.url(), TestRedis.freshPrefix());
        try (Socket reused = new Socket("127.0.0.1", gateway.port());
                Socket left = new Socket("127.0.0.1", gateway.port())) {
            get(reused);
            get(left);
            Awaitility.await()
                    .pollDelay(Duration.ofSeconds(70))
                    .atMost(Duration.ofSeconds(72))
                    .until(() -> true);
            get(reused);
            left.setSoTimeout(20_000);
            assertThat(left.getInputStream().read()).as("the end").isEqualTo(-1);
        } finally {
            gateway.kill();
        }
    }
}
