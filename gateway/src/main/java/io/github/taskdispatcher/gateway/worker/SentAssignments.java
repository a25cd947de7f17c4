package io.github.taskdispatcher.gateway.worker;

import io.github.taskdispatcher.gateway.store.Assignment;
import io.github.taskdispatcher.task.TaskId;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The last assignments written to one socket, without their payloads: none is written twice, and a worker that leaves says
 * which was the last. A replay is never older than a few assignments. Guarded by its session.
 */
final class SentAssignments {

    private static final int REMEMBERED = 8;
    private static final byte[] NO_PAYLOAD = {};

    private final Deque<Assignment> sent = new ArrayDeque<>(REMEMBERED);

    /** Notes an assignment as written; returns it as it is remembered. */
    Assignment add(Assignment assignment) {
        if (sent.size() == REMEMBERED) {
            sent.removeFirst();
        }
        Assignment remembered = new Assignment(assignment.id(), assignment.token(), 0, NO_PAYLOAD);
        sent.addLast(remembered);
        return remembered;
    }

    boolean contains(Assignment assignment) {
        for (Assignment known : sent) {
            if (known.id().equals(assignment.id()) && known.token().equals(assignment.token())) {
                return true;
            }
        }
        return false;
    }

    boolean containsTask(String taskId) {
        return sent.stream().anyMatch(it -> it.id().text().equals(taskId));
    }

    boolean lastIs(TaskId task) {
        return !sent.isEmpty() && sent.getLast().id().equals(task);
    }

    /** {@link Assignment#key()} of the last one, or empty. */
    String lastKey() {
        return sent.isEmpty() ? "" : sent.getLast().key();
    }
}
