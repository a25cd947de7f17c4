package io.github.taskdispatcher.gateway.store;

import java.util.Collection;

/**
 * Which tasks a caller may read, follow and cancel. A task that the caller may not have looks to the caller as if it did not
 * exist. Immutable.
 *
 * @param owners tags of the owners whose tasks these are, separated by spaces; empty for all tasks
 */
public record TaskAccess(String owners) {

    /** Every task, of any owner. */
    public static final TaskAccess ALL = new TaskAccess("");

    /**
     * The tasks of these owners.
     *
     * @param tags at least one, none empty
     * @throws IllegalArgumentException when there is no tag: that would open every task
     */
    public static TaskAccess of(Collection<String> tags) {
        if (tags.isEmpty() || tags.stream().anyMatch(String::isBlank)) {
            throw new IllegalArgumentException("an owner without a tag");
        }
        return new TaskAccess(String.join(" ", tags));
    }
}
