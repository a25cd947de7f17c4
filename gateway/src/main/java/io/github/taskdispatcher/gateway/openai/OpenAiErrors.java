package io.github.taskdispatcher.gateway.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.taskdispatcher.gateway.http.Answer;
import io.github.taskdispatcher.gateway.http.BadRequest;
import io.github.taskdispatcher.gateway.http.ErrorCode;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.wire.JsonText;
import io.github.taskdispatcher.wire.RawJson;
import java.util.List;

/** The error object of the OpenAI API. Its codes are those of the guide's routes, its statuses are what the SDKs know. */
final class OpenAiErrors {

    private OpenAiErrors() {}

    static Answer of(BadRequest bad) {
        String param = bad instanceof BadParameter parameter ? parameter.name() : null;
        return of(bad.code(), bad.getMessage(), param, bad.retryAfterSeconds());
    }

    static Answer of(ErrorCode code, String message, String param) {
        return of(code, message, param, code.retryAfterSeconds());
    }

    private static Answer of(ErrorCode code, String message, String param, int retryAfterSeconds) {
        return new Answer(
                status(code),
                List.of(new JsonText(96 + message.length())
                        .member("error", RawJson.of(object(code, message, param)))
                        .end()),
                retryAfterSeconds,
                null,
                0);
    }

    /** Why a task failed. */
    static Answer of(TaskId id, Outcome outcome) {
        return of(ErrorCode.of(outcome.endedBy()), new String(outcome.value(), UTF_8), null)
                .about(id);
    }

    static byte[] object(ErrorCode code, String message, String param) {
        return new JsonText(96 + message.length())
                .member("message", message)
                .member("type", status(code) < 500 ? "invalid_request_error" : "server_error")
                .member("code", code.word())
                .member("param", param)
                .end();
    }

    /** The same as it stands in a response object. */
    static byte[] responseError(Outcome outcome) {
        String message = new String(outcome.value(), UTF_8);
        return new JsonText(64 + message.length())
                .member("code", ErrorCode.of(outcome.endedBy()).word())
                .member("message", message)
                .end();
    }

    static int status(ErrorCode code) {
        return switch (code) {
            case TASK_TIMEOUT -> 504;
            case WORKER_LOST -> 502;
            default -> code.status();
        };
    }
}
