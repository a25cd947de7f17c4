package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.github.taskdispatcher.gateway.test.TestRedis;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The last bytes that a gateway sends reach a peer that still sends: the status of an early refusal, the code of a Close
 * frame. A connection that is reset destroys them.
 */
class LastBytesIT {

    private static final String CLIENTS_KEY = "a-client-key-of-24-letters";
    private static final String WORKERS_KEY = "a-worker-key-of-24-letters";
    private static final int LARGE = 18 << 20;

    private static GatewayProcess gateway;

    @BeforeAll
    static void start() {
        gateway = GatewayProcess.on(
                TestRedis.url(),
                TestRedis.freshPrefix(),
                "API_KEYS",
                CLIENTS_KEY,
                "WORKER_KEYS",
                WORKERS_KEY,
                "MAX_RESULT_BYTES",
                "100000");
    }

    @AfterAll
    static void stop() {
        gateway.close();
    }

    private static Socket connect() throws IOException {
        Socket socket = new Socket("127.0.0.1", gateway.port());
        // Small, so that little is swallowed on the way.
        socket.setSendBufferSize(64 * 1024);
        socket.setSoTimeout(20_000);
        return socket;
    }

    // ---- refusals ---------------------------------------------------------------------------------------------------

    /** A client that sends its whole body before it reads, as many do. */
    @ParameterizedTest
    @CsvSource({
        "POST /v1/chat/completions, application/json, true, 413",
        "POST /api/openai, application/json, true, 413",
        "POST /v1/chat/completions, application/json, false, 401",
        "POST /api/openai, text/plain, true, 415",
        "POST /no/such/path, application/json, true, 404",
        "PUT /api/openai, application/json, true, 405",
        "POST /api/dashboard/session, application/json, true, 403",
    })
    void aRefusalIsReadBehindTheWholeBody(String line, String type, boolean withKey, int status) throws Exception {
        for (int round = 0; round < 5; round++) {
            try (Socket socket = connect()) {
                OutputStream out = socket.getOutputStream();
                out.write((line + " HTTP/1.1\r\nHost: localhost:" + gateway.port() + "\r\nContent-Type: " + type
                                + "\r\nContent-Length: " + LARGE
                                + (withKey ? "\r\nAuthorization: Bearer " + CLIENTS_KEY : "") + "\r\n\r\n")
                        .getBytes(ISO_8859_1));
                byte[] piece = new byte[64 * 1024];
                Arrays.fill(piece, (byte) ' ');
                for (int sent = 0; sent < LARGE; sent += piece.length) {
                    out.write(piece);
                }
                RawHttp.Reply reply = RawHttp.read(socket.getInputStream());
                assertThat(reply.status()).as(reply.head()).isEqualTo(status);
                assertThat(reply.head().toLowerCase(Locale.ROOT)).contains("connection: close");
                assertThat(socket.getInputStream().read()).as("the end").isEqualTo(-1);
            }
        }
    }

    @Test
    void aClientLibraryReadsTheRefusalAndNotABrokenPipe() {
        HttpRequest request = HttpRequest.newBuilder(gateway.uri("/v1/chat/completions"))
                .header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + CLIENTS_KEY)
                .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[LARGE]))
                .build();
        for (int round = 0; round < 10; round++) {
            assertThatCode(() -> assertThat(GatewayProcess.HTTP
                                    .send(request, HttpResponse.BodyHandlers.ofString())
                                    .statusCode())
                            .isEqualTo(413))
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void aRefusalOfASmallBodyLeavesTheConnectionOpen() throws Exception {
        try (RawConnection connection = new RawConnection(gateway.port())) {
            String refused = "POST /api/openai HTTP/1.1\r\nHost: localhost:" + gateway.port()
                    + "\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
            for (int round = 0; round < 3; round++) {
                RawHttp.Reply reply = connection.ask(refused);
                assertThat(reply.status()).isEqualTo(401);
                assertThat(reply.head().toLowerCase(Locale.ROOT)).doesNotContain("connection: close");
            }
        }
    }

    // ---- Close frames -----------------------------------------------------------------------------------------------

    private static byte[] masked(int first, byte[] payload) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write(first);
        if (payload.length < 126) {
            frame.write(0x80 | payload.length);
        } else {
            frame.write(0x80 | 126);
            frame.write(payload.length >> 8);
            frame.write(payload.length);
        }
        frame.writeBytes(new byte[4]);
        frame.writeBytes(payload);
        return frame.toByteArray();
    }

    private static Socket worker() throws IOException {
        Socket socket = connect();
        socket.getOutputStream()
                .write(("GET /ws HTTP/1.1\r\nHost: localhost:" + gateway.port()
                                + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer " + WORKERS_KEY
                                + "\r\n\r\n")
                        .getBytes(ISO_8859_1));
        assertThat(RawHttp.read(socket.getInputStream()).status()).isEqualTo(101);
        return socket;
    }

    /** What makes the gateway close with this code. */
    private static byte[] offence(int code) {
        return switch (code) {
            case 1002 -> masked(0x83, new byte[0]);
            case 1003 -> masked(0x82, new byte[1]);
            case 1007 -> masked(0x81, new byte[] {'"', (byte) 0xff, '"'});
            case 1008 -> masked(0x81, "{\"type\":\"ping\"}".getBytes(UTF_8));
            // Pieces of one message.
            case 1009 -> masked(0x00, new byte[60_000]);
            default -> throw new IllegalArgumentException("no case for " + code);
        };
    }

    private static int closeCode(Socket socket) throws IOException {
        byte[] all = socket.getInputStream().readAllBytes();
        for (int at = 0; at + 3 < all.length; ) {
            int length = all[at + 1] & 0x7f;
            int payload = length == 126 ? 4 : 2;
            length = length == 126 ? (all[at + 2] & 0xff) << 8 | all[at + 3] & 0xff : length;
            if ((all[at] & 0x0f) == 8) {
                return (all[at + payload] & 0xff) << 8 | all[at + payload + 1] & 0xff;
            }
            at += payload + length;
        }
        return 0;
    }

    @ParameterizedTest
    @CsvSource({"1002", "1003", "1007", "1008", "1009"})
    void theCodeOfACloseIsReadByAWorkerThatStillSends(int code) throws Exception {
        try (Socket worker = worker()) {
            OutputStream out = worker.getOutputStream();
            if (code == 1009) {
                out.write(masked(0x01, new byte[1]));
            }
            byte[] offence = offence(code);
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(2);
            while (System.nanoTime() < end) {
                for (int bytes = 0; bytes < 60_000; bytes += offence.length) {
                    out.write(offence);
                }
                TimeUnit.MILLISECONDS.sleep(10);
            }
            assertThat(closeCode(worker)).isEqualTo(code);
        }
    }

    @Test
    void aWorkerThatNeverEndsIsClosedAfterTenSeconds() throws Exception {
        try (Socket worker = worker()) {
            OutputStream out = worker.getOutputStream();
            out.write(offence(1003));
            assertThat(closeCode(worker)).isEqualTo(1003);
            long began = System.nanoTime();
            try {
                while (System.nanoTime() - began < TimeUnit.SECONDS.toNanos(30)) {
                    out.write(offence(1003));
                    TimeUnit.MILLISECONDS.sleep(20);
                }
            } catch (SocketException closed) {
                // As expected.
            }
            assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began))
                    .as("s until it was closed")
                    .isBetween(8L, 15L);
        }
    }
}
