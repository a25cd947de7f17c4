package io.github.taskdispatcher.gateway.worker;

import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.task.TaskId;
import java.util.List;

/** Hears what becomes of the tasks of this gateway's workers. Any thread; must not block. */
public interface OutcomeListener {

    /** The task has this outcome. */
    void ended(TaskId id, Outcome outcome);

    /** The task may have ended; what it is must be read. */
    void mayHaveEnded(TaskId id);

    /**
     * The task's worker said more.
     *
     * @param first number of the first chunk
     * @param chunks numbered on from there; empty when they must be read
     */
    void said(TaskId id, long first, List<byte[]> chunks);
}
