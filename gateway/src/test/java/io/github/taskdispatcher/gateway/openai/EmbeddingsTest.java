package io.github.taskdispatcher.gateway.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.openai.Embeddings.Encoding;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import java.io.ByteArrayOutputStream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EmbeddingsTest {

    /** Made with Python: {@code base64.b64encode(struct.pack('<4f', .5, .25, .125, 1))}. */
    private static final String BASE64 = "\"AAAAPwAAgD4AAAA+AACAPw==\"";

    private static String object(String result, Encoding encoding) {
        ResponseMapper results = new ResponseMapper(
                Endpoint.EMBEDDINGS, TaskId.next(GroupName.DEFAULT), "m", 1, encoding, TaskMetadata.Echo.NONE);
        List<byte[]> parts = results.of(result.getBytes(UTF_8));
        if (parts == null) {
            return null;
        }
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        parts.forEach(whole::writeBytes);
        return whole.toString(UTF_8);
    }

    @Test
    void theEncodingIsTheClients() {
        assertThat(Encoding.of(null)).isEqualTo(Encoding.FLOAT);
        assertThat(Encoding.of("float")).isEqualTo(Encoding.FLOAT);
        assertThat(Encoding.of("base64")).isEqualTo(Encoding.BASE64);
        assertThat(Encoding.of("int8")).isEqualTo(Encoding.AS_SAID);
    }

    @Test
    void numbersBecomeBase64WhereTheClientAskedForIt() {
        assertThat(object("[0.5, 0.25,0.125,1]", Encoding.BASE64)).contains("\"embedding\":" + BASE64);
        assertThat(object("[[0.5,0.25,0.125,1],[1e0]]", Encoding.BASE64))
                .contains("\"index\":0,\"embedding\":" + BASE64)
                .contains("\"index\":1,\"embedding\":\"AACAPw==\"");
        assertThat(object("[0.5,0.25,0.125,1]", Encoding.FLOAT)).contains("\"embedding\":[0.5,0.25,0.125,1]");
        assertThat(object("[0.5]", Encoding.AS_SAID)).contains("\"embedding\":[0.5]");
        assertThat(object("[1e400]", Encoding.BASE64)).isNull();
        assertThat(object("[[]]", Encoding.BASE64)).contains("\"embedding\":\"\"");
        assertThat(object("[[0.5,0.25,0.125,1],[ ]]", Encoding.BASE64))
                .contains("\"index\":0,\"embedding\":" + BASE64)
                .contains("\"index\":1,\"embedding\":\"\"");
    }

    @Test
    void anObjectOfTheWorkersIsEncodedToo() {
        String own = "{ \"object\":\"list\",\"data\":[{\"index\":0,\"embedding\":%s,\"x\":12345678901234567890}],"
                + "\"usage\":{\"prompt_tokens\":7} }";
        assertThat(object(own.formatted("[0.5,0.25,0.125,1.0]"), Encoding.BASE64))
                .contains("\"embedding\":" + BASE64)
                .contains("12345678901234567890")
                .contains("{\"prompt_tokens\":7}");
        assertThat(object(own.formatted(BASE64), Encoding.FLOAT)).contains("\"embedding\":[0.5,0.25,0.125,1.0]");
        assertThat(object(own.formatted(BASE64.replace("/", "\\/")), Encoding.FLOAT))
                .contains("\"embedding\":[0.5,0.25,0.125,1.0]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "BASE64  | \"AAAAPwAAgD4AAAA+AACAPw==\"",
                "FLOAT   | [0.5, 1]",
                "AS_SAID | [1]",
                "AS_SAID | \"AACAPw==\"",
                "FLOAT   | \"no base64!\"",
                "FLOAT   | \"AAAA\"",
                "FLOAT   | \"AADAfw==\"",
                "BASE64  | [[1],[2]]",
                "BASE64  | {\"int8\":[1]}"
            })
    void whatNeedsNoChangeOrCannotBeChangedIsPassedOn(Encoding encoding, String embedding) {
        String own = "{ \"data\" : [ {\"embedding\": " + embedding + "} ] }";
        assertThat(object(own, encoding)).isEqualTo(own);
    }
}
