package io.github.taskdispatcher.gateway.http;

/** A request that cannot be used: its code and a text that may be sent back. */
final class BadRequest extends Exception {

    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    BadRequest(ErrorCode code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    ErrorCode code() {
        return code;
    }
}
