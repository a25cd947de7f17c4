package io.github.taskdispatcher.gateway.store;

import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;

/**
 * What is kept under the key of a request: the one task that all requests with this key are.
 *
 * <p>The key belongs to one of them, which takes it back when its submit is refused. Every other one says so when the task was
 * accepted, and then no request takes the key back.
 *
 * @param fingerprint of all the request says, hashed; no spaces
 * @param state empty: the key belongs to the request that made the id; the id that another request made: to that one; {@code -}:
 *     to none, that request was refused; {@code +}: to none, the task was accepted
 */
public record KeptRequest(TaskId id, GroupName group, String fingerprint, String state) {

    private static final String REFUSED = "-";

    /** As the request that made this task keeps it. */
    public static KeptRequest of(NewTask task, String fingerprint) {
        return new KeptRequest(task.id(), task.group(), fingerprint, "");
    }

    /** @param text of {@link #text} */
    public static KeptRequest parse(String text) {
        String[] words = text.split(" ");
        return new KeptRequest(
                new TaskId(words[0]), new GroupName(words[1]), words[2], words.length > 3 ? words[3] : "");
    }

    /** Its task and fingerprint: three words. */
    public String task() {
        return id.text() + ' ' + group.text() + ' ' + fingerprint;
    }

    /** As it is kept. */
    public String text() {
        return state.isEmpty() ? task() : task() + ' ' + state;
    }

    /** Whether the request that it belonged to was refused. */
    public boolean wasRefused() {
        return state.equals(REFUSED);
    }

    /** Whether the key belongs to the request that made this id. */
    public boolean belongsTo(TaskId request) {
        return state.isEmpty() ? id.equals(request) : state.equals(request.text());
    }
}
