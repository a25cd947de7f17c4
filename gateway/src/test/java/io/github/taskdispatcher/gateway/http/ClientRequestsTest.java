package io.github.taskdispatcher.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.taskdispatcher.gateway.config.GatewayConfig;
import io.github.taskdispatcher.gateway.config.Settings;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientRequestsTest {

    private static final TaskId ID = TaskId.next(GroupName.DEFAULT);

    /** That is a fault of the gateway. It is no failure of Redis, and nobody waits for ever. */
    @ParameterizedTest
    @ValueSource(ints = {2, 40_000_000})
    void aResultOfWhichNoAnswerCanBeMadeIsAnInternalError(int bytes) throws Exception {
        Executor here = Runnable::run;
        GatewayConfig config = Settings.of(Map.of()).config("redis://localhost");
        ClientRequests clients = new ClientRequests(null, config, null, here, here, null);
        for (int i = 0; i < 4; i++) {
            CompletionException failed = catchThrowableOfType(CompletionException.class, () -> clients.withValue(
                            ID, Outcome.answer(TaskStatus.COMPLETED, new byte[bytes]), here, outcome -> {
                                throw new NumberFormatException("planted");
                            })
                    .join());
            assertThat(failed.getCause()).isInstanceOfSatisfying(BadRequest.class, bad -> {
                assertThat(bad.code()).isEqualTo(ErrorCode.INTERNAL);
                assertThat(bad.getMessage()).contains("/api/task/" + ID.text());
            });
        }
    }
}
