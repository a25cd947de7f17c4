package io.github.taskdispatcher.gateway.store;

import java.util.List;
import java.util.Map;

/**
 * What a worker says of itself in its {@code hello}, for people.
 *
 * @param name what it calls itself, empty for nothing
 * @param models the first of the models that it declared
 * @param modelsLeft how many more it declared
 * @param labels its own, in their order; a value that is no string is JSON
 */
public record WorkerIntroduction(String name, List<String> models, int modelsLeft, Map<String, String> labels) {

    /** A worker that said nothing, or of which that is not noted. */
    public static final WorkerIntroduction NONE = new WorkerIntroduction("", List.of(), 0, Map.of());
}
