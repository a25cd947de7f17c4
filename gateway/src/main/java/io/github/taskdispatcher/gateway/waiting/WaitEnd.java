package io.github.taskdispatcher.gateway.waiting;

import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.task.TaskStatus;

/** How a wait for the end of a task ended. */
public sealed interface WaitEnd {

    /** The task has ended. */
    record Ended(Outcome outcome) implements WaitEnd {}

    /**
     * The wait is over before the task is: its time has passed, the gateway stops, or its client left.
     *
     * @param status of the task as far as it is known
     */
    record GoesOn(TaskStatus status) implements WaitEnd {}
}
