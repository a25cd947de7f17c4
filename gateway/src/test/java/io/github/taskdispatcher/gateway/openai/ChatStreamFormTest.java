package io.github.taskdispatcher.gateway.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import org.junit.jupiter.api.Test;

class ChatStreamFormTest {

    private static final String CHOICE = "{\"message\":{\"content\":\"x\"}}";

    private static String events(int choices) {
        Results results = new Results(Endpoint.CHAT, TaskId.next(GroupName.DEFAULT), "m", 1);
        String completion = "{\"choices\":[" + (CHOICE + ",").repeat(choices - 1) + CHOICE + "]}";
        return new String(StreamForm.of(results).whole(completion.getBytes(UTF_8)), UTF_8);
    }

    /** Each choice that is rewritten takes several times its size: a worker's result must not multiply without bound. */
    @Test
    void onlySoManyChoicesAreRewritten() {
        assertThat(events(256)).contains("\"delta\":{\"content\"").doesNotContain("\"message\"");
        assertThat(events(257)).contains(CHOICE).doesNotContain("\"delta\"");
    }
}
