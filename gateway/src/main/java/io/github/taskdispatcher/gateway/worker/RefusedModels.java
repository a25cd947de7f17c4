package io.github.taskdispatcher.gateway.worker;

import io.github.taskdispatcher.gateway.store.ModelStore.Reason;
import io.github.taskdispatcher.gateway.store.ModelStore.Refusal;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.wire.ToWorker;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Which of a worker's models were refused, and what the worker is told of that, once for each. Any thread. */
final class RefusedModels {

    /** So many models are named in one message. */
    private static final int NAMED = 5;

    private Map<String, Refusal> refused = Map.of();

    /** All that are refused now, by name. */
    synchronized Map<String, Refusal> now() {
        return refused;
    }

    /**
     * Notes what is refused now.
     *
     * @param declared the worker's models
     * @return what the worker has to be told: of those that were not refused before, one message for each reason
     */
    synchronized List<ToWorker> note(GroupName group, Collection<String> declared, Map<String, Refusal> all) {
        Map<String, Refusal> now = new TreeMap<>();
        List<Refusal> added = new ArrayList<>();
        for (String model : declared) {
            Refusal refusal = all.get(model);
            if (refusal != null) {
                now.put(model, refusal);
                if (!refusal.equals(refused.get(model))) {
                    added.add(refusal);
                }
            }
        }
        refused = now;
        List<ToWorker> messages = new ArrayList<>();
        added.stream()
                .collect(Collectors.groupingBy(Refusal::reason, TreeMap::new, Collectors.toList()))
                .forEach((reason, some) -> messages.add(message(group, reason, some)));
        return messages;
    }

    private static ToWorker message(GroupName group, Reason reason, List<Refusal> some) {
        String names = some.stream()
                .limit(NAMED)
                .map(refusal -> refusal.owner() == null
                        ? refusal.model()
                        : refusal.model() + " (belongs to the group " + refusal.owner() + ")")
                .collect(Collectors.joining(", "));
        if (some.size() > NAMED) {
            names += " and " + (some.size() - NAMED) + " more";
        }
        String refusedNames = "the gateway refused these models: " + names + ". The worker's other models are kept. ";
        return switch (reason) {
            case TAKEN ->
                new ToWorker.Error(
                        "model_taken",
                        refusedNames + "Declare another name, or give a model to the group " + group
                                + " with WORKER_KEYS=<key>=" + group
                                + ":<model> on every gateway; a group's name always"
                                + " means that group",
                        null);
            case FULL ->
                new ToWorker.Error(
                        "too_many_models", refusedNames + "All workers together declare MAX_MODELS already", null);
            case HOLDER_FULL ->
                new ToWorker.Error(
                        "too_many_models",
                        refusedNames
                                + "The workers of this key, or of this address, declare MAX_MODELS_PER_KEY already",
                        null);
        };
    }
}
