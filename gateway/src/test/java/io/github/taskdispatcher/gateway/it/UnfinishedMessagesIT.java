package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Arrays.fill;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.test.TestRedis;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Messages that workers begin and do not end: together they take a part of the memory, and the gateway goes on. */
class UnfinishedMessagesIT {

    private static final byte[] MEGABYTE = new byte[1 << 20];

    static {
        fill(MEGABYTE, (byte) 'x');
    }

    private static final String TASK = "{\"data\":{}}";

    private final List<AutoCloseable> hogs = new ArrayList<>();
    private GatewayProcess gateway;

    @BeforeEach
    void start() {
        gateway = GatewayProcess.on(
                TestRedis.url(),
                TestRedis.freshPrefix(),
                "JAVA_TOOL_OPTIONS",
                "-Xmx256m",
                "MAX_BUFFERED_BYTES",
                Integer.toString(120 << 20));
    }

    @AfterEach
    void stop() {
        hogs.add(gateway);
        Closing.all(hogs.toArray(AutoCloseable[]::new));
    }

    /** Begins a message of so many megabytes. */
    private void hog(int megabytes) throws IOException {
        RawWorker hog = new RawWorker(gateway.port(), "hogs");
        hogs.add(hog);
        for (int i = 0; i < megabytes; i++) {
            hog.fragment(i == 0, false, MEGABYTE);
        }
        // The gateway has read all that came before it when it answers.
        hog.send(RawWorker.PING, new byte[0]);
        hog.awaitPong();
    }

    private void sendResult(RawWorker worker, String id, int megabytes) throws IOException {
        byte[] head = ("{\"type\":\"task_complete\",\"taskId\":\"" + id + "\",\"result\":\"").getBytes(US_ASCII);
        worker.fragment(true, false, head);
        for (int i = 0; i < megabytes; i++) {
            worker.fragment(false, false, MEGABYTE);
        }
        worker.fragment(false, true, "\"}".getBytes(US_ASCII));
    }

    @Test
    void manyOfThemTakeAPartOfTheHeapAndAResultIsAskedForAgain() throws Exception {
        try (RawWorker worker = new RawWorker(gateway.port(), "default")) {
            worker.awaitText();
            worker.ready();
            String id = gateway.submit(TASK);
            assertThat(worker.awaitText()).contains(id);
            String next = gateway.submit(TASK);
            for (int i = 0; i < 6; i++) {
                hog(60);
            }
            assertThat(HeapOf.gateway(gateway).bytes()).isLessThan(100L << 20);
            sendResult(worker, id, 3);
            assertThat(worker.awaitText()).contains("\"retry_later\"", id);
            for (AutoCloseable hog : hogs) {
                hog.close();
            }
            String told = "retry_later";
            for (int i = 0; i < 50 && told.contains("retry_later"); i++) {
                sendResult(worker, id, 3);
                told = worker.awaitText();
            }
            assertThat(told).contains(next);
            assertThat(gateway.task(id).path("status").asText()).isEqualTo("completed");
            assertThat(gateway.task(id).path("result").asText()).hasSize(3 << 20);
        }
    }

    @Test
    void oneThatNamesNoTaskAtItsBeginningIsClosed() throws Exception {
        hog(60);
        try (RawWorker worker = new RawWorker(gateway.port(), "default")) {
            worker.fragment(true, false, "{\"type\":\"task_complete\",\"result\":\"".getBytes(US_ASCII));
            worker.fragment(false, false, MEGABYTE);
            worker.fragment(false, true, "\",\"taskId\":\"t\"}".getBytes(US_ASCII));
            assertThat(worker.awaitClose()).isEqualTo(1013);
        }
    }
}
