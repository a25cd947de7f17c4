package io.github.taskdispatcher.wire;

import java.io.IOException;

/** Bytes that are not the JSON object they should be. The text is ours, repeats nothing of the input, may be sent back. */
public final class MalformedJsonException extends IOException {

    private static final long serialVersionUID = 1L;

    private final boolean text;

    MalformedJsonException(String message) {
        this(message, true);
    }

    private MalformedJsonException(String message, boolean text) {
        super(message);
        this.text = text;
    }

    static MalformedJsonException notUtf8() {
        return new MalformedJsonException("not valid UTF-8", false);
    }

    /** Whether the bytes are UTF-8 at least. */
    public boolean isText() {
        return text;
    }

    /** Expected input trouble, made per bad request: no stack trace, it would say nothing. */
    @Override
    public synchronized Throwable fillInStackTrace() {
        return this;
    }
}
