package io.github.taskdispatcher.gateway.store;

import java.util.List;

/**
 * Whether the store can be used, in words for an operator.
 *
 * @param problem why the store cannot be used; null when it can
 * @param warnings what an operator should change although the store can be used
 */
public record StoreHealth(String problem, List<String> warnings) {

    /** A store that cannot be used. */
    public static StoreHealth unusable(String problem) {
        return new StoreHealth(problem, List.of());
    }
}
