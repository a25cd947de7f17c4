package io.github.taskdispatcher.gateway.waiting;

import io.github.taskdispatcher.gateway.store.Attendance;

/**
 * How a client waits for the end of a task that it submits or asks for.
 *
 * @param ms how long at most: 0 not at all, {@link #TO_THE_END} until the task has ended
 * @param client tells when the client leaves
 * @param attendance whether the task needs the client
 */
public record WaitPolicy(long ms, DisconnectSignal client, Attendance attendance) {

    /** Longer than any task may take. */
    public static final long TO_THE_END = Long.MAX_VALUE;

    /** Not at all: the client is answered once the task is accepted. */
    public static final WaitPolicy NONE = new WaitPolicy(0, DisconnectSignal.UNSEEN, Attendance.NONE);

    /** The client is answered once the task is accepted, and then follows its stream. */
    public static final WaitPolicy FOLLOWED = new WaitPolicy(0, DisconnectSignal.UNSEEN, Attendance.FOLLOWS);

    /** For so long, in ms. */
    public static WaitPolicy of(long ms, DisconnectSignal client) {
        return ms <= 0 ? NONE : new WaitPolicy(ms, client, Attendance.WAITS);
    }
}
