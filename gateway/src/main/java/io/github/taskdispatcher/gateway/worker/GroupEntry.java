package io.github.taskdispatcher.gateway.worker;

import io.github.taskdispatcher.gateway.store.GroupStore;

/** Whether a worker is in its group, by the word of the store. Counted once each way. Any thread. */
final class GroupEntry {

    private final Workers workers;
    private final WorkerIdentity worker;
    private boolean entered;
    private boolean departed;

    GroupEntry(Workers workers, WorkerIdentity worker) {
        this.workers = workers;
        this.worker = worker;
    }

    synchronized boolean isEntered() {
        return entered;
    }

    /** The store has let the worker in. Said twice it means the same. */
    synchronized void enter() {
        if (!entered) {
            entered = true;
            workers.entered(worker);
        }
    }

    /** Gives the name of the group back, if it was entered. */
    synchronized void depart() {
        if (entered && !departed) {
            departed = true;
            workers.left(worker);
        }
    }

    /** What a worker is told that the store does not let in. */
    String refusal(GroupStore.Entry why) {
        return why == GroupStore.Entry.FULL
                ? "the group " + worker.group()
                        + " is new, and the workers of all gateways are in MAX_GROUPS groups already"
                : "the group " + worker.group() + " is new, and the workers of this key, or of this address, are in"
                        + " MAX_GROUPS_PER_KEY groups already";
    }
}
