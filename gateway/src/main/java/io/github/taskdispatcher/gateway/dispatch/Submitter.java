package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.config.GatewayConfig;
import io.github.taskdispatcher.gateway.store.Assignment;
import io.github.taskdispatcher.gateway.store.NewTask;
import io.github.taskdispatcher.gateway.store.Replies;
import io.github.taskdispatcher.gateway.store.Replies.Submitted;
import io.github.taskdispatcher.gateway.store.TaskAccess;
import io.github.taskdispatcher.gateway.store.TaskStore;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings tasks to the store, once each whatever is lost on the way, and holds the requests that wait for them. Any thread. */
final class Submitter {

    private static final Logger log = LoggerFactory.getLogger(Submitter.class);

    /** For so long the first attempt of a request is known to those that repeat it. */
    private static final long REPEATED_WITHIN_MS = 120_000;

    private final Dispatcher dispatcher;
    private final GatewayConfig config;

    Submitter(Dispatcher dispatcher, GatewayConfig config) {
        this.dispatcher = dispatcher;
        this.config = config;
    }

    /** See {@link Dispatcher#submit}. */
    CompletableFuture<Submission> submit(NewTask task, Hold hold, Runnable stored) {
        boolean waits = hold.ms() > 0;
        if (waits && dispatcher.heldRequests() >= config.limits().maxWaiters()) {
            stored.run();
            return CompletableFuture.completedFuture(new Submission.Overloaded());
        }
        Waiters.Waiter waiter = waits ? dispatcher.waiters().register(task.id(), task.group(), task.timeoutMs()) : null;
        if (dispatcher.isRefusing()) {
            stored.run();
            return refused(waiter, new Submission.Stopping());
        }
        long notAfter = dispatcher.store().now() + TaskStore.CALL_TIME_MS;
        return dispatcher
                .retry()
                .within(TaskStore.CALL_TIME_MS, () -> dispatcher.store().submit(task, hold.attendance(), notAfter))
                .handle((reply, failure) -> {
                    stored.run();
                    if (failure != null) {
                        log.warn("a task of group {} was not accepted: {}", task.group(), failure.toString());
                        takeBack(task);
                        return refused(waiter, new Submission.Unavailable());
                    }
                    return accepted(task, reply, waiter, hold);
                })
                .thenCompose(submission -> submission);
    }

    /** See {@link Dispatcher#submitOnce}. */
    CompletableFuture<Submission> submitOnce(String key, String fingerprint, NewTask task, Hold hold, Runnable stored) {
        long lifeMs = config.tasks().maxTimeoutMs() + config.tasks().resultTtlMs();
        return submitOnce(key, fingerprint, lifeMs, task, hold, stored);
    }

    /** See {@link Dispatcher#submitFirst}. */
    CompletableFuture<Submission> submitFirst(String key, NewTask task, Hold hold, Runnable stored) {
        // Sent before the task is, and not waited for. Without the note a repetition makes its
        // own task.
        dispatcher
                .retry()
                .within(
                        TaskStore.CALL_TIME_MS,
                        () -> dispatcher.store().keep(key, named(task, key), REPEATED_WITHIN_MS))
                .exceptionally(failure -> {
                    log.debug("task {} was not noted for who repeats its request: {}", task.id(), failure.toString());
                    return null;
                });
        return submit(task, hold, stored);
    }

    /** See {@link Dispatcher#submitAgain}. */
    CompletableFuture<Submission> submitAgain(String key, NewTask task, Hold hold, Runnable stored) {
        return submitOnce(key, key, REPEATED_WITHIN_MS, task, hold, stored);
    }

    /** What is kept under a key: words. */
    private static String named(NewTask task, String fingerprint) {
        return task.id().text() + ' ' + task.group().text() + ' ' + fingerprint;
    }

    private CompletableFuture<Submission> submitOnce(
            String key, String fingerprint, long lifeMs, NewTask task, Hold hold, Runnable stored) {
        String mine = named(task, fingerprint);
        return dispatcher
                .retry()
                .within(TaskStore.CALL_TIME_MS, () -> dispatcher.store().once(key, mine, lifeMs))
                .exceptionally(failure -> null)
                .thenCompose(kept -> {
                    if (kept == null) {
                        stored.run();
                        return CompletableFuture.completedFuture(new Submission.Unavailable());
                    }
                    String[] words = kept.split(" ");
                    if (!words[2].equals(fingerprint)) {
                        stored.run();
                        return CompletableFuture.completedFuture(new Submission.Mismatch());
                    }
                    return submit(task.sharedAs(new GroupName(words[1]), new TaskId(words[0])), hold, stored);
                });
    }

