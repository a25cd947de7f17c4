package io.github.taskdispatcher.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Generated input against the walker and the frame parser, with Jackson as the judge. {@code -Dfuzz.seed} brings a run back. */
class JsonFuzzTest {

    private static final long SEED = Long.getLong("fuzz.seed", 20_26);
    private static final int INPUTS = Integer.getInteger("fuzz.inputs", 400_000);

    private static final List<String> CORPUS = List.of(
            "{\"type\":\"ready\"}",
            "{\"type\":\"ping\"}",
            "{\"type\":\"task_complete\",\"taskId\":\"c8e5c5c2-be4f-8b31-a1b6-b2b957a078f4\",\"result\":{\"a\":[1,2.5,\"x\"]}}",
            "{\"result\":[true,false,null,-0,1e400],\"taskId\":\"x\",\"type\":\"task_complete\",\"duration\":12}",
            "{\"type\":\"task_error\",\"taskId\":\"x\",\"error\":\"\\u00e9\\n\ud83d\ude00\"}",
            " { \"a\" : { } , \"b\" : [ ] , \"c\" : \"\\\"\\\\\" } ",
            "{\"a\":{\"b\":{\"c\":[[[{\"d\":12345678901234567890}]]]}},\"e\":0.1,\"f\":-1E-7}");

    /** Members by name, read with the walker; null when it refuses the input. */
    private static ObjectNode walk(byte[] input) {
        ObjectNode members = com.fasterxml.jackson.databind.node.JsonNodeFactory.instance.objectNode();
        try (JsonMembers walker = JsonMembers.of(input)) {
            while (walker.next()) {
                String name = walker.name();
                walker.value();
                JsonNode value = JsonMutations.strictly(walker.raw().toBytes());
                assertThat(value).as("a slice is JSON").isNotNull();
                members.set(name, value);
            }
            return members;
        } catch (MalformedJsonException refused) {
            return null;
        }
    }

    @Test
    void theWalkerAcceptsWhatJacksonAcceptsAndItsSlicesAreTheSame() {
        JsonMutations mutations = new JsonMutations(SEED, CORPUS);
        int accepted = 0;
        for (int i = 0; i < INPUTS; i++) {
            byte[] input = mutations.next();
            JsonNode expected = JsonMutations.strictly(input);
            ObjectNode read = null;
            try {
                read = walk(input);
            } catch (RuntimeException | AssertionError e) {
                fail(input(i, input), e);
            }
            if (expected == null || !expected.isObject()) {
                if (read != null) {
                    fail(input(i, input) + " was accepted");
                }
            } else if (!expected.equals(read)) {
                fail(input(i, input) + " was read as " + read);
            } else {
                accepted++;
            }
        }
        assertThat(accepted).as("both sides are met").isBetween(INPUTS / 10, INPUTS * 9 / 10);
    }

    @Test
    void noFrameBringsTheParserToFall() {
        JsonMutations mutations = new JsonMutations(SEED + 1, CORPUS);
        int accepted = 0;
        for (int i = 0; i < INPUTS; i++) {
            byte[] input = mutations.next();
            try {
                FromWorker frame = Frames.fromWorker(input);
                accepted++;
                JsonNode expected = JsonMutations.strictly(input);
                if (expected == null || !expected.isObject()) {
                    fail(input(i, input) + " was accepted");
                }
                if (frame instanceof FromWorker.TaskComplete complete
                        && expected.has("result")
                        && !expected.get("result")
                                .equals(JsonMutations.strictly(complete.result().toBytes()))) {
                    fail(input(i, input) + " has another result");
                }
            } catch (BadFrameException refused) {
                // As it should be.
            } catch (RuntimeException e) {
                fail(input(i, input), e);
            }
        }
        assertThat(accepted).isBetween(INPUTS / 20, INPUTS * 9 / 10);
    }

    private static String input(int number, byte[] input) {
        return "input " + number + " of seed " + SEED + ": " + new String(input, UTF_8);
    }
}
