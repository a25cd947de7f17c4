package io.github.taskdispatcher.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Connections that linger on real sockets: each ends by itself, and a peer that does not end is not waited for too long. */
class LingeringCloseTest {

    private static final long LONG_MS = 60_000;

    private final ScheduledExecutorScheduler scheduler = new ScheduledExecutorScheduler();
    private final LingeringConnections all = new LingeringConnections(3);
    private final List<Socket> peers = new ArrayList<>();
    private final List<SocketChannel> channels = new ArrayList<>();
    private ServerSocketChannel server;

    @BeforeEach
    void listen() throws Exception {
        scheduler.start();
        server = ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0));
    }

    @AfterEach
    void close() throws Exception {
        for (Socket peer : peers) {
            peer.close();
        }
        for (SocketChannel channel : channels) {
            channel.close();
        }
        server.close();
        scheduler.stop();
    }

    private LingeringClose connect() throws IOException {
        peers.add(new Socket("127.0.0.1", server.socket().getLocalPort()));
        SocketChannel channel = server.accept();
        channel.configureBlocking(false);
        channels.add(channel);
        return new LingeringClose(all, channel, () -> {});
    }

    private boolean isOpen(int connection) {
        return channels.get(connection).isOpen();
    }

    @Test
    void aPeerReadsTheEndAndMayGoOnSendingUntilItEndsToo() throws Exception {
        LingeringClose lingering = connect();
        assertThat(lingering.begin(scheduler, LONG_MS)).isTrue();
        assertThat(peers.get(0).getInputStream().read()).isEqualTo(-1);
        for (int i = 0; i < 100; i++) {
            peers.get(0).getOutputStream().write(new byte[10_000]);
            assertThat(lingering.discard()).isTrue();
        }
        peers.get(0).close();
        await().atMost(Duration.ofSeconds(5)).until(() -> !lingering.discard());
        assertThat(isOpen(0)).isFalse();
        assertThat(all.size()).isZero();
    }

    @Test
    void aPeerThatHasEndedIsNotWaitedFor() throws Exception {
        LingeringClose lingering = connect();
        peers.get(0).close();
        await().atMost(Duration.ofSeconds(5)).until(() -> !lingering.begin(scheduler, LONG_MS));
        all.remove(lingering);
        assertThat(all.size()).isZero();
    }

    @Test
    void aPeerThatDoesNotEndIsClosedWhenItsTimeIsOver() throws Exception {
        assertThat(connect().begin(scheduler, 200)).isTrue();
        await().atMost(Duration.ofSeconds(5)).until(() -> !isOpen(0));
        assertThat(all.size()).isZero();
    }

    @Test
    void aPeerThatSendsTooMuchIsClosed() throws Exception {
        LingeringClose lingering = connect();
        assertThat(lingering.begin(scheduler, LONG_MS)).isTrue();
        byte[] piece = new byte[64 * 1024];
        long sent = 0;
        // What a socket of this machine takes before it is read comes on top.
        while (sent < LingeringClose.LIMIT_BYTES) {
            peers.get(0).getOutputStream().write(piece);
            sent += piece.length;
            lingering.discard();
        }
        peers.get(0).getOutputStream().write(piece);
        await().atMost(Duration.ofSeconds(5)).until(() -> !lingering.discard());
        assertThat(isOpen(0)).isFalse();
    }

    @Test
    void oneMoreThanMayLingerEndsTheOldest() throws Exception {
        for (int i = 0; i < 5; i++) {
            assertThat(connect().begin(scheduler, LONG_MS)).isTrue();
            assertThat(all.size()).isEqualTo(Math.min(3, i + 1));
        }
        for (int i = 0; i < 5; i++) {
            assertThat(isOpen(i)).as("connection " + i).isEqualTo(i >= 2);
        }
    }

    @Test
    void aGatewayThatStopsWaitsForThePeersOnlyForSoLong() throws Exception {
        LingeringClose ends = connect();
        assertThat(ends.begin(scheduler, LONG_MS)).isTrue();
        Thread peer = new Thread(() -> {
            try {
                peers.get(0).close();
            } catch (IOException ignored) {
                // The test fails on what follows.
            }
            await().atMost(Duration.ofSeconds(5)).until(() -> !ends.discard());
        });
        peer.start();
        all.stop(LONG_MS);
        peer.join();
        assertThat(connect().begin(scheduler, LONG_MS)).as("none lingers now").isFalse();

        LingeringConnections others = new LingeringConnections(3);
        connect();
        SocketChannel channel = channels.get(2);
        assertThat(new LingeringClose(others, channel, () -> {}).begin(scheduler, LONG_MS))
                .isTrue();
        others.stop(100);
        assertThat(channel.isOpen()).isFalse();
    }
}
