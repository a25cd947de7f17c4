package io.github.taskdispatcher.gateway.http;

import java.util.Optional;
import java.util.concurrent.CompletionException;

/** A request that cannot be used: its code and a text that may be sent back. */
public class BadRequest extends Exception {

    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final int retryAfterSeconds;

    public BadRequest(ErrorCode code, String message) {
        this(code, message, code.retryAfterSeconds());
    }

    /** @param retryAfterSeconds when to ask again; 0 when that would not help */
    public BadRequest(ErrorCode code, String message, int retryAfterSeconds) {
        super(message, null, false, false);
        this.code = code;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    /** The one that a future failed with; empty when it failed otherwise, or did not fail. */
    public static Optional<BadRequest> in(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return cause instanceof BadRequest bad ? Optional.of(bad) : Optional.empty();
    }

    /** When to ask again, in seconds; 0 when that would not help. */
    public int retryAfterSeconds() {
        return retryAfterSeconds;
    }

    public ErrorCode code() {
        return code;
    }
}
