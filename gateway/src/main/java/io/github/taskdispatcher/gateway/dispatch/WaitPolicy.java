package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.store.Attendance;

/**
 * How a client waits for the end of a task that he submits or asks for.
 *
 * @param ms how long at most: 0 not at all, {@link #TO_THE_END} until it has ended
 * @param client who he is
 * @param attendance whether the task needs him
 */
public record WaitPolicy(long ms, DisconnectSignal client, Attendance attendance) {

    /** Longer than any task may take. */
    public static final long TO_THE_END = Long.MAX_VALUE;

    /** Not at all: he is answered once the task is accepted. */
    public static final WaitPolicy NONE = new WaitPolicy(0, DisconnectSignal.UNSEEN, Attendance.NONE);

    /** So is he, and then follows it, see {@link Dispatcher#following}. */
    public static final WaitPolicy FOLLOWED = new WaitPolicy(0, DisconnectSignal.UNSEEN, Attendance.FOLLOWS);

    /** For so long, in ms. */
    public static WaitPolicy of(long ms, DisconnectSignal client) {
        return ms <= 0 ? NONE : new WaitPolicy(ms, client, Attendance.WAITS);
    }
}
