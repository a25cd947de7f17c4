package io.github.taskdispatcher.gateway.store;

import java.util.Locale;

/** How a worker left: decides what becomes of the task it works on. */
public enum Departure {
    /** For good: the task fails at once. */
    CLOSED,
    /** The gateway closed its socket, because it sent what the protocol does not allow: the task fails at once by its fault. */
    FAULTY,
    /** Its link broke, and it may come back: the task waits for it for the grace time. */
    LOST,
    /** Its gateway stops and it will come back elsewhere: so waits the task, and new ones are accepted meanwhile. */
    RELEASED;

    /** As the scripts know it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
