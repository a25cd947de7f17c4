package io.github.taskdispatcher.gateway.http;

/** A request that cannot be used: its code and a text that may be sent back. */
public class BadRequest extends Exception {

    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    public BadRequest(ErrorCode code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    public ErrorCode code() {
        return code;
    }
}
