package io.github.taskdispatcher.gateway.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import org.junit.jupiter.api.Test;

class ChatStreamFormatTest {

    private static final String CHOICE = "{\"message\":{\"content\":\"x\"}}";

    private static String events(int choices) {
        String completion = "{\"choices\":[" + (CHOICE + ",").repeat(choices - 1) + CHOICE + "]}";
        return new String(StreamFormat.of(RESULTS, false).whole(completion.getBytes(UTF_8)), UTF_8);
    }

    private static final ResponseMapper RESULTS = new ResponseMapper(
            Endpoint.CHAT, TaskId.next(GroupName.DEFAULT), "m", 1, Embeddings.Encoding.FLOAT, TaskMetadata.Echo.NONE);

    private static String whole(boolean usage, String result) {
        return new String(StreamFormat.of(RESULTS, usage).whole(result.getBytes(UTF_8)), UTF_8);
    }

    /** As the API reference has it: one more chunk before {@code [DONE]}, without a choice. */
    @Test
    void theUsageComesLastWhereTheClientAsksForIt() {
        assertThat(whole(true, "\"hi\""))
                .endsWith("\"choices\":[],\"usage\":{\"prompt_tokens\":0,\"completion_tokens\":0,"
                        + "\"total_tokens\":0}}\n\ndata: [DONE]\n\n");
        assertThat(whole(false, "\"hi\"")).doesNotContain("usage");
        String counted = "{\"choices\":[" + CHOICE + "],\"usage\":{\"total_tokens\": 7}}";
        assertThat(whole(true, counted))
                .containsOnlyOnce("\"usage\"")
                .endsWith("\"choices\":[],\"usage\":{\"total_tokens\": 7}}\n\ndata: [DONE]\n\n");
        assertThat(whole(false, counted)).containsOnlyOnce("\"usage\":{\"total_tokens\": 7}");
    }

    /** All chunks of a stream have the same id, created and model. */
    @Test
    void theUsageIsOfTheCompletionBeforeIt() {
        String own = "{\"id\":\"a\",\"created\":1,\"model\":\"mm\",\"choices\":[" + CHOICE
                + "],\"usage\":{\"total_tokens\":7}}";
        assertThat(whole(true, own))
                .contains("{\"id\":\"a\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"mm\","
                        + "\"choices\":[],\"usage\":{\"total_tokens\":7}}");
    }

    /** The worker said text, and its answer counts it. */
    @Test
    void theUsageOfTheAnswerEndsAStreamOfText() {
        String answer = "{\"id\":\"a\",\"choices\":[" + CHOICE + "],\"usage\":{\"total_tokens\":7}}";
        String end = new String(StreamFormat.of(RESULTS, true).endOfText(answer.getBytes(UTF_8)), UTF_8);
        assertThat(end)
                .contains("\"choices\":[],\"usage\":{\"total_tokens\":7}}")
                .contains("{\"id\":\"chatcmpl-")
                .doesNotContain("\"id\":\"a\"");
    }

    /** Each choice that is rewritten takes several times its size: a worker's result must not multiply without bound. */
    @Test
    void onlySoManyChoicesAreRewritten() {
        assertThat(events(256)).contains("\"delta\":{\"content\"").doesNotContain("\"message\"");
        assertThat(events(257)).contains(CHOICE).doesNotContain("\"delta\"");
    }
}
