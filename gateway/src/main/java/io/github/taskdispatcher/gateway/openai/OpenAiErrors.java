package io.github.taskdispatcher.gateway.openai;

import io.github.taskdispatcher.gateway.http.Answer;
import io.github.taskdispatcher.gateway.http.BadRequest;
import io.github.taskdispatcher.gateway.http.ErrorCode;
import io.github.taskdispatcher.gateway.store.Failure;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.wire.ErrorDetails;
import io.github.taskdispatcher.wire.JsonText;
import io.github.taskdispatcher.wire.RawJson;
import java.util.List;

/**
 * The error object of the OpenAI API. Its codes are those of the guide's routes, its statuses are what the SDKs know, unless the
 * worker of a failed task says others.
 */
final class OpenAiErrors {

    /** That of a cancelled task: no client sends a request again after it, as some do after 409. */
    private static final int CANCELLED = 400;

    /**
     * What went wrong, as the API tells it.
     *
     * @param param null for none
     * @param retryAfterSeconds 0 for none
     */
    record Fault(int status, String type, String code, String message, String param, int retryAfterSeconds) {

        static Fault of(ErrorCode code, String message, String param) {
            int status = OpenAiErrors.status(code);
            return new Fault(status, typeOf(status), code.word(), message, param, code.retryAfterSeconds());
        }

        /** Why a task failed. */
        static Fault of(Outcome outcome) {
            Failure failure = Failure.of(outcome.value());
            ErrorCode code = ErrorCode.of(outcome.endedBy());
            ErrorDetails said = failure.details();
            int status = said.status() == null ? OpenAiErrors.status(code) : said.status();
            return new Fault(
                    status,
                    said.errorType() == null ? typeOf(status) : said.errorType(),
                    said.code() == null ? code.word() : said.code(),
                    failure.text(),
                    said.param(),
                    said.retryAfter() == null ? 0 : said.retryAfter());
        }

        Fault retryAfter(int seconds) {
            return new Fault(status, type, code, message, param, seconds);
        }

        private static String typeOf(int status) {
            return status < 500 ? "invalid_request_error" : "server_error";
        }

        /** The object that is the member {@code error} of a body. */
        byte[] object() {
            return new JsonText(96 + message.length())
                    .member("message", message)
                    .member("type", type)
                    .member("code", code)
                    .member("param", param)
                    .end();
        }

        /** The body, and the event of a stream. */
        byte[] body() {
            byte[] object = object();
            return new JsonText(16 + object.length)
                    .member("error", RawJson.of(object))
                    .end();
        }

        /** The same as it stands in a response object. */
        byte[] ofResponse() {
            return new JsonText(64 + message.length())
                    .member("code", code)
                    .member("message", message)
                    .end();
        }

        Answer answer() {
            return new Answer(status, List.of(body()), retryAfterSeconds, null, 0);
        }
    }

    private OpenAiErrors() {}

    static Answer of(BadRequest bad) {
        String param = bad instanceof BadParameter parameter ? parameter.name() : null;
        Fault fault = Fault.of(bad.code(), bad.getMessage(), param);
        return fault.retryAfter(bad.retryAfterSeconds()).answer();
    }

    static Answer of(ErrorCode code, String message, String param) {
        return Fault.of(code, message, param).answer();
    }

    private static int status(ErrorCode code) {
        return switch (code) {
            case CANCELLED -> CANCELLED;
            case TASK_TIMEOUT -> 504;
            case WORKER_LOST -> 502;
            default -> code.status();
        };
    }
}
