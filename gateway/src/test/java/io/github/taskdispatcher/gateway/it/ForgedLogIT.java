package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.test.TestRedis;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Heads that Jetty refuses: the log of the gateway repeats nothing of them. */
class ForgedLogIT {

    private static final String MARK = "zqforgedzq";

    private static final List<String> HEADS = List.of(
            "GET / HTTP/1.1\r\nHost: a b] ERROR Gateway - " + MARK + " [\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: [" + MARK + "\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: " + MARK + ":99999999\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: " + MARK + "\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nCookie: " + MARK + "=\"\u0001;;=\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nForwarded: for=[" + MARK + "\r\nX-Forwarded-For: " + MARK + ":x\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: " + MARK + "\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nContent-Type: text/html; charset=" + MARK + "\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: " + MARK + "\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\n" + MARK + " : x\r\n\r\n",
            "GET /" + MARK + "%zz HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /" + MARK + "?a=%ff%zz HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET //" + MARK + "/..;/%2e%2e/ HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET http://[" + MARK + "/ HTTP/1.1\r\nHost: a\r\n\r\n",
            "CONNECT /" + MARK + "A".repeat(7_000) + " HTTP/1.1\r\nHost: a\r\n\r\n",
            "CONNECT " + MARK + ":x HTTP/1.1\r\nHost: a\r\n\r\n",
            MARK + " / HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / " + MARK + "\r\nHost: a\r\n\r\n",
            "GET /ws?group=" + MARK + "%0a HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + MARK + "\r\n\r\n");

    @Test
    void noWordOfARefusedHeadIsLogged() throws IOException {
        try (GatewayProcess gateway = GatewayProcess.on(TestRedis.url(), TestRedis.freshPrefix())) {
            for (String head : HEADS) {
                try (Socket socket = new Socket("127.0.0.1", gateway.port())) {
                    socket.setSoTimeout(20_000);
                    socket.getOutputStream().write(head.getBytes(ISO_8859_1));
                    socket.shutdownOutput();
                    InputStream answer = socket.getInputStream();
                    assertThat(answer.readAllBytes()).as(head).isNotEmpty();
                }
            }
            gateway.close();
            assertThat(gateway.output).isNotEmpty().noneMatch(line -> line.contains(MARK));
        }
    }
}
