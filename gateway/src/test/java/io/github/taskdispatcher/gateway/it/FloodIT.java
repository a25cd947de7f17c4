package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.test.TestRedis;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Peers without a key, many at a time, that begin requests and do not end them, or that read no answers. */
class FloodIT {

    private static final String HOST = "Host: localhost\r\n";
    private static final String LIVE = "GET /livez HTTP/1.1\r\n" + HOST + "\r\n";

    private GatewayProcess gateway;
    private final List<AutoCloseable> open = new ArrayList<>();

    @BeforeEach
    void start() {
        gateway = GatewayProcess.on(
                TestRedis.url(),
                TestRedis.freshPrefix(),
                "API_KEYS",
                "client-key-number-1",
                "WORKER_KEYS",
                "worker-key-number-1",
                "JAVA_TOOL_OPTIONS",
                "-Xmx256m -XX:+ExitOnOutOfMemoryError");
    }

    @AfterEach
    void stop() {
        open.add(gateway);
        Closing.all(open.toArray(AutoCloseable[]::new));
    }

    private Socket connect(int receiveBuffer) throws IOException {
        Socket socket = new Socket();
        open.add(socket);
        socket.setReceiveBufferSize(receiveBuffer);
        socket.connect(new InetSocketAddress("127.0.0.1", gateway.port()), 5_000);
        return socket;
    }

    /** On a connection of its own, within 5 s. */
    private void answersNewConnections() throws IOException {
        long begun = System.nanoTime();
        try (RawConnection fresh = new RawConnection(gateway.port())) {
            assertThat(fresh.ask(LIVE).status()).isEqualTo(200);
        }
        assertThat((System.nanoTime() - begun) / 1_000_000)
                .as("ms for /livez on a new connection")
                .isLessThan(5_000);
        assertThat(gateway.process.isAlive())
                .as("the gateway lives; it said %s", gateway.output)
                .isTrue();
        TestWorker worker = TestWorker.withKey(gateway, "g", "worker-key-number-1");
        assertThat(worker.closed).isNotDone();
        worker.close();
    }

    @Test
    void aHeadHasSoManyHeadersAtMost() throws IOException {
        String most = "GET /livez HTTP/1.1\r\n" + HOST + "a: b\r\n".repeat(99) + "\r\n";
        assertThat(RawHttp.send(
                                gateway.port(),
                                most.replace(HOST, HOST + "Connection: close\r\n")
                                        .replaceFirst("a: b\r\n", "")
                                        .getBytes(ISO_8859_1))
                        .status())
                .isEqualTo(200);
        String more = "GET /livez HTTP/1.1\r\n" + HOST + "a: b\r\n".repeat(100) + "\r\n";
        RawHttp.Reply refused = RawHttp.send(gateway.port(), more.getBytes(ISO_8859_1));
        assertThat(refused.status()).isEqualTo(431);
    }

    @Test
    void theNextUnfinishedHeadCutsTheOldest() throws Exception {
        byte[] part = "GET /livez HTTP/1.1\r\na: ".getBytes(ISO_8859_1);
        long begun = System.nanoTime();
        List<Socket> heads = new ArrayList<>();
        // The gateway keeps 1,000.
        for (int i = 0; i < 1_300; i++) {
            Socket head = connect(8_192);
            head.getOutputStream().write(part);
            heads.add(head);
        }
        // The selectors read them in almost this order.
        for (Socket head : heads.subList(0, 200)) {
            head.setSoTimeout(10_000);
            assertThat(isCut(head)).isTrue();
        }
        // At 20 s the time of each would be over.
        assertThat((System.nanoTime() - begun) / 1_000_000).as("ms").isLessThan(18_000);
        Socket newest = heads.get(heads.size() - 1);
        newest.setSoTimeout(100);
        assertThat(isCut(newest)).isFalse();
    }

    private static boolean isCut(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException open) {
            return false;
        } catch (IOException reset) {
            return true;
        }
    }

    @Test
    void peersThatReadNothingTakeNobodysThread() throws Exception {
        byte[] asked = ("GET /openapi.json HTTP/1.1\r\n" + HOST + "Accept-Encoding: identity\r\n\r\n")
                .repeat(60)
                .getBytes(ISO_8859_1);
        byte[] packed = ("GET /openapi.json HTTP/1.1\r\n" + HOST + "Accept-Encoding: gzip\r\n\r\n")
                .repeat(60)
                .getBytes(ISO_8859_1);
        for (int i = 0; i < 300; i++) {
            connect(1_024).getOutputStream().write(i % 2 == 0 ? asked : packed);
        }
        for (int i = 0; i < 5; i++) {
            Thread.sleep(1_000);
            answersNewConnections();
        }
    }

    /** What the pages and the API's description are made of arrives whole, in any size, at a slow peer too. */
    @Test
    void aSlowPeerGetsAllOfAnAnswer() throws Exception {
        byte[] whole = RawHttp.send(
                        gateway.port(),
                        ("GET /openapi.json HTTP/1.1\r\n" + HOST + "Connection: close\r\n\r\n").getBytes(ISO_8859_1))
                .body()
                .getBytes(ISO_8859_1);
        Socket slow = connect(1_024);
        slow.getOutputStream()
                .write(("GET /openapi.json HTTP/1.1\r\n" + HOST + "Connection: close\r\n\r\n").getBytes(ISO_8859_1));
        Thread.sleep(500);
        byte[] all = slow.getInputStream().readAllBytes();
        String text = new String(all, ISO_8859_1);
        assertThat(text).startsWith("HTTP/1.1 200");
        assertThat(text.substring(text.indexOf("\r\n\r\n") + 4).length()).isEqualTo(whole.length);
    }
}
