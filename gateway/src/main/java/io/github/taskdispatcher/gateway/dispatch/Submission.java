package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;

/** What became of a request to run a task. */
public sealed interface Submission {

    /**
     * Accepted and under way: the answer to an asynchronous request, or to a held one whose gateway stops or whose deadline
     * passed while the store did not answer.
     *
     * @param acceptedAt Redis time in ms
     */
    record Accepted(TaskId id, TaskStatus status, long acceptedAt) implements Submission {}

    /**
     * It ran, or failed to.
     *
     * @param acceptedAt Redis time in ms
     */
    record Ended(TaskId id, Outcome outcome, long acceptedAt) implements Submission {}

    /** No worker of the group is connected to any gateway. Nothing was stored. */
    record NoWorker() implements Submission {}

    /** The group's queue is full. Nothing was stored. */
    record QueueFull() implements Submission {}

    /**
     * Others wait, and at their pace no worker could end the task before its deadline. Nothing was stored.
     *
     * @param lateByMs how much too late a worker would be free, an estimate, at least 0
     */
    record NotInTime(long lateByMs) implements Submission {}

    /** The same key came with another request before. Nothing was stored. */
    record Mismatch() implements Submission {}

    /** This gateway holds as many requests as it may. Nothing was stored. */
    record Overloaded() implements Submission {}

    /** This gateway has drained and is about to end. Nothing was stored. */
    record Stopping() implements Submission {}

    /** Redis could not be reached in time. The task was not accepted; what may be left of it is taken back. */
    record Unavailable() implements Submission {}
}
