package io.github.taskdispatcher.gateway.store;

import io.github.taskdispatcher.task.TaskStatus;

/**
 * How a task ended.
 *
 * @param status one that is final
 * @param endedBy what ended it
 * @param value the result (JSON), or the error text in UTF-8 as {@link Failure} has it; null when it has more than {@link #INLINE_BYTES} and was not
 *     brought along: {@link TaskStore#value} reads it
 * @param size of the value in bytes
 */
public record Outcome(TaskStatus status, Cause endedBy, byte[] value, long size) {

    /** Larger values are fetched by themselves, when there is memory for them. Error texts are never larger. */
    public static final int INLINE_BYTES = 32 * 1024;

    /** What ends a task. The store keeps the word in lower case. */
    public enum Cause {
        /** What its worker said. */
        ANSWER,
        /** Its timeout passed. */
        DEADLINE,
        /** Its worker, or the gateway of its worker, was lost. */
        LOST,
        /** Its worker sent what the protocol does not allow, and was disconnected. */
        FAULT,
        /** Its client wanted it no more. */
        CANCEL,
        /** Redis has lost the task itself; never stored. */
        FORGOTTEN
    }

    /** Without a value that is not small. */
    public Outcome light() {
        return size <= INLINE_BYTES ? this : new Outcome(status, endedBy, null, size);
    }

    /** With the value that was read. */
    public Outcome with(byte[] read) {
        return new Outcome(status, endedBy, read, read.length);
    }

    /** A worker's answer. */
    public static Outcome answer(TaskStatus status, byte[] value) {
        return new Outcome(status, Cause.ANSWER, value, value.length);
    }
}
