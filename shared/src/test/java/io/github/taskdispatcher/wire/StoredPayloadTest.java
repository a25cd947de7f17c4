package io.github.taskdispatcher.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is kept once reaches the worker twice, byte for byte. */
class StoredPayloadTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ID = "00000000-0000-4000-8000-000000000000";

    /** With something around it, as a body lies in a larger array. */
    private static RawJson view(byte[] array, String part) {
        int at = new String(array, UTF_8).indexOf(part);
        return new RawJson(array, at, part.length());
    }

    private static JsonNode sent(byte[] stored) throws Exception {
        return JSON.readTree(Frames.write(new ToWorker.Task(ID, RawJson.of(stored))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[{\"role\":\"user\", \"content\":\"x\"}]|{\"a\" : 1}|true",
                "[{\"content\":\"x\"}]||false",
                "|{\"a\":[1,2]}|false",
                "||true"
            })
    void theWorkerGetsMessagesAndDataBesideTheBody(String messages, String data, boolean stream) throws Exception {
        String body = "{ \"model\":\"m\""
                + (messages == null ? "" : ", \"messages\" :" + messages)
                + (data == null ? "" : ", \"data\": " + data) + ",\"n\":1 }";
        byte[] array = ("  " + body + "\n").getBytes(UTF_8);
        byte[] stored = StoredPayload.of(
                "m\"1",
                "/v1/x",
                view(array, body),
                stream,
                messages == null ? null : view(array, messages),
                data == null ? null : view(array, data));
        String text = new String(stored, UTF_8);
        assertThat(JSON.readTree(stored).get("body")).as("what is kept is JSON").isEqualTo(JSON.readTree(body));
        assertThat(text.length()).isLessThan(body.length() + 120);

        String frame = new String(Frames.write(new ToWorker.Task(ID, RawJson.of(stored))), UTF_8);
        assertThat(frame).contains("\"body\":" + body + ",").doesNotContain("copies");
        assertThat(StoredPayload.sent(RawJson.of(stored))).isEqualTo(new StoredPayload.Sent("/v1/x", RawJson.of(body)));
        for (int length = 0; length < stored.length; length++) {
            RawJson cut = new RawJson(stored, 0, length);
            assertThat(StoredPayload.sent(cut).body().toBytes().length)
                    .as("the beginning of one is read as far as it goes")
                    .isLessThanOrEqualTo(length);
        }
        JsonNode payload = sent(stored).get("payload");
        assertThat(payload.get("model").asText()).isEqualTo("m\"1");
        assertThat(payload.get("endpoint").asText()).isEqualTo("/v1/x");
        assertThat(payload.get("stream").asBoolean()).isEqualTo(stream);
        assertThat(payload.has("messages")).isEqualTo(messages != null);
        assertThat(payload.has("data")).isEqualTo(data != null);
        assertThat(payload.size()).isEqualTo(4 + (messages == null ? 0 : 1) + (data == null ? 0 : 1));
        if (messages != null) {
            assertThat(frame).contains("\"payload\":{\"model\":\"m\\\"1\",\"messages\":" + messages + ",");
        }
        if (data != null) {
            assertThat(frame).contains("\"data\":" + data + ",\"endpoint\"");
        }
    }

    @Test
    void anyOtherPayloadIsSentAsItIs() throws Exception {
        String payload = "{\"model\":\"copies\",\"data\":{\"copies\":[1,2,3,4]}}";
        assertThat(new String(Frames.write(new ToWorker.Task(ID, RawJson.of(payload))), UTF_8))
                .isEqualTo("{\"type\":\"task\",\"taskId\":\"" + ID + "\",\"payload\":" + payload + "}");
        assertThat(StoredPayload.sent(RawJson.of(payload)))
                .isEqualTo(new StoredPayload.Sent(null, RawJson.of(payload)));
    }

    @Test
    void aPartOfAnotherArrayIsRefused() {
        RawJson body = RawJson.of("{\"messages\":[]}");
        assertThatThrownBy(() -> StoredPayload.of("m", "/v1/x", body, false, RawJson.of("[]"), null))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
