package io.github.taskdispatcher.gateway.dashboard;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.wire.HostileJson;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class MaskingTest {

    @Test
    void namesStayAndValuesDoNot() {
        assertThat(masked("{\"a\":\"secret\",\"b\":[1,2.5,true,null,{\"\\u0063\":\"é\"}]}"))
                .isEqualTo(
                        "{\"a\":\"(text, 6)\",\"b\":[\"(number)\",\"(number)\",\"(boolean)\",null,{\"c\":\"(text, 1)\"}]}");
        assertThat(masked("{\"a\":")).isEqualTo("\"(hidden)\"");
    }

    private static String masked(String json) {
        return new String(Masking.mask(json.getBytes(UTF_8)), UTF_8);
    }

    /** The names of a payload are the client's: none may be kept, nor looked for among those that were. */
    @Test
    void manyNamesTakeLittleLongerThanNumbers() {
        long numbers = Long.MAX_VALUE;
        long names = Long.MAX_VALUE;
        for (int run = 0; run < 3; run++) {
            numbers = Math.min(numbers, nanos(HostileJson.NUMBERS.body(4_000_000, run)));
            names = Math.min(names, nanos(HostileJson.NAMES.body(4_000_000, run)));
        }
        assertThat(names).as("ns, with " + numbers + " ns for numbers").isLessThan(2 * numbers);
    }

    private static long nanos(byte[] json) {
        var threads = ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadCpuTime();
        assertThat(Masking.mask(json)).hasSizeGreaterThan(1_000_000);
        return threads.getCurrentThreadCpuTime() - before;
    }
}
