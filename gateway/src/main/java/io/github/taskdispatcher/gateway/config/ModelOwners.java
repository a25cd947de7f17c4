package io.github.taskdispatcher.gateway.config;

import io.github.taskdispatcher.gateway.config.GatewayConfig.AccessKey;
import io.github.taskdispatcher.task.GroupName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * To which groups the workers' keys give models. A group's own name is its own, too: that of each group a key names, and
 * {@code default}. Immutable.
 */
public final class ModelOwners {

    private final Map<String, GroupName> owners = new HashMap<>();

    /** @param workerKeys without conflicts, see {@link #conflicts} */
    public ModelOwners(List<AccessKey> workerKeys) {
        workerKeys.forEach(key -> owners.putAll(key.models()));
        reserved(workerKeys).forEach(group -> owners.put(group.text(), group));
    }

    /** The group that the configuration gives this model to; empty when it gives it to none. */
    public Optional<GroupName> of(String model) {
        return Optional.ofNullable(owners.get(model));
    }

    private static Set<GroupName> reserved(List<AccessKey> workerKeys) {
        Set<GroupName> groups = new HashSet<>(Set.of(GroupName.DEFAULT));
        workerKeys.forEach(key -> groups.addAll(key.groups()));
        return groups;
    }

    /** What the keys contradict each other in, one sentence each; names no key. */
    static List<String> conflicts(List<AccessKey> workerKeys) {
        List<String> conflicts = new ArrayList<>();
        Map<String, GroupName> owners = new HashMap<>();
        Set<GroupName> reserved = reserved(workerKeys);
        for (AccessKey key : workerKeys) {
            key.models().forEach((model, group) -> {
                GroupName other = owners.putIfAbsent(model, group);
                if (other != null && !other.equals(group)) {
                    conflicts.add("WORKER_KEYS gives the model " + model + " to the groups " + other + " and " + group
                            + ": give it to one of them");
                }
                GroupName.parse(model)
                        .filter(name -> !name.equals(group) && reserved.contains(name))
                        .ifPresent(name -> conflicts.add("WORKER_KEYS gives the group " + group + " the model " + name
                                + ", which is the name of a group: a group's name always means that group"));
            });
        }
        return conflicts;
    }
}
