package io.github.taskdispatcher.wire;

/** A frame that is not a message of the protocol. The text names what is wrong and may be sent to the peer. */
public final class BadFrameException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String taskId;
    private final boolean text;

    BadFrameException(String message, String taskId) {
        this(message, taskId, true);
    }

    BadFrameException(String message, String taskId, boolean text) {
        super(message, null, false, false);
        this.taskId = taskId;
        this.text = text;
    }

    /** Whether it is UTF-8 at least, as RFC 6455 asks of every text frame. */
    public boolean isText() {
        return text;
    }

    /** The task that the frame named before it went wrong, as sent and unchecked; null when it named none. */
    public String taskId() {
        return taskId;
    }
}
