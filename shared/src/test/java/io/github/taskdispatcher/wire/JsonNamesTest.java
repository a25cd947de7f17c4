package io.github.taskdispatcher.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A name that stands twice in one object is found, wherever and however it is written; no other is. */
class JsonNamesTest {

    private static final long SEED = Long.getLong("json.seed", 20_261_128L);

    /** What names are made of: the same characters with and without escapes, and what ends a name. */
    private static final String[] PARTS = {
        "a",
        "\\u0061",
        "b",
        "\\\"",
        "\\u0022",
        ":",
        "\\\\",
        "é",
        "\\u00e9",
        "\ud83d\ude00",
        "\\ud83d\\uDE00",
        "\\n",
        "12345678"
    };

    /** Jackson at its strictest judges. */
    @Test
    void whatJacksonFindsTwiceIsFound() {
        Random random = new Random(SEED);
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            String json = object(random, 3);
            boolean isValid = JsonMutations.strictly(json.getBytes(UTF_8)) != null;
            assertThat(accepts(json))
                    .as("seed " + SEED + ", object " + i + ": " + json)
                    .isEqualTo(isValid);
            refused += isValid ? 0 : 1;
        }
        assertThat(refused).as("both kinds are met").isBetween(2_000, 18_000);
    }

    private static String object(Random random, int depth) {
        StringBuilder json = new StringBuilder("{");
        // Some have a table, and a few a table that grows.
        int count = random.nextInt(random.nextInt(20) == 0 ? 60 : 12);
        for (int i = 0; i < count; i++) {
            json.append(i == 0 ? "\"" : ",\"");
            // Mostly long enough to be met once.
            for (int parts = random.nextInt(random.nextInt(4) == 0 ? 3 : 9); parts >= 0; parts--) {
                json.append(PARTS[random.nextInt(PARTS.length)]);
            }
            json.append("\":").append(depth > 0 && random.nextInt(4) == 0 ? object(random, depth - 1) : "1");
        }
        return json.append('}').toString();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 8, 9, 10, 21, 22, 1_000, 20_000})
    void theLastOfSoManyNamesIsComparedWithAll(int count) {
        for (int same : new int[] {0, (count - 1) / 2, count - 2}) {
            assertThat(accepts(names(count, "k" + same)))
                    .as("k" + same + " twice")
                    .isFalse();
            assertThat(accepts(names(count, "\\u006b" + same)))
                    .as("k" + same + ", then with an escape")
                    .isFalse();
        }
        assertThat(accepts(names(count, "other"))).isTrue();
        assertThat(accepts(names(count, "\\u0000"))).isTrue();
    }

    /** The names k0, k1 ..., and a last one; around each object in it the outer names stay known. */
    private static String names(int count, String last) {
        StringBuilder json = new StringBuilder("{");
        for (int i = 0; i < count - 1; i++) {
            json.append("\"k").append(i).append("\":{\"k0\":[{\"k0\":1}],\"k1\":2},");
        }
        return json.append('"').append(last).append("\":1}").toString();
    }

    private static boolean accepts(String json) {
        try (JsonMembers members = JsonMembers.of(json.getBytes(UTF_8))) {
            while (members.next()) {
                members.skip();
            }
            return true;
        } catch (MalformedJsonException refused) {
            assertThat(refused).hasMessageContaining("names a member twice");
            return false;
        }
    }
}
