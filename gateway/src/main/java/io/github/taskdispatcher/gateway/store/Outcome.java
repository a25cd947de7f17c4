package io.github.taskdispatcher.gateway.store;

import io.github.taskdispatcher.task.TaskStatus;

/**
 * How a task ended.
 *
 * @param status completed or failed
 * @param endedBy what ended it
 * @param value the result (JSON), or the error text in UTF-8
 */
public record Outcome(TaskStatus status, Cause endedBy, byte[] value) {

    /** What ends a task. The store keeps the word in lower case. */
    public enum Cause {
        /** What its worker said. */
        ANSWER,
        /** Its timeout passed. */
        DEADLINE,
        /** Its worker, or the gateway of its worker, was lost. */
        LOST,
        /** Redis has lost the task itself; never stored. */
        FORGOTTEN
    }

    /** A worker's answer. */
    public static Outcome answer(TaskStatus status, byte[] value) {
        return new Outcome(status, Cause.ANSWER, value);
    }
}
