package io.github.taskdispatcher.gateway.store;

import java.util.List;

/**
 * Whether the store can be used, in words for an operator.
 *
 * @param trouble why the store cannot be used; null when it can
 * @param warnings what an operator should change although the store can be used
 */
public record StoreHealth(String trouble, List<String> warnings) {

    /** A store that cannot be used. */
    public static StoreHealth unusable(String trouble) {
        return new StoreHealth(trouble, List.of());
    }
}
