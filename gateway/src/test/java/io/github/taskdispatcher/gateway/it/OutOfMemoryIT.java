package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A gateway with a heap far too small for what it is allowed to take: it ends at once instead of living on half dead. */
class OutOfMemoryIT {

    private static final String TASK = "{\"data\":{},\"timeout\":120000}";

    @TempDir
    Path dir;

    private final List<Socket> sockets = new ArrayList<>();
    private FaultStage stage;

    @BeforeEach
    void start() throws Exception {
        stage = new FaultStage(dir);
    }

    @AfterEach
    void stop() throws Exception {
        for (Socket socket : sockets) {
            socket.close();
        }
        stage.close();
    }

    /** Bodies of 16 MB that lack their last byte, until the gateway is gone. */
    private void fill(GatewayProcess gateway) {
        byte[] body = new byte[15_999_999];
        Arrays.fill(body, (byte) ' ');
        try {
            for (int i = 0; i < 20 && gateway.process.isAlive(); i++) {
                Socket socket = new Socket("127.0.0.1", gateway.port());
                sockets.add(socket);
                socket.getOutputStream()
                        .write(("POST /api/openai HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                                        + "Content-Length: 16000000\r\n\r\n")
                                .getBytes(US_ASCII));
                socket.getOutputStream().write(body);
            }
        } catch (IOException gone) {
            // As it should be; the exit code says why.
        }
    }

    @Test
    void itEndsAtOnceAndItsTasksGoOnAsAfterAKill() throws Exception {
        GatewayProcess a = stage.gateway("WORKER_RECONNECT_GRACE_MS", "3000");
        GatewayProcess small = stage.gatewayByScript(Map.of(
                "JAVA_TOOL_OPTIONS",
                "-Xmx48m -XX:+UseSerialGC",
                "MAX_BUFFERED_BYTES",
                "1000000000",
                "LOG_LEVEL",
                "warn"));
        TestWorker worker = stage.ready(small);
        CompletableFuture<String> held = stage.held(a, TASK);
        String lost = worker.awaitTask();
        String queued = stage.submit(a, TASK);
        fill(small);
        assertThat(small.process.waitFor(30, TimeUnit.SECONDS)).as("it ended").isTrue();
        assertThat(small.process.exitValue()).isEqualTo(3);
        // Its last words are read beside us, maybe a moment later.
        await().until(() -> small.output.stream().anyMatch(line -> line.contains("OutOfMemoryError")));
        assertThat(held.get(60, TimeUnit.SECONDS)).contains("Worker disconnected", "worker_lost", lost);
        TestWorker next = stage.silent(a);
        assertThat(next.awaitTask()).isEqualTo(queued);
        next.complete(queued, "2");
        stage.awaitStatus(a, queued, "completed");
        stage.settled(a);
    }
}
