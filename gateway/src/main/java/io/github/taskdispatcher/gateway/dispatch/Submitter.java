package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.config.GatewayConfig;
import io.github.taskdispatcher.gateway.store.Assignment;
import io.github.taskdispatcher.gateway.store.KeptRequest;
import io.github.taskdispatcher.gateway.store.NewTask;
import io.github.taskdispatcher.gateway.store.Replies;
import io.github.taskdispatcher.gateway.store.Replies.Submitted;
import io.github.taskdispatcher.gateway.store.TaskAccess;
import io.github.taskdispatcher.gateway.store.TaskStore;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
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

    /**
     * The key that a request came with.
     *
     * @param kept what was kept under it before the submit
     * @param own whether the key belongs to this request
     */
    private record Key(String name, KeptRequest kept, boolean own, long lifeMs) {}

    /** See {@link Dispatcher#submit}. */
    CompletableFuture<Submission> submit(NewTask task, WaitPolicy wait, Runnable stored) {
        return submit(task, wait, stored, null);
    }

    /** @param key null for none */
    private CompletableFuture<Submission> submit(NewTask task, WaitPolicy wait, Runnable stored, Key key) {
        boolean waits = wait.ms() > 0;
        if (waits && dispatcher.heldRequests() >= config.limits().maxWaiters()) {
            stored.run();
            giveBack(key);
            return CompletableFuture.completedFuture(new Submission.Overloaded());
        }
        Waiters.Waiter waiter = waits ? dispatcher.waiters().register(task.id(), task.group(), task.timeoutMs()) : null;
        if (dispatcher.isRefusing()) {
            stored.run();
            giveBack(key);
            return refused(waiter, new Submission.Stopping());
        }
        long notAfter = dispatcher.store().now() + TaskStore.CALL_TIME_MS;
        return dispatcher
                .retry()
                .within(TaskStore.CALL_TIME_MS, () -> dispatcher.store().submit(task, wait.attendance(), notAfter))
                .handle((reply, failure) -> {
                    stored.run();
                    if (failure != null) {
                        log.warn("a task of group {} was not accepted: {}", task.group(), failure.toString());
                        takeBack(task);
                        return refused(waiter, new Submission.Unavailable());
                    }
                    if (reply.isAccepted()) {
                        return accepted(task, reply, waiter, wait, key);
                    }
                    if (!(reply instanceof Submitted.Late)) {
                        giveBack(key);
                    }
                    return notAccepted(task, reply, waiter);
                })
                .thenCompose(submission -> submission);
    }

    /** See {@link Dispatcher#submitOnce}. */
    CompletableFuture<Submission> submitOnce(
            String key, String fingerprint, NewTask task, WaitPolicy wait, Runnable stored) {
        long lifeMs = config.tasks().maxTimeoutMs() + config.tasks().resultTtlMs();
        return submitOnce(key, fingerprint, lifeMs, task, wait, stored);
    }

    /** See {@link Dispatcher#submitFirst}. */
    CompletableFuture<Submission> submitFirst(String key, NewTask task, WaitPolicy wait, Runnable stored) {
        // Sent before the task is, and not waited for. Without the note a repetition makes its
        // own task.
        KeptRequest mine = KeptRequest.of(task, key);
        dispatcher
                .retry()
                .within(TaskStore.CALL_TIME_MS, () -> dispatcher.store().keep(key, mine, REPEATED_WITHIN_MS))
                .exceptionally(failure -> {
                    log.debug("task {} was not noted for who repeats its request: {}", task.id(), failure.toString());
                    return null;
                });
        return submit(task, wait, stored, new Key(key, mine, true, REPEATED_WITHIN_MS));
    }

    /** See {@link Dispatcher#submitAgain}. */
    CompletableFuture<Submission> submitAgain(String key, NewTask task, WaitPolicy wait, Runnable stored) {
        return submitOnce(key, key, REPEATED_WITHIN_MS, task, wait, stored);
    }

    private CompletableFuture<Submission> submitOnce(
            String key, String fingerprint, long lifeMs, NewTask task, WaitPolicy wait, Runnable stored) {
        KeptRequest mine = KeptRequest.of(task, fingerprint);
        return dispatcher
                .retry()
                .within(TaskStore.CALL_TIME_MS, () -> dispatcher.store().once(key, mine, lifeMs))
                .exceptionally(failure -> null)
                .thenCompose(kept -> {
                    if (kept == null) {
                        stored.run();
                        // What the unanswered call may have kept names a task that nobody submits.
                        giveBack(new Key(key, mine, true, lifeMs));
                        return CompletableFuture.completedFuture(new Submission.Unavailable());
                    }
                    if (!kept.fingerprint().equals(fingerprint)) {
                        stored.run();
                        return CompletableFuture.completedFuture(new Submission.Mismatch());
                    }
                    Key its = new Key(key, kept, kept.belongsTo(task.id()), lifeMs);
                    return submit(task.sharedAs(kept.group(), kept.id()), wait, stored, its);
                });
    }

    private CompletableFuture<Submission> notAccepted(NewTask task, Submitted reply, Waiters.Waiter waiter) {
        if (reply instanceof Submitted.NoWorker) {
            return refused(task, waiter, new Submission.NoWorker());
        }
        if (reply instanceof Submitted.Full) {
            return refused(task, waiter, new Submission.QueueFull());
        }
        if (reply instanceof Submitted.NotInTime notInTime) {
            return refused(task, waiter, new Submission.NotInTime(notInTime.lateByMs()));
        }
        // The last run was too late; an earlier one, whose reply was lost, may not have been.
        takeBack(task);
        return refused(task, waiter, new Submission.Unavailable());
    }

    private CompletableFuture<Submission> accepted(
            NewTask task, Submitted reply, Waiters.Waiter waiter, WaitPolicy wait, Key key) {
        TaskId id = task.id();
        boolean joined = reply instanceof Submitted.Exists && task.shared();
        if (!joined) {
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
        }
        CompletableFuture<Void> noted =
                CompletableFuture.allOf(dispatcher.groups().accepted(task), confirm(key));
        if (waiter == null) {
            // Told when any gateway finds the task by its id.
            Submission told = new Submission.Accepted(id, status, reply.acceptedAt());
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
        wait.client().onLeft(() -> dispatcher.left(waiter));
        if (wait.ms() < task.timeoutMs()) {
            long left = Math.max(0, wait.ms() - waiter.ageMs());
            ScheduledFuture<?> limit =
                    dispatcher.timer().schedule(() -> dispatcher.tellHowFar(waiter), left, TimeUnit.MILLISECONDS);
            waiter.future().whenComplete((answer, failure) -> limit.cancel(false));
        }
        return waiter.future().thenApply(submission -> submission.of(reply.acceptedAt()));
    }

    /** The request was refused: unless another with its key was not, nothing ran, and the key need not be kept for long. */
    private void giveBack(Key key) {
        if (key != null && key.own()) {
            dispatcher
                    .retry()
                    .within(TaskStore.CALL_TIME_MS, () -> dispatcher.store().refuse(key.name(), key.kept()))
                    .exceptionally(failure -> null);
        }
    }

    /**
     * A request that came with another's key was accepted. Whoever comes with that key later must find its task.
     *
     * @return completes when that is so, or after the time of a call: then it is repeated until the store answers
     */
    private CompletableFuture<Void> confirm(Key key) {
        if (key == null || key.own()) {
            return CompletableFuture.completedFuture(null);
        }
        Supplier<CompletableFuture<Void>> call = () -> dispatcher.store().confirm(key.name(), key.kept(), key.lifeMs());
        long giveUpAt = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(key.lifeMs());
        return dispatcher.retry().within(TaskStore.CALL_TIME_MS, call).exceptionally(failure -> {
            dispatcher
                    .retry()
                    .untilAnswered(call, again -> dispatcher.isStopped() || System.nanoTime() > giveUpAt)
                    .exceptionally(again -> null);
            return null;
        });
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
