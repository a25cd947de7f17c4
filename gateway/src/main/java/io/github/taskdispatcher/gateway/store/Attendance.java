package io.github.taskdispatcher.gateway.store;

/** Whether the client of a new task stays for it. A task is cancelled when no client stays any more, unless none ever did. */
public enum Attendance {
    /** Its gateway holds the request, and is to be told of the end. */
    WAITS,
    /** The client is about to follow it. */
    FOLLOWS,
    /** The client has been answered; the task goes on without it. */
    NONE
}
