package io.github.taskdispatcher.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.taskdispatcher.gateway.config.GatewayConfig.TaskLimits;
import io.github.taskdispatcher.gateway.config.Settings;
import io.github.taskdispatcher.wire.JsonMutations;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Generated request bodies, with Jackson as the judge. {@code -Dfuzz.seed} brings a run back. */
class SubmitRequestFuzzTest {

    private static final long SEED = Long.getLong("fuzz.seed", 20_26);
    private static final int INPUTS = Integer.getInteger("fuzz.inputs", 400_000);

    private static final List<String> CORPUS = List.of(
            "{\"data\":{}}",
            "{\"data\":{\"a\":[1,1.10,\"x\"]},\"async\":true}",
            "{\"messages\":[{\"role\":\"user\",\"content\":\"h\u00e9\ud83d\ude00\"}],\"model\":\"gpt\",\"timeout\":5000}",
            "{\"group\":\"gpu-1\",\"data\":{\"n\":1e400},\"messages\":[{},{}],\"model\":\"m\\\"\"}",
            " {\"timeout\" : 1.5e4 , \"async\" : false , \"data\" : { \"x\" : null } , \"unknown\" : [ ] } ");

    @Test
    void whatIsAcceptedIsPassedOnAsItWas() throws Exception {
        TaskLimits limits = Settings.of(Map.of()).config("").tasks();
        JsonMutations mutations = new JsonMutations(SEED, CORPUS);
        int accepted = 0;
        for (int i = 0; i < INPUTS; i++) {
            byte[] input = mutations.next();
            String name = "input " + i + " of seed " + SEED + ": " + new String(input, UTF_8);
            try {
                SubmitRequest request = SubmitRequest.parse(input, limits);
                accepted++;
                JsonNode expected = JsonMutations.strictly(input);
                if (expected == null) {
                    fail(name + " was accepted");
                }
                JsonNode payload = JsonMutations.strictly(request.payload());
                for (String member : List.of("data", "messages")) {
                    JsonNode value = payload.path(member);
                    boolean given = expected.hasNonNull(member)
                            && !(member.equals("messages")
                                    && expected.path(member).isEmpty());
                    if (given ? !value.equals(expected.get(member)) : !value.isMissingNode()) {
                        fail(name + " was passed on as " + payload);
                    }
                }
                assertThat(request.times().timeoutMs()).isBetween(limits.minTimeoutMs(), limits.maxTimeoutMs());
            } catch (BadRequest refused) {
                if (refused.code() != ErrorCode.INVALID_REQUEST) {
                    fail(name + " was refused as " + refused.code());
                }
            } catch (RuntimeException e) {
                fail(name, e);
            }
        }
        assertThat(accepted).as("both sides are met").isBetween(INPUTS / 20, INPUTS * 9 / 10);
    }
}
