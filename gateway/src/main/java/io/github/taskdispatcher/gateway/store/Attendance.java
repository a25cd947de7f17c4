package io.github.taskdispatcher.gateway.store;

/** Whether the client of a new task stays for it. A task is cancelled when nobody does any more, unless nobody ever did. */
public enum Attendance {
    /** Its gateway holds his request, and is to be told of the end. */
    WAITS,
    /** He is about to follow it. */
    FOLLOWS,
    /** He has been answered; the task goes on whoever leaves. */
    NONE
}
