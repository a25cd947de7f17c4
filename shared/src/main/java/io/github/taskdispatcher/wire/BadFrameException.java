package io.github.taskdispatcher.wire;

/** A frame that is not a message of the protocol. The text names what is wrong and may be sent to the peer. */
public final class BadFrameException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String taskId;

    BadFrameException(String message, String taskId) {
        super(message, null, false, false);
        this.taskId = taskId;
    }

    /** The task that the frame named before it went wrong, as sent and unchecked; null when it named none. */
    public String taskId() {
        return taskId;
    }
}
