package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.taskdispatcher.gateway.test.TestRedis;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/**
 * Mutated byte streams against a gateway's port, HTTP and WebSocket, and a ledger of what they leave. {@code -Dfuzz.streams}
 * sets how many (20,000), {@code -Dfuzz.seed} brings a run back.
 */
class EdgeFuzzIT {

    private static final long SEED = Long.getLong("fuzz.seed", 20_26);
    private static final int STREAMS = Integer.getInteger("fuzz.streams", 20_000);
    private static final int SENDERS = 4;
    /** The machine may be loaded with other work: 100 ms are asked for on top of ten times what an idle gateway takes. */
    private static final long MAX_P99_MS = 100;

    private static final String HANDSHAKE = "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
            + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

    private static final List<String> CORPUS = List.of(
            "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\nGET /readyz HTTP/1.0\r\n\r\n",
            "POST /api/openai HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 26\r\n\r\n"
                    + "{\"data\":{},\"group\":\"none\"}",
            "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "11\r\n{\"messages\":[{}]}\r\n0\r\n\r\n",
            "GET /api/task/00000000-0000-4000-8000-000000000000?wait=1 HTTP/1.1\r\nHost: [::1]:80\r\nCookie: a=b\r\n\r\n",
            "DELETE /api/task/x HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer x\r\nExpect: 100-continue\r\n\r\n",
            "GET http://localhost/v1/models/a%2Fb HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n\r\n",
            HANDSHAKE.replace("13", "8"),
            HANDSHAKE.replace("/ws", "/x"),
            HANDSHAKE + "\u0081\u0090\u0000\u0000\u0000\u0000{\"type\":\"ready\"}",
            HANDSHAKE + "\u0089\u0082\u0000\u0000\u0000\u0000hi\u0088\u0082\u0000\u0000\u0000\u0000\u0003\u00e8",
            HANDSHAKE + "\u0001\u0083\u0001\u0002\u0003\u0004abc\u0080\u0083\u0001\u0002\u0003\u0004abc");

    private static volatile String lastBusy = "";

    @Test
    void leavesNothingAndKeepsTheGatewayAnswering() throws Exception {
        System.out.println("fuzz.seed=" + SEED + " fuzz.streams=" + STREAMS);
        try (GatewayProcess gateway = GatewayProcess.on(TestRedis.url(), TestRedis.freshPrefix())) {
            run(gateway, new Random(SEED - 1), 2_000);
            long idle = p99(gateway, new AtomicBoolean(true), 200);
            long connections = sockets(gateway);
            HeapOf before = HeapOf.gateway(gateway);
            int threads = threads(gateway);
            AtomicBoolean done = new AtomicBoolean();
            // A thread that fails, or a probe that is not answered, fails the test.
            FutureTask<Long> prober = new FutureTask<>(() -> p99(gateway, done, Integer.MAX_VALUE));
            new Thread(prober, "prober").start();
            List<FutureTask<Void>> senders = new ArrayList<>();
            for (int i = 0; i < SENDERS; i++) {
                Random random = new Random(SEED + i);
                FutureTask<Void> sender = new FutureTask<>(() -> {
                    run(gateway, random, STREAMS / SENDERS);
                    return null;
                });
                senders.add(sender);
                new Thread(sender, "sender").start();
            }
            for (FutureTask<Void> sender : senders) {
                sender.get();
            }
            done.set(true);
            long busy = prober.get();
            System.out.println("/livez p99: " + idle + " ms idle, " + busy + " ms under fuzz");
            assertThat(busy).isLessThan(MAX_P99_MS + 10 * idle);
            await().atMost(Duration.ofSeconds(90))
                    .pollInterval(Duration.ofSeconds(2))
                    .untilAsserted(() -> {
                        HeapOf after = HeapOf.gateway(gateway);
                        assertThat(after.sessions()).isZero();
                        assertThat(after.bytes() - before.bytes()).as("heap").isLessThan(8_000_000 + 5L * STREAMS);
                        assertThat(sockets(gateway)).as("connections").isLessThanOrEqualTo(connections + 2);
                        assertThat(threads(gateway))
                                .as("busy threads, one of them %s", lastBusy)
                                .isLessThanOrEqualTo(threads + 1);
                    });
            assertThat(gateway.get("/livez").statusCode()).isEqualTo(200);
        }
    }

    private static void run(GatewayProcess gateway, Random random, int count) throws IOException {
        byte[] sink = new byte[16_384];
        for (int i = 0; i < count; i++) {
            try (Socket socket = new Socket("127.0.0.1", gateway.port())) {
                socket.setSoLinger(true, 0);
                socket.setSoTimeout(2);
                byte[] stream = mutated(random);
                int cut = random.nextInt(stream.length + 1);
                try {
                    socket.getOutputStream().write(stream, 0, cut);
                    InputStream in = socket.getInputStream();
                    if (random.nextInt(4) == 0) {
                        in.read(sink);
                    }
                    socket.getOutputStream().write(stream, cut, stream.length - cut);
                    in.read(sink);
                } catch (IOException cutOrSilent) {
                    // Both are answers.
                }
            }
        }
    }

    private static byte[] mutated(Random random) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int parts = 1 + random.nextInt(2); parts > 0; parts--) {
            out.writeBytes(CORPUS.get(random.nextInt(CORPUS.size())).getBytes(ISO_8859_1));
        }
        byte[] bytes = out.toByteArray();
        for (int changes = random.nextInt(6); changes > 0; changes--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] = (byte) random.nextInt(256);
                case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 2 -> bytes = java.util.Arrays.copyOf(bytes, Math.max(1, at));
                default -> {
                    int length = Math.min(random.nextInt(32), bytes.length - at);
                    byte[] longer = new byte[bytes.length + length];
                    System.arraycopy(bytes, 0, longer, 0, at + length);
                    System.arraycopy(bytes, at, longer, at + length, bytes.length - at);
                    bytes = longer;
                }
            }
        }
        return bytes;
    }

    /** In ms, of at most so many probes, until done. */
    private static long p99(GatewayProcess gateway, AtomicBoolean done, int most) {
        List<Long> took = new ArrayList<>();
        do {
            long begun = System.nanoTime();
            assertThat(gateway.get("/livez").statusCode()).isEqualTo(200);
            took.add((System.nanoTime() - begun) / 1_000_000);
        } while (took.size() < Math.min(most, 200) || !done.get());
        Collections.sort(took);
        return took.get(took.size() * 99 / 100);
    }

    /** Threads of the gateway's pool that do something: the pool keeps idle ones for a while, 250 in all. */
    private static int threads(GatewayProcess gateway) throws IOException {
        assertThat(entries(gateway, "task")).as("all threads").hasSizeLessThan(320);
        Process jcmd = new ProcessBuilder(
                        java.nio.file.Path.of(System.getProperty("java.home"), "bin", "jcmd")
                                .toString(),
                        Long.toString(gateway.process.pid()),
                        "Thread.print")
                .redirectErrorStream(true)
                .start();
        String dump = new String(jcmd.getInputStream().readAllBytes(), ISO_8859_1);
        assertThat(dump).contains("\"http-");
        int busy = 0;
        for (String thread : dump.split("\n\n")) {
            if (thread.startsWith("\"http-") && !thread.contains("idleJobPoll") && !thread.contains("ReservedThread")) {
                busy++;
                lastBusy = thread;
            }
        }
        return busy;
    }

    private static long sockets(GatewayProcess gateway) throws IOException {
        long sockets = 0;
        for (java.io.File descriptor : entries(gateway, "fd")) {
            try {
                sockets += java.nio.file.Files.readSymbolicLink(descriptor.toPath())
                                .toString()
                                .startsWith("socket:")
                        ? 1
                        : 0;
            } catch (java.nio.file.NoSuchFileException closedMeanwhile) {
                continue;
            }
        }
        return sockets;
    }

    private static java.io.File[] entries(GatewayProcess gateway, String what) throws IOException {
        java.io.File[] entries = new java.io.File("/proc/" + gateway.process.pid() + "/" + what).listFiles();
        if (entries == null) {
            throw new IOException("the gateway has ended, or /proc is not there");
        }
        return entries;
    }
}
