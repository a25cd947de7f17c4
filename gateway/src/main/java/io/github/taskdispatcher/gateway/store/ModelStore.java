package io.github.taskdispatcher.gateway.store;

import io.github.taskdispatcher.task.GroupName;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Which models the connected workers declared, over all gateways. What is declared holds for {@link #LIFE_MS} and is said
 * again before: a gateway that dies takes its models with it. Calls and futures are as those of {@link TaskStore}, but what
 * follows a reading may take its time.
 */
public interface ModelStore {

    /** How long a declaration holds, in milliseconds. */
    long LIFE_MS = 15_000;

    /** The longest name of a model, in characters. */
    int MAX_NAME_LENGTH = 200;

    /** How many declarations a reading brings at most. */
    int MAX_READ = 10_000;

    /** A model that a group's workers serve. */
    record Model(GroupName group, String name) {}

    /** This gateway has workers that declared these models; holds from now on for {@link #LIFE_MS}. */
    CompletableFuture<Void> declare(Map<GroupName, Set<String>> models);

    /** This gateway has no worker any more that declared these. */
    CompletableFuture<Void> withdraw(Map<GroupName, Set<String>> models);

    /** What is declared now, each once, ordered by name, then group; at most {@link #MAX_READ}. One command. */
    CompletableFuture<List<Model>> models();

    /**
     * Those of the groups that have a worker connected to any gateway, or one on its way from a gateway that stops; in the
     * order given. One command each, all at once.
     */
    CompletableFuture<List<GroupName>> live(Collection<GroupName> groups);
}
