package io.github.taskdispatcher.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Random objects: each slice is what was written; random damage: nothing but {@link MalformedJsonException}. */
class JsonMembersTest {

    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS, DeserializationFeature.USE_BIG_INTEGER_FOR_INTS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final long SEED = Long.getLong("json.seed", 20_261_124L);

    @Test
    void slicesAreWhatWasWritten() throws Exception {
        Random random = new Random(SEED);
        for (int i = 0; i < 20_000; i++) {
            Map<String, String> members = new LinkedHashMap<>();
            StringBuilder json = new StringBuilder(space(random)).append('{');
            int count = random.nextInt(5);
            for (int m = 0; m < count; m++) {
                String value = value(random, 4);
                members.put("m" + m, value);
                json.append(m == 0 ? "" : ",")
                        .append(space(random))
                        .append("\"m")
                        .append(m)
                        .append('"');
                json.append(space(random))
                        .append(':')
                        .append(space(random))
                        .append(value)
                        .append(space(random));
            }
            json.append('}').append(space(random));
            assertThat(read(json.toString()))
                    .as("seed " + SEED + ", object " + i + ": " + json)
                    .isEqualTo(members);
            // Jackson, reading the whole, must find in each member what it finds in the slice alone.
            JsonNode whole = MAPPER.readTree(json.toString());
            assertThat(whole.size()).isEqualTo(members.size());
            for (var member : members.entrySet()) {
                assertThat(whole.get(member.getKey()))
                        .as("seed " + SEED + ", object " + i + ": " + json)
                        .isEqualTo(MAPPER.readTree(member.getValue()));
            }
        }
    }

    @Test
    void damageIsRefusedAndNothingElse() {
        Random random = new Random(SEED);
        for (int i = 0; i < 50_000; i++) {
            byte[] bytes = ("{\"a\":" + value(random, 3) + ",\"b\":" + value(random, 3) + "}").getBytes(UTF_8);
            for (int k = 0; k < 1 + random.nextInt(3); k++) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            try (JsonMembers members = JsonMembers.of(bytes)) {
                // In every way in which a member can be taken.
                while (members.next()) {
                    JsonToken kind = members.value();
                    if (kind == JsonToken.VALUE_STRING && random.nextBoolean()) {
                        members.text();
                    } else if (kind.isNumeric() && random.nextBoolean()) {
                        members.number();
                    } else if (kind == JsonToken.START_ARRAY && random.nextBoolean()) {
                        members.rawArrayOfObjects();
                    } else if (random.nextBoolean()) {
                        members.skip();
                    } else {
                        members.raw();
                    }
                }
            } catch (MalformedJsonException refused) {
                assertThat(refused.getMessage()).isNotBlank();
            }
        }
    }

    @Test
    void skippingReadsTheSameMembersAsSlicing() throws Exception {
        Random random = new Random(SEED);
        for (int i = 0; i < 20_000; i++) {
            String first = value(random, 3);
            String second = value(random, 3);
            String json = "{\"a\":" + first + space(random) + ",\"b\":" + space(random) + second + "}";
            try (JsonMembers members = JsonMembers.of(json.getBytes(UTF_8))) {
                assertThat(members.next()).isTrue();
                members.skip();
                assertThat(members.next()).isTrue();
                assertThat(members.name()).isEqualTo("b");
                assertThat(members.raw()).hasToString(second);
                assertThat(members.next()).isFalse();
            }
        }
    }

    @Test
    void anArrayOfObjectsIsToldFromOtherArrays() throws Exception {
        for (String array : new String[] {"[]", "[ ]", "[{}]", "[ {\"a\":[1]} , {} ]"}) {
            assertThat(rawArrayOfObjects(array)).hasToString(array);
        }
        for (String array : new String[] {"[1]", "[{},1]", "[[],{}]", "[null]", "[\"x\",{}]"}) {
            assertThat(rawArrayOfObjects(array)).as(array).isNull();
        }
    }

    private static RawJson rawArrayOfObjects(String array) throws MalformedJsonException {
        try (JsonMembers members = JsonMembers.of(("{\"m\":" + array + ",\"z\":1}").getBytes(UTF_8))) {
            assertThat(members.next()).isTrue();
            assertThat(members.value()).isEqualTo(JsonToken.START_ARRAY);
            RawJson raw = members.rawArrayOfObjects();
            assertThat(members.next()).isTrue();
            assertThat(members.name()).isEqualTo("z");
            return raw;
        }
    }

    private static Map<String, String> read(String json) throws MalformedJsonException {
        Map<String, String> found = new LinkedHashMap<>();
        try (JsonMembers members = JsonMembers.of(json.getBytes(UTF_8))) {
            while (members.next()) {
                String name = members.name();
                JsonToken kind = members.value();
                assertThat(kind).isNotNull();
                found.put(name, members.raw().toString());
            }
        }
        return found;
    }

    private static String space(Random random) {
        return " \n\t\r".substring(0, random.nextInt(5)).repeat(random.nextInt(2));
    }

    private static String value(Random random, int depth) {
        int kind = random.nextInt(depth == 0 ? 5 : 7);
        return switch (kind) {
            case 0 -> String.valueOf(random.nextLong());
            case 1 -> random.nextInt(100) + "." + random.nextInt(1000) + "e" + random.nextInt(500);
            case 2 -> new String[] {"true", "false", "null"}[random.nextInt(3)];
            case 3 ->
                "\""
                        + "a,} \\\" \\u00e9 美\uD83D\uDE00\\\\"
                                .substring(0, new int[] {0, 1, 4, 6, 7, 13, 19}[random.nextInt(7)])
                        + "\"";
            case 4 -> "\"\"";
            case 5 -> "[" + value(random, depth - 1) + space(random) + "," + value(random, depth - 1) + "]";
            default -> "{\"k\"" + space(random) + ":" + value(random, depth - 1) + "}";
        };
    }
}
