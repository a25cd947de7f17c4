package io.github.taskdispatcher.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The JDK's decoder is the judge. */
class Utf8Test {

    private static final long SEED = Long.getLong("utf8.seed", 20_261_124L);

    private final CharsetDecoder jdk = UTF_8.newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    private final CharBuffer decoded = CharBuffer.allocate(256);

    private boolean decodes(byte[] bytes) {
        decoded.clear();
        jdk.reset();
        return !jdk.decode(ByteBuffer.wrap(bytes), decoded, true).isError();
    }

    private void check(byte[] bytes, String which) {
        if (Utf8.isValid(bytes) != decodes(bytes)) {
            throw new AssertionError(which + ": " + java.util.HexFormat.of().formatHex(bytes));
        }
    }

    @Test
    void nothingIsValid() {
        assertThat(Utf8.isValid(new byte[0])).isTrue();
    }

    @Test
    void allSequencesOfOneToThreeBytes() {
        for (int length = 1; length <= 3; length++) {
            byte[] bytes = new byte[length];
            for (int n = 0; n < 1 << 8 * length; n++) {
                for (int i = 0; i < length; i++) {
                    bytes[i] = (byte) (n >> 8 * i);
                }
                check(bytes, "exhaustive");
            }
        }
    }

    @Test
    void fourByteSequencesAroundEveryEdge() {
        int[] continuations = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff};
        for (int first = 0xee; first <= 0xff; first++) {
            for (int second = 0; second < 256; second++) {
                for (int third : continuations) {
                    for (int fourth : continuations) {
                        check(new byte[] {(byte) first, (byte) second, (byte) third, (byte) fourth}, "edges");
                    }
                }
            }
        }
    }

    @Test
    void everyCodePointAtEveryOffset() {
        for (int point = 0; point <= Character.MAX_CODE_POINT; point += point < 0x3000 ? 1 : 61) {
            if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
                continue;
            }
            // Before, across and behind the eight bytes taken at a time.
            byte[] bytes =
                    ("a".repeat(point % 17) + Character.toString(point) + "b".repeat(point % 11)).getBytes(UTF_8);
            assertThat(Utf8.isValid(bytes)).isTrue();
        }
    }

    @Test
    void randomTextWithDamage() {
        Random random = new Random(SEED);
        for (int i = 0; i < 300_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int k = random.nextInt(12); k >= 0; k--) {
                text.append(
                        new String[] {"plain ascii", "\u00e9", "\u7f8e\u4e3d", "\uD83D\uDE00", "x"}[random.nextInt(5)]);
            }
            byte[] bytes = text.toString().getBytes(UTF_8);
            for (int k = random.nextInt(3); k > 0; k--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            check(bytes, "seed " + SEED + ", text " + i);
        }
    }
}
