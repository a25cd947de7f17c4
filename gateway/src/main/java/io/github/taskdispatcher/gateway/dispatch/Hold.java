package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.store.Attendance;

/**
 * How a client waits for the end of a task that he submits or asks for.
 *
 * @param ms how long at most: 0 not at all, {@link #TO_THE_END} until it has ended
 * @param client who he is
 * @param attendance whether the task needs him
 */
public record Hold(long ms, Client client, Attendance attendance) {

    /** Longer than any task may take. */
    public static final long TO_THE_END = Long.MAX_VALUE;

    /** Not at all: he is answered once the task is accepted. */
    public static final Hold NONE = new Hold(0, Client.UNSEEN, Attendance.NONE);

    /** So is he, and then follows it, see {@link Dispatcher#following}. */
    public static final Hold FOLLOWED = new Hold(0, Client.UNSEEN, Attendance.FOLLOWS);

    /** For so long, in ms. */
    public static Hold of(long ms, Client client) {
        return ms <= 0 ? NONE : new Hold(ms, client, Attendance.WAITS);
    }
}
