package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.journal.Journal;
import io.github.taskdispatcher.gateway.store.Attendance;
import io.github.taskdispatcher.gateway.store.KeptRequest;
import io.github.taskdispatcher.gateway.store.NewTask;
import io.github.taskdispatcher.gateway.store.Replies.Submitted;
import io.github.taskdispatcher.gateway.waiting.EndWatch;
import io.github.taskdispatcher.gateway.waiting.WaitEnd;
import io.github.taskdispatcher.gateway.waiting.WaitPolicy;
import io.github.taskdispatcher.gateway.waiting.Waiters;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings tasks to the store, once each whatever is lost on the way, and holds the requests that wait for them. Any thread. */
public final class Submitter {

    private static final Logger log = LoggerFactory.getLogger(Submitter.class);

    /** For so long the first attempt of a request is known to those that repeat it. */
    private static final long REPEATED_WITHIN_MS = 120_000;

    private final SubmitCalls calls;
    private final AcceptedTasks acceptedTasks;
    private final EndWatch ends;
    private final Admission admission;
    private final Journal journal;

    public Submitter(
            SubmitCalls calls, AcceptedTasks acceptedTasks, EndWatch ends, Admission admission, Journal journal) {
        this.calls = calls;
        this.acceptedTasks = acceptedTasks;
        this.ends = ends;
        this.admission = admission;
        this.journal = journal;
    }

    /** See {@link Dispatcher#submit}. */
    CompletableFuture<Submission> submit(NewTask task, WaitPolicy wait, Runnable stored) {
        return submit(task, wait, stored, null);
    }

    /** @param key null for none */
    private CompletableFuture<Submission> submit(NewTask task, WaitPolicy wait, Runnable stored, SubmitCalls.Key key) {
        boolean needsRoom = wait.attendance() != Attendance.NONE;
        if (admission.isStopping() || needsRoom && !admission.hasRoom()) {
            stored.run();
            calls.refused(key);
            return CompletableFuture.completedFuture(
                    admission.isStopping() ? new Submission.Stopping() : new Submission.Overloaded());
        }
        Waiters.Waiter waiter = wait.ms() > 0 ? ends.register(task.id(), task.group(), task.timeoutMs()) : null;
        // Looked at again: once the gateway refuses, it has told the waiters that it knew.
        if (admission.isStopping()) {
            stored.run();
            calls.refused(key);
            return refused(waiter, new Submission.Stopping());
        }
        return calls.submit(task, wait.attendance())
                .handle((reply, failure) -> {
                    stored.run();
                    if (failure != null) {
                        log.warn("a task of group {} was not accepted: {}", task.group(), failure.toString());
                        calls.withdraw(task);
                        return refused(waiter, new Submission.Unavailable());
                    }
                    if (reply.isAccepted()) {
                        return accepted(task, reply, waiter, wait, key);
                    }
                    if (!(reply instanceof Submitted.Late)) {
                        calls.refused(key);
                    }
                    return notAccepted(task, reply, waiter);
                })
                .thenCompose(submission -> submission);
    }

    /** See {@link Dispatcher#submitOnce}. */
    CompletableFuture<Submission> submitOnce(
            String key, String fingerprint, NewTask task, WaitPolicy wait, Runnable stored) {
        return submitOnce(key, fingerprint, calls.keyLifeMs(), task, wait, stored);
    }

    /** See {@link Dispatcher#submitFirst}. */
    CompletableFuture<Submission> submitFirst(String key, NewTask task, WaitPolicy wait, Runnable stored) {
        SubmitCalls.Key mine = new SubmitCalls.Key(key, KeptRequest.of(task, key), true, REPEATED_WITHIN_MS);
        // Sent before the task is, and not waited for.
        calls.keep(task, mine);
        return submit(task, wait, stored, mine);
    }

    /** See {@link Dispatcher#submitAgain}. */
    CompletableFuture<Submission> submitAgain(String key, NewTask task, WaitPolicy wait, Runnable stored) {
        return submitOnce(key, key, REPEATED_WITHIN_MS, task, wait, stored);
    }

    private CompletableFuture<Submission> submitOnce(
            String key, String fingerprint, long lifeMs, NewTask task, WaitPolicy wait, Runnable stored) {
        KeptRequest mine = KeptRequest.of(task, fingerprint);
        return calls.once(key, mine, lifeMs).exceptionally(failure -> null).thenCompose(kept -> {
            if (kept == null) {
                stored.run();
                // What the unanswered call may have kept names a task that no request submits.
                calls.refused(new SubmitCalls.Key(key, mine, true, lifeMs));
                return CompletableFuture.completedFuture(new Submission.Unavailable());
            }
            if (!kept.fingerprint().equals(fingerprint)) {
                stored.run();
                return CompletableFuture.completedFuture(new Submission.Mismatch());
            }
            SubmitCalls.Key its = new SubmitCalls.Key(key, kept, kept.belongsTo(task.id()), lifeMs);
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
        calls.withdraw(task);
        return refused(task, waiter, new Submission.Unavailable());
    }

    private CompletableFuture<Submission> accepted(
            NewTask task, Submitted reply, Waiters.Waiter waiter, WaitPolicy wait, SubmitCalls.Key key) {
        TaskId id = task.id();
        TaskStatus status = acceptedTasks.deliver(task, reply);
        CompletableFuture<Void> noted = CompletableFuture.allOf(acceptedTasks.findable(task), calls.confirmed(key));
        if (waiter == null) {
            // Told when any gateway finds the task by its id.
            Submission told = new Submission.Accepted(id, status, reply.acceptedAt());
            return noted.thenApply(done -> told);
        }
        return ends.hold(waiter, wait, task.timeoutMs(), status, AcceptedTasks.isJoined(task, reply))
                .thenApply(end -> end instanceof WaitEnd.Ended ended
                        ? new Submission.Ended(id, ended.outcome(), reply.acceptedAt())
                        : new Submission.Accepted(id, ((WaitEnd.GoesOn) end).status(), reply.acceptedAt()));
    }

    private CompletableFuture<Submission> refused(NewTask task, Waiters.Waiter waiter, Submission refusal) {
        journal.refused(task.group(), reason(refusal));
        return refused(waiter, refusal);
    }

    private static String reason(Submission refusal) {
        if (refusal instanceof Submission.NoWorker) {
            return "No worker available";
        }
        if (refusal instanceof Submission.QueueFull) {
            return "Queue is full";
        }
        return refusal instanceof Submission.NotInTime ? "Not in time" : "Service unavailable";
    }

    /** @param waiter null for none */
    private CompletableFuture<Submission> refused(Waiters.Waiter waiter, Submission refusal) {
        if (waiter != null) {
            ends.forget(waiter);
        }
        return CompletableFuture.completedFuture(refusal);
    }
}
