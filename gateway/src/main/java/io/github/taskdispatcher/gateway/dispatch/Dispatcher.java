package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.store.NewTask;
import io.github.taskdispatcher.gateway.store.Replies.TaskView;
import io.github.taskdispatcher.gateway.store.TaskAccess;
import io.github.taskdispatcher.gateway.waiting.DisconnectSignal;
import io.github.taskdispatcher.gateway.waiting.EndWatch;
import io.github.taskdispatcher.gateway.waiting.StreamListener;
import io.github.taskdispatcher.gateway.waiting.StreamSource;
import io.github.taskdispatcher.gateway.waiting.TaskCanceller;
import io.github.taskdispatcher.gateway.waiting.TaskStream;
import io.github.taskdispatcher.gateway.waiting.WaitPolicy;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * What clients may ask of tasks: submit, read, wait, follow, cancel. Any thread; nothing blocks. Its futures complete on the store's
 * thread: what follows them must not block either.
 */
public final class Dispatcher {

    private final Submitter submitter;
    private final TaskReader reader;
    private final TaskCanceller canceller;
    private final EndWatch ends;
    private final StreamSource streams;
    private final Admission admission;

    public Dispatcher(
            Submitter submitter,
            TaskReader reader,
            TaskCanceller canceller,
            EndWatch ends,
            StreamSource streams,
            Admission admission) {
        this.submitter = submitter;
        this.reader = reader;
        this.canceller = canceller;
        this.ends = ends;
        this.streams = streams;
        this.admission = admission;
    }

    /**
     * Runs a task.
     *
     * @param wait how long the answer may wait for its end; a client that leaves meanwhile cancels the task, unless a client asks
     *     for it within 10 s
     * @param stored runs once, when the payload is needed no more
     */
    public CompletableFuture<Submission> submit(NewTask task, WaitPolicy wait, Runnable stored) {
        return submitter.submit(task, wait, stored);
    }

    /**
     * Runs a task, or joins the one that came with the same key before, running or ended.
     *
     * @param key of the request, hashed
     * @param fingerprint of all the request says, hashed; the same key with another one is a mismatch
     */
    public CompletableFuture<Submission> submitOnce(
            String key, String fingerprint, NewTask task, WaitPolicy wait, Runnable stored) {
        return submitter.submitOnce(key, fingerprint, task, wait, stored);
    }

    /**
     * Runs a task of its own, which {@link #submitAgain} with the same key joins for two minutes. Costs no round trip more than
     * {@link #submit}.
     *
     * @param key of all the request says and of its tenant, hashed
     */
    public CompletableFuture<Submission> submitFirst(String key, NewTask task, WaitPolicy wait, Runnable stored) {
        return submitter.submitFirst(key, task, wait, stored);
    }

    /** Joins the last task that {@link #submitFirst} ran with this key, or runs one that the next repetition joins. */
    public CompletableFuture<Submission> submitAgain(String key, NewTask task, WaitPolicy wait, Runnable stored) {
        return submitter.submitAgain(key, task, wait, stored);
    }

    /** The task as a client may see it; empty when there is none that the client may have. */
    public CompletableFuture<Optional<TaskView>> look(TaskId id, TaskAccess access) {
        return reader.look(id, access);
    }

    /**
     * The task as a client may see it once it has ended, or after this time at the latest; at once from a gateway that holds
     * as many requests as it may, or is about to end. Empty when there is none.
     *
     * @param waitMs 0 for at once
     */
    public CompletableFuture<Optional<TaskView>> look(
            TaskId id, TaskAccess access, long waitMs, DisconnectSignal client) {
        return waitMs <= 0 || !admission.hasRoom()
                ? look(id, access)
                : reader.find(id, group -> ends.await(group, id, access, waitMs, client));
    }

    /**
     * The value of an ended task; empty when it has expired. Asked for again while Redis does not answer: the task has ended, and
     * its client would have to poll.
     *
     * @param size of the value in bytes
     */
    public CompletableFuture<Optional<byte[]>> value(TaskId id, long size) {
        return reader.value(id, size);
    }

    /**
     * What is found first in the groups that a task of this id may be in: nearly always one, none for an id that no gateway gave
     * out.
     *
     * @param read looks into one group; empty when the task is not there
     */
    public <T> CompletableFuture<Optional<T>> find(
            TaskId id, Function<GroupName, CompletableFuture<Optional<T>>> read) {
        return reader.find(id, read);
    }

    /** See {@link TaskCanceller#cancel}. */
    public CompletableFuture<Optional<TaskView>> cancel(TaskId id, TaskAccess access) {
        return reader.find(id, group -> canceller.cancel(group, id, access));
    }

    /**
     * A stream of a task, which is not begun yet; empty when this gateway holds as many requests as it may, or is about to end.
     *
     * @param after number of the last chunk that the client knows, 0 for none
     */
    public Optional<TaskStream> follow(TaskId id, TaskAccess access, long after, StreamListener listener) {
        return admission.hasRoom() ? Optional.of(streams.open(id, access, after, listener)) : Optional.empty();
    }

    /** Whether this gateway stops: clients should make their next requests to another. */
    public boolean isDraining() {
        return admission.isDraining();
    }
}
