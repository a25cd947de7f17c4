package io.github.taskdispatcher.gateway.http;

import io.github.taskdispatcher.gateway.store.Outcome;
import java.util.Locale;

/** What programs tell errors apart by: {@code code} beside {@code error} in every error body, and its HTTP status. */
public enum ErrorCode {
    INVALID_REQUEST(400),
    UNAUTHORIZED(401),
    FORBIDDEN(403),
    MODEL_NOT_FOUND(404),
    NOT_FOUND(404),
    UNSUPPORTED_ENDPOINT(404),
    METHOD_NOT_ALLOWED(405),
    REQUEST_TIMEOUT(408),
    CANCELLED(409),
    NOT_CANCELLABLE(409),
    TOO_LARGE(413),
    UNSUPPORTED_MEDIA_TYPE(415),
    IDEMPOTENCY_MISMATCH(422),
    UPGRADE_REQUIRED(426),
    INTERNAL(500),
    STREAM_CUT(500),
    TASK_TIMEOUT(500),
    TASK_LOST(500),
    WORKER_ERROR(500),
    WORKER_LOST(500),
    NO_WORKER(503, 5),
    NOT_IN_TIME(503, 1),
    OVERLOADED(503, 2),
    QUEUE_FULL(503, 2),
    UNAVAILABLE(503, 1),
    WAIT_TIMEOUT(504);

    private final int status;
    private final int retryAfterSeconds;

    ErrorCode(int status) {
        this(status, 0);
    }

    ErrorCode(int status, int retryAfterSeconds) {
        this.status = status;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    /** As it stands in the body. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** That of a refusal of which only the HTTP status is known. */
    public static ErrorCode ofStatus(int status) {
        return switch (status) {
            case 401 -> UNAUTHORIZED;
            case 403 -> FORBIDDEN;
            case 404 -> NOT_FOUND;
            case 405 -> METHOD_NOT_ALLOWED;
            case 408 -> REQUEST_TIMEOUT;
            case 413, 414, 431 -> TOO_LARGE;
            case 415 -> UNSUPPORTED_MEDIA_TYPE;
            case 426 -> UPGRADE_REQUIRED;
            case 503 -> OVERLOADED;
            // 501 and 505: the request is one that no server of this kind answers.
            case 501, 505 -> INVALID_REQUEST;
            default -> status >= 500 ? INTERNAL : INVALID_REQUEST;
        };
    }

    /** HTTP's, on the guide's routes. */
    public int status() {
        return status;
    }

    /** When to ask again, in seconds; 0 when that would not help. */
    public int retryAfterSeconds() {
        return retryAfterSeconds;
    }

    /** Why a task failed. */
    public static ErrorCode of(Outcome.Cause cause) {
        return switch (cause) {
            case ANSWER, FAULT -> WORKER_ERROR;
            case DEADLINE -> TASK_TIMEOUT;
            case LOST -> WORKER_LOST;
            case CANCEL -> CANCELLED;
            case FORGOTTEN -> TASK_LOST;
        };
    }
}
