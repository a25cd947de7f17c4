package io.github.taskdispatcher.gateway.store;

/**
 * How far a worker says it is with its task.
 *
 * @param share from 0 to 1, or null when it said only the message
 * @param message for people, or null when there is none
 */
public record Progress(Double share, String message) {

    /** What is known when this is said after {@code earlier}, which may be null. */
    public Progress after(Progress earlier) {
        return earlier == null
                ? this
                : new Progress(share == null ? earlier.share : share, message == null ? earlier.message : message);
    }
}
