package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.test.TestRedis;
import java.io.File;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Connections that are opened and reset without end pile up neither in the gateway nor before those that stay. */
class AcceptIT {

    private static final long FLOOD_MS = 20_000;
    private static final int SENDERS = 4;
    /** The connections of some rounds that are still being closed. Without a bound it was the limit of files, 20,000. */
    private static final int MAX_OPEN = 2_500;
    /** It was 11 s. The machine may be loaded with other work: 0.3 s are usual then. */
    private static final long MAX_LIVE_MS = 5_000;

    /** Refused by one of the first handlers, after its answer was written: dear for the gateway, cheap for the peer. */
    private static final byte[] REFUSED =
            "POST /x HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 1\r\n\r\n{".getBytes(ISO_8859_1);

    private static final String LIVE = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n";

    @Test
    void connectionsThatAreResetPileUpNowhere() throws Exception {
        try (GatewayProcess gateway = GatewayProcess.on(TestRedis.url(), TestRedis.freshPrefix());
                RawConnection kept = new RawConnection(gateway.port())) {
            assertThat(kept.ask(LIVE).status()).isEqualTo(200);
            long end = System.nanoTime() + FLOOD_MS * 1_000_000;
            AtomicInteger sent = new AtomicInteger();
            List<FutureTask<Void>> senders = new ArrayList<>();
            for (int i = 0; i < SENDERS; i++) {
                FutureTask<Void> sender = new FutureTask<>(() -> flood(gateway.port(), end, sent), null);
                senders.add(sender);
                new Thread(sender, "flood").start();
            }
            int mostOpen = 0;
            long slowestMs = 0;
            while (System.nanoTime() < end) {
                long begun = System.nanoTime();
                assertThat(kept.ask(LIVE).status()).isEqualTo(200);
                slowestMs = Math.max(slowestMs, (System.nanoTime() - begun) / 1_000_000);
                mostOpen = Math.max(mostOpen, open(gateway));
            }
            for (FutureTask<Void> sender : senders) {
                sender.get();
            }
            System.out.printf(
                    "%d connections reset, %d open at most, /livez took %d ms at most%n",
                    sent.get(), mostOpen, slowestMs);
            assertThat(sent.get()).isGreaterThan(1_000);
            assertThat(mostOpen).isLessThan(MAX_OPEN);
            assertThat(slowestMs).isLessThan(MAX_LIVE_MS);
        }
    }

    private static void flood(int port, long end, AtomicInteger sent) {
        while (System.nanoTime() < end) {
            try (Socket socket = new Socket("127.0.0.1", port)) {
                socket.setSoLinger(true, 0);
                socket.getOutputStream().write(REFUSED);
                sent.incrementAndGet();
            } catch (IOException full) {
                // The kernel's queue is full: that is the bound.
            }
        }
    }

    private static int open(GatewayProcess gateway) throws IOException {
        File[] open = new File("/proc/" + gateway.process.pid() + "/fd").listFiles();
        if (open == null) {
            throw new IOException("the gateway has ended, or /proc is not there");
        }
        return open.length;
    }
}
