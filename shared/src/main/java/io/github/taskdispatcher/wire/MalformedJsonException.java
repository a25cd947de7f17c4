package io.github.taskdispatcher.wire;

import java.io.IOException;

/** Bytes that are not the JSON object they should be. The text is ours, repeats nothing of the input, may be sent back. */
public final class MalformedJsonException extends IOException {

    private static final long serialVersionUID = 1L;

    MalformedJsonException(String message) {
        super(message);
    }

    /** Expected input trouble, made per bad request: no stack trace, it would say nothing. */
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
