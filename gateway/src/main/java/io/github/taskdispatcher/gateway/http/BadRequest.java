package io.github.taskdispatcher.gateway.http;

/** A request that cannot be used: its status and a text that may be sent back. */
final class BadRequest extends Exception {

    private static final long serialVersionUID = 1L;

    private final int status;

    BadRequest(int status, String message) {
        super(message, null, false, false);
        this.status = status;
    }

    int status() {
        return status;
    }
}
