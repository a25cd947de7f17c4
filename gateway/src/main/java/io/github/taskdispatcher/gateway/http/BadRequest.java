package io.github.taskdispatcher.gateway.http;

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

    /** When to ask again, in seconds; 0 when that would not help. */
    public int retryAfterSeconds() {
        return retryAfterSeconds;
    }

    public ErrorCode code() {
        return code;
    }
}
