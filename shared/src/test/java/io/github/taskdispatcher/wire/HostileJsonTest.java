package io.github.taskdispatcher.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a text costs is said by its length, not by what its sender puts into it. Processor time of one thread, the best of three. */
class HostileJsonTest {

    private static final int BYTES = 4_000_000;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /**
     * No shape takes more than five times what an array of numbers of the same length takes; Jackson's byte parser takes
     * nine for names, and more with each that it keeps. Names are others each time: what is kept of earlier ones must not help.
     */
    @ParameterizedTest
    @EnumSource
    void noShapeTakesMuchLongerThanAnother(HostileJson shape) throws Exception {
        long usual = Long.MAX_VALUE;
        long hostile = Long.MAX_VALUE;
        for (int run = 0; run < 3; run++) {
            usual = Math.min(usual, nanos(HostileJson.NUMBERS.body(BYTES, run)));
            hostile = Math.min(hostile, nanos(shape.body(BYTES, run)));
        }
        assertThat(hostile).as("ns, with " + usual + " ns for numbers").isLessThan(5 * usual);
    }

    /** Four times the text, four times the time; 10 leaves room for caches that are too small. */
    @ParameterizedTest
    @EnumSource
    void theTimeIsLinear(HostileJson shape) throws Exception {
        long quarter = Long.MAX_VALUE;
        long whole = Long.MAX_VALUE;
        for (int run = 0; run < 3; run++) {
            quarter = Math.min(quarter, nanos(shape.body(BYTES / 4, run)));
            whole = Math.min(whole, nanos(shape.body(BYTES, run + 3)));
        }
        assertThat(whole).as("ns, with " + quarter + " ns for a quarter").isLessThan(10 * quarter + 5_000_000);
    }

    /** Names take memory while their object is open: at most 36 bytes each, beside the smallest text that holds them. */
    @Test
    void namesTakeFewBytes() throws Exception {
        var threads = (com.sun.management.ThreadMXBean) THREADS;
        byte[] body = HostileJson.NAMES.body(BYTES, 9);
        int names = 0;
        for (byte b : body) {
            names += b == ':' ? 1 : 0;
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        read(body);
        long each = (threads.getCurrentThreadAllocatedBytes() - before) / names;
        // All tables there were, each half as large as the next.
        assertThat(each).as("bytes for each of " + names + " names").isLessThan(64);
    }

    private static long nanos(byte[] body) throws MalformedJsonException {
        long before = THREADS.getCurrentThreadCpuTime();
        read(body);
        return Math.max(1, THREADS.getCurrentThreadCpuTime() - before);
    }

    private static void read(byte[] body) throws MalformedJsonException {
        try (JsonMembers members = JsonMembers.of(body)) {
            assertThat(members.next()).isTrue();
            assertThat(members.raw().length()).isGreaterThan(body.length - 16);
            assertThat(members.next()).isFalse();
        }
    }

    @Test
    void theShapesAreJson() {
        for (HostileJson shape : HostileJson.values()) {
            byte[] body = shape.body(20_000, 1);
            assertThat(body.length).as(shape.name()).isBetween(19_000, 27_000);
            assertThat(JsonMutations.strictly(body))
                    .as(shape + ": " + new String(body, UTF_8))
                    .isNotNull();
        }
    }
}
