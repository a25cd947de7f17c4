package io.github.taskdispatcher.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class LogStreamTest {

    @Test
    void whatMisleadsIsEscaped() {
        for (int c : new int[] {
            0, 7, '\n', '\r', 0x1b, 0x7f, 0x85, 0x9b, 0x200e, 0x2028, 0x2029, 0x202a, 0x202e, 0x2066, 0x2069
        }) {
            assertThat(LogStream.escaped("a" + (char) c + "b")).isEqualTo(String.format("a\\u%04xb", c));
        }
        assertThat(LogStream.escaped("plain \t text, h\u00e9, \u4f60\u597d, \ud83d\ude00"))
                .isEqualTo("plain \t text, h\u00e9, \u4f60\u597d, \ud83d\ude00");
    }

    @Test
    void aStackTraceKeepsItsLinesAndCannotForgeOne() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new IllegalStateException("x\nINFO forged").printStackTrace(new LogStream(new PrintStream(bytes)));
        assertThat(bytes.toString().lines().toList())
                .hasSizeGreaterThan(2)
                .noneMatch(line -> line.startsWith("INFO"))
                .first()
                .asString()
                .endsWith("x\\u000aINFO forged");
    }
}
