package io.github.taskdispatcher.gateway.waiting;

import io.github.taskdispatcher.gateway.background.Scheduler;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The held requests, by task; there may be several for one. Each is one entry and one future, no thread. A waiter is
 * registered before its task is submitted or watched, so no outcome can come too early. Any thread.
 */
public final class Waiters {

    /** Of a waiter that waits for the end of its task, whenever that may be. */
    public static final long NO_TIMEOUT = Long.MAX_VALUE / 2;

    /** A held request. */
    public static final class Waiter {

        private final TaskId id;
        private final GroupName group;
        private final long timeoutMs;
        private final Scheduler scheduler;
        private final long sinceNanos;
        private final CompletableFuture<WaitEnd> future = new CompletableFuture<>();
        /** How old it was when its task was known to be stored; -1 until then. */
        private volatile long acceptedAtAgeMs = -1;

        private volatile boolean left;
        /** Another request for the same task; changed only under the lock of their place in the map. */
        private volatile Waiter next;

        private Waiter(TaskId id, GroupName group, long timeoutMs, Scheduler scheduler) {
            this.id = id;
            this.group = group;
            this.timeoutMs = timeoutMs;
            this.scheduler = scheduler;
            sinceNanos = scheduler.nanoTime();
        }

        public TaskId id() {
            return id;
        }

        public GroupName group() {
            return group;
        }

        /** Completes with how the request is to be answered. */
        public CompletableFuture<WaitEnd> future() {
            return future;
        }

        public long ageMs() {
            return (scheduler.nanoTime() - sinceNanos) / 1_000_000;
        }

        /** Its task is known to be stored; until then the task is not lost when it is not found. */
        public void accept() {
            acceptedAtAgeMs = ageMs();
        }

        public boolean accepted() {
            return acceptedAtAgeMs >= 0;
        }

        /** The task's deadline has passed, by any clock; it was set before the task was known to be stored. */
        public boolean overdue() {
            return accepted() && ageMs() - acceptedAtAgeMs > timeoutMs;
        }

        /** Its client has left. The request is still answered: a client that only sends nothing more still reads. */
        void leave() {
            left = true;
        }

        boolean hasLeft() {
            return left;
        }

        /** The next request for the same task, or null. */
        Waiter next() {
            return next;
        }
    }

    private final Scheduler scheduler;
    private final ConcurrentMap<TaskId, Waiter> waiters = new ConcurrentHashMap<>();

    /** How many there are behind the first of their task. */
    private final AtomicInteger more = new AtomicInteger();

    public Waiters(Scheduler scheduler) {
        this.scheduler = scheduler;
    }

    /** @param timeoutMs after so long from its acceptance, in ms, the task has ended or is about to */
    public Waiter register(TaskId id, GroupName group, long timeoutMs) {
        Waiter waiter = new Waiter(id, group, timeoutMs, scheduler);
        if (waiters.putIfAbsent(id, waiter) != null) {
            waiters.compute(id, (key, first) -> {
                if (first != null) {
                    waiter.next = first;
                    more.incrementAndGet();
                }
                return waiter;
            });
        }
        return waiter;
    }

    /** One that waits for the task, and the others behind it; null when no request does. */
    Waiter find(TaskId id) {
        return waiters.get(id);
    }

    /** The task ended: the requests held for it here are answered. */
    public void ended(TaskId id, Outcome outcome) {
        Waiter waiter = waiters.remove(id);
        if (waiter == null) {
            return;
        }
        WaitEnd end = new WaitEnd.Ended(outcome);
        waiter.future.complete(end);
        for (Waiter other = waiter.next; other != null; other = other.next) {
            more.decrementAndGet();
            other.future.complete(end);
        }
    }

    /** Answers one request, if it is still held. */
    public void answer(Waiter waiter, WaitEnd end) {
        waiters.computeIfPresent(waiter.id, (key, first) -> without(waiter, first));
        waiter.future.complete(end);
    }

    private Waiter without(Waiter waiter, Waiter first) {
        if (first == waiter) {
            if (first.next != null) {
                more.decrementAndGet();
            }
            return first.next;
        }
        for (Waiter before = first; before.next != null; before = before.next) {
            if (before.next == waiter) {
                before.next = waiter.next;
                more.decrementAndGet();
                break;
            }
        }
        return first;
    }

    /** Those that have waited at least so long. */
    public List<Waiter> olderThan(long ageMs) {
        List<Waiter> old = new ArrayList<>();
        for (Waiter first : waiters.values()) {
            for (Waiter waiter = first; waiter != null; waiter = waiter.next) {
                if (waiter.ageMs() >= ageMs) {
                    old.add(waiter);
                }
            }
        }
        return old;
    }

    public int size() {
        return waiters.size() + more.get();
    }
}