    private CompletableFuture<Submission> accepted(NewTask task, Submitted reply, Waiters.Waiter waiter, Hold hold) {
        TaskId id = task.id();
        boolean joined = reply instanceof Submitted.Exists && task.shared();
        if (reply.isAccepted() && !joined) {
            // Before the worker can hear of it, so that the log tells it in order.
            dispatcher.journal().accepted(task.group(), id, task.payload(), task.timeoutMs());
        }
        TaskStatus status = TaskStatus.EXECUTING;
        if (reply instanceof Submitted.Assigned assigned) {
            dispatcher
                    .workers()
                    .deliver(
                            assigned.workerId(),
                            new Assignment(id, assigned.token(), task.timeoutMs(), task.payload()));
        } else if (reply instanceof Submitted.Exists exists) {
            status = exists.status();
            if (!exists.workerId().isEmpty()) {
                dispatcher
                        .workers()
                        .deliver(
                                exists.workerId(),
                                new Assignment(id, exists.token(), task.timeoutMs(), task.payload()));
            }
        } else if (reply instanceof Submitted.Queued) {
            status = TaskStatus.QUEUED;
        } else if (reply instanceof Submitted.NoWorker) {
            return refused(task, waiter, new Submission.NoWorker());
        } else if (reply instanceof Submitted.Full) {
            return refused(task, waiter, new Submission.QueueFull());
        } else if (reply instanceof Submitted.NotInTime notInTime) {
            return refused(task, waiter, new Submission.NotInTime(notInTime.lateByMs()));
        } else if (reply instanceof Submitted.Late) {
            // The last run was too late; an earlier one, whose reply was lost, may not have been.
            takeBack(task);
            return refused(task, waiter, new Submission.Unavailable());
        }
        CompletableFuture<Void> noted = dispatcher.groups().accepted(task);
        if (waiter == null) {
            // Told when any gateway finds the task by its id.
            Submission told = new Submission.Accepted(id, status);
            return noted.thenApply(done -> told);
        }
        waiter.accept();
        if (joined && !status.ended()) {
            // It may be another gateway's; what ends before this is stored, or is never told, is found by reading.
            dispatcher
                    .store()
                    .watch(task.group(), id, TaskAccess.ALL)
                    .whenComplete((view, failure) -> dispatcher.checkWaiter(id));
        } else if (status.ended() || dispatcher.isDraining()) {
            dispatcher.checkWaiter(id);
        }
        hold.client().onLeft(() -> dispatcher.left(waiter));
        if (hold.ms() < task.timeoutMs()) {
            long left = Math.max(0, hold.ms() - waiter.ageMs());
            ScheduledFuture<?> limit =
                    dispatcher.timer().schedule(() -> dispatcher.tellHowFar(waiter), left, TimeUnit.MILLISECONDS);
            waiter.future().whenComplete((answer, failure) -> limit.cancel(false));
        }
        return waiter.future();
    }

    private CompletableFuture<Submission> refused(NewTask task, Waiters.Waiter waiter, Submission refusal) {
        dispatcher.journal().refused(task.group(), refusal);
        return refused(waiter, refusal);
    }

    private CompletableFuture<Submission> refused(Waiters.Waiter waiter, Submission refusal) {
        if (waiter != null) {
            dispatcher.waiters().answer(waiter, refusal);
        }
        return CompletableFuture.completedFuture(refusal);
    }

    /** The client was told 503: what an unanswered submit may have stored must not run, unless another may wait for it. */
    private void takeBack(NewTask task) {
        if (task.shared()) {
            return;
        }
        TaskId id = task.id();
        long giveUpAt =
                System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(config.tasks().maxTimeoutMs());
        dispatcher
                .retry()
                .untilAnswered(
                        () -> dispatcher.store().withdraw(task.group(), id),
                        failure -> dispatcher.isStopped() || System.nanoTime() > giveUpAt)
                .thenAccept(word -> {
                    if (word == Replies.Withdrawn.RUNNING) {
                        log.warn("task {} runs although its client was told 503: the reply of Redis was lost", id);
                    }
                });
    }
}
