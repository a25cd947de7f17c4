package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.background.Retry;
import io.github.taskdispatcher.gateway.config.GatewayConfig.TaskLimits;
import io.github.taskdispatcher.gateway.store.Attendance;
import io.github.taskdispatcher.gateway.store.KeptRequest;
import io.github.taskdispatcher.gateway.store.NewTask;
import io.github.taskdispatcher.gateway.store.Replies;
import io.github.taskdispatcher.gateway.store.Replies.Submitted;
import io.github.taskdispatcher.gateway.store.TaskStore;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a submit says to the store: the task, and the key that its request came with. Each call is repeated while the store does not
 * answer. Any thread.
 */
public final class SubmitCalls {

    private static final Logger log = LoggerFactory.getLogger(SubmitCalls.class);

    /**
     * The key that a request came with.
     *
     * @param kept what was kept under it before the submit
     * @param own whether the key belongs to this request
     */
    record Key(String name, KeptRequest kept, boolean own, long lifeMs) {}

    private final TaskStore store;
    private final Retry retry;
    private final TaskLimits limits;

    public SubmitCalls(TaskStore store, Retry retry, TaskLimits limits) {
        this.store = store;
        this.retry = retry;
        this.limits = limits;
    }

    /** How long a key names its task: as long as the task can be read. */
    long keyLifeMs() {
        return limits.maxTimeoutMs() + limits.resultTtlMs();
    }

    CompletableFuture<Submitted> submit(NewTask task, Attendance client) {
        long notAfter = store.now() + TaskStore.CALL_TIME_MS + TaskStore.transferMs(task.payload().length);
        return retry.within(TaskStore.CALL_TIME_MS, () -> store.submit(task, client, notAfter));
    }

    /** See {@link TaskStore#once}. */
    CompletableFuture<KeptRequest> once(String key, KeptRequest mine, long lifeMs) {
        return retry.within(TaskStore.CALL_TIME_MS, () -> store.once(key, mine, lifeMs));
    }

    /** Keeps a request under its key. Not waited for: without the note, a repetition makes its own task. */
    void keep(NewTask task, Key key) {
        retry.within(TaskStore.CALL_TIME_MS, () -> store.keep(key.name(), key.kept(), key.lifeMs()))
                .exceptionally(failure -> {
                    log.debug("task {} was not noted for its repetitions: {}", task.id(), failure.toString());
                    return null;
                });
    }

    /**
     * The request was refused: unless another with its key was not, nothing ran, and the key need not be kept for long.
     *
     * @param key null for none
     */
    void refused(Key key) {
        if (key != null && key.own()) {
            retry.within(TaskStore.CALL_TIME_MS, () -> store.refuse(key.name(), key.kept()))
                    .exceptionally(failure -> null);
        }
    }

    /**
     * A request that came with another's key was accepted. A request that comes with that key later must find its task.
     *
     * @param key null for none
     * @return completes when that is so, or after the time of a call: then it is repeated until the store answers
     */
    CompletableFuture<Void> confirmed(Key key) {
        if (key == null || key.own()) {
            return CompletableFuture.completedFuture(null);
        }
        Supplier<CompletableFuture<Void>> call = () -> store.confirm(key.name(), key.kept(), key.lifeMs());
        return retry.within(TaskStore.CALL_TIME_MS, call).exceptionally(failure -> {
            retry.persistently(key.lifeMs(), call).exceptionally(again -> null);
            return null;
        });
    }

    /** The client was told 503: what an unanswered submit may have stored must not run, unless another request may wait for it. */
    void withdraw(NewTask task) {
        if (task.shared()) {
            return;
        }
        retry.persistently(limits.maxTimeoutMs(), () -> store.withdraw(task.group(), task.id()))
                .thenAccept(word -> {
                    if (word == Replies.Withdrawn.RUNNING) {
                        log.warn(
                                "task {} runs although its client was told 503: the reply of Redis was lost",
                                task.id());
                    }
                });
    }
}
