package io.github.taskdispatcher.gateway.worker;

import io.github.taskdispatcher.gateway.background.Lifecycle;
import io.github.taskdispatcher.gateway.background.Retry;
import io.github.taskdispatcher.gateway.background.Scheduler;
import io.github.taskdispatcher.gateway.groups.GroupMembership;
import io.github.taskdispatcher.gateway.journal.Journal;
import io.github.taskdispatcher.gateway.store.TaskStore;
import io.github.taskdispatcher.task.GroupName;

/** Makes slots with their parts. Any thread. */
public final class SlotFactory {

    private final TaskStore store;
    private final GroupMembership membership;
    private final Journal journal;
    private final OutcomeListener outcomes;
    private final Scheduler scheduler;
    private final Lifecycle lifecycle;
    private final Retry retry;

    public SlotFactory(
            TaskStore store,
            GroupMembership membership,
            Journal journal,
            OutcomeListener outcomes,
            Scheduler scheduler,
            Lifecycle lifecycle) {
        this.store = store;
        this.membership = membership;
        this.journal = journal;
        this.outcomes = outcomes;
        this.scheduler = scheduler;
        this.lifecycle = lifecycle;
        retry = new Retry(scheduler, lifecycle);
    }

    Slot slot(WorkerConnection connection, GroupName group, String id) {
        SlotKey key = new SlotKey(group, id);
        SlotCalls calls = new SlotCalls(key, store, retry, membership, journal, outcomes);
        ChunkWriter chunks = new ChunkWriter(key, store.chunks(), retry, outcomes, lifecycle);
        ProgressNotes progress = new ProgressNotes(key, store, scheduler, lifecycle);
        return new Slot(connection, key, calls, chunks, progress, scheduler);
    }
}
