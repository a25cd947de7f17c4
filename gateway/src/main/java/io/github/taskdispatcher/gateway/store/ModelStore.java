package io.github.taskdispatcher.gateway.store;

import io.github.taskdispatcher.task.GroupName;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Which models the connected workers declared, over all gateways, and to which group each belongs: the one that declared it
 * first, for as long as it has a worker that does. A declaration holds for {@link #LIFE_MS} and the gateway repeats it before:
 * a gateway that dies takes its models with it. Calls and futures are as those of {@link TaskStore}, but what follows a reading
 * may take its time.
 */
public interface ModelStore {

    /** How long a declaration holds, in milliseconds. */
    long LIFE_MS = 15_000;

    /** How many declared models a reading of all brings at most. */
    int MAX_READ = 10_000;

    /** A model that a group's workers serve. */
    record Model(GroupName group, String name) {}

    /** Why a model was not declared. */
    enum Reason {
        /** It belongs to another group. */
        TAKEN,
        /** As many models are declared as the fleet may have. */
        FULL,
        /** As many models are declared as one key or address may have. */
        HOLDER_FULL
    }

    /**
     * A model that was not declared.
     *
     * @param owner the group it belongs to; null unless the reason is {@code TAKEN}
     */
    record Refusal(String model, Reason reason, GroupName owner) {}

    /**
     * The group and the holder of the workers that declare.
     *
     * @param holder of the workers' key, or their address: what quotas are counted by
     */
    record Declarer(GroupName group, String holder) {}

    /**
     * This gateway has workers that declared these models; holds from now on for {@link #LIFE_MS}.
     *
     * @param models each with whether the configuration gives it to this group: then it is taken from any other
     * @return those that were refused, in no order
     */
    CompletableFuture<List<Refusal>> declare(Declarer declarer, Map<String, Boolean> models);

    /** This gateway has no worker of this holder any more that declared these; what others of the group declare stays. */
    CompletableFuture<Void> retract(Declarer declarer, Collection<String> models);

    /** The group that a model belongs to now; empty when no worker declares it. One command, whatever else is declared. */
    CompletableFuture<Optional<GroupName>> owner(String model);

    /** What is declared now, ordered by name; at most {@link #MAX_READ}. */
    CompletableFuture<List<Model>> models();

    /**
     * Those of the groups that have a worker connected to any gateway, or one on its way from a gateway that stops; in the
     * order given. One command each, so many at a time that the connection's queue is never full.
     */
    CompletableFuture<List<GroupName>> live(Collection<GroupName> groups);
}
