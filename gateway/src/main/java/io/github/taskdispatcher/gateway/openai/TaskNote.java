package io.github.taskdispatcher.gateway.openai;

import java.util.Optional;

/**
 * What a task of this face keeps for whoever reads it later, on another gateway.
 *
 * @param path the endpoint's
 * @param background whether it was asked for as a background response
 * @param model as the client sent it
 */
record TaskNote(String path, boolean background, String model) {

    /** As it is stored. */
    String text() {
        return path + ' ' + (background ? "background" : "held") + ' ' + model;
    }

    /** What {@link #text} stored; empty for a task that did not come by this face. */
    static Optional<TaskNote> of(String text) {
        String[] words = text.split(" ", 3);
        return words.length < 3
                ? Optional.empty()
                : Optional.of(new TaskNote(words[0], words[1].equals("background"), words[2]));
    }

    boolean isResponse() {
        return Endpoint.of(path) == Endpoint.RESPONSES;
    }
}
