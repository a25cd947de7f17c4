package io.github.taskdispatcher.gateway.ws;

import io.github.taskdispatcher.gateway.access.Access;
import io.github.taskdispatcher.gateway.worker.WorkerSocket;
import io.github.taskdispatcher.task.GroupName;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The connected workers with the keys they came in by: one whose key is taken away is disconnected. Any thread. */
final class KeyedConnections {

    private static final int POLICY_VIOLATION = 1008;
    private static final String REVOKED = "the worker's key is no longer valid";

    private record Entry(String key, GroupName group) {}

    private final Access access;
    private final ConnectionLimit slots;
    private final Map<WorkerSocket, Entry> open = new ConcurrentHashMap<>();

    KeyedConnections(Access access, ConnectionLimit slots) {
        this.access = access;
        this.slots = slots;
        access.onChange(this::closeRevoked);
    }

    /**
     * A worker has connected.
     *
     * @param key the holder of its key, or null when workers need none
     * @param holder by what its place is counted: its key, or its address
     * @return gives its place back; empty when there is none, or its key was taken away meanwhile
     */
    Optional<Runnable> take(WorkerSocket socket, String key, String holder, GroupName group) {
        Optional<Runnable> slot = slots.take(holder);
        if (slot.isEmpty()) {
            return slot;
        }
        open.put(socket, new Entry(key, group));
        Runnable leave = () -> {
            open.remove(socket);
            slot.get().run();
        };
        // Looked up behind the entry: keys that change from now on find it.
        if (access.workerMayStay(key, group)) {
            return Optional.of(leave);
        }
        leave.run();
        return Optional.empty();
    }

    private void closeRevoked() {
        open.forEach((socket, entry) -> {
            if (!access.workerMayStay(entry.key, entry.group)) {
                socket.close(POLICY_VIOLATION, REVOKED);
            }
        });
    }
}
