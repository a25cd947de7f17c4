package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The held requests, by task. Each is one entry and one future, no thread. A waiter is registered before its task is
 * submitted, so no outcome can come too early. Any thread.
 */
final class Waiters {

    /**
     * @param future completes with how the request is to be answered
     * @param sinceNanos when it began to wait, {@link System#nanoTime}
     * @param accepted whether its task is known to be stored; until then the task is not lost when it is not found
     */
    record Waiter(
            TaskId id,
            GroupName group,
            long timeoutMs,
            CompletableFuture<Submission> future,
            long sinceNanos,
            AtomicBoolean accepted) {
        long ageMs() {
            return (System.nanoTime() - sinceNanos) / 1_000_000;
        }
    }

    private final ConcurrentMap<TaskId, Waiter> waiters = new ConcurrentHashMap<>();

    Waiter register(TaskId id, GroupName group, long timeoutMs) {
        Waiter waiter =
                new Waiter(id, group, timeoutMs, new CompletableFuture<>(), System.nanoTime(), new AtomicBoolean());
        waiters.put(id, waiter);
        return waiter;
    }

    Waiter find(TaskId id) {
        return waiters.get(id);
    }

    /** The task ended: its request is answered, if one is held here. */
    void ended(TaskId id, Outcome outcome) {
        answer(id, new Submission.Ended(id, outcome));
    }

    /** Answers the request of a task, if one is held here. */
    void answer(TaskId id, Submission submission) {
        Waiter waiter = waiters.remove(id);
        if (waiter != null) {
            waiter.future().complete(submission);
        }
    }

    /** Those that have waited at least so long. */
    List<Waiter> olderThan(long ageMs) {
        List<Waiter> old = new ArrayList<>();
        for (Waiter waiter : waiters.values()) {
            if (waiter.ageMs() >= ageMs) {
                old.add(waiter);
            }
        }
        return old;
    }

    int size() {
        return waiters.size();
    }
}
