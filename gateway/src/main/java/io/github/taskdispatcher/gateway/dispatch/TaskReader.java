package io.github.taskdispatcher.gateway.dispatch;

import io.github.taskdispatcher.gateway.background.Retry;
import io.github.taskdispatcher.gateway.groups.Groups;
import io.github.taskdispatcher.gateway.store.Replies.TaskView;
import io.github.taskdispatcher.gateway.store.TaskAccess;
import io.github.taskdispatcher.gateway.store.TaskStore;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Reads tasks by their ids, in whichever group they are. Any thread. */
public final class TaskReader {

    private final TaskStore store;
    private final Groups groups;
    private final Retry retry;

    public TaskReader(TaskStore store, Groups groups, Retry retry) {
        this.store = store;
        this.groups = groups;
        this.retry = retry;
    }

    /** The task as a client may see it; empty when there is none that the client may have. */
    CompletableFuture<Optional<TaskView>> look(TaskId id, TaskAccess access) {
        return find(id, group -> store.look(group, id, access));
    }

    /** See {@link Dispatcher#value}. */
    CompletableFuture<Optional<byte[]>> value(TaskId id, long size) {
        return retry.within(TaskStore.CALL_TIME_MS, () -> find(id, group -> store.value(group, id, size)));
    }

    /** See {@link Groups#find}. */
    <T> CompletableFuture<Optional<T>> find(TaskId id, Function<GroupName, CompletableFuture<Optional<T>>> read) {
        return groups.find(id, read);
    }
}
