package io.github.taskdispatcher.gateway.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.taskdispatcher.wire.RawJson;
import java.util.Base64;
import java.util.Optional;

/**
 * What a task of this API keeps for a later reading, on another gateway.
 *
 * @param path the endpoint's
 * @param echo what a response repeats of its request
 * @param model as the client sent it
 */
record TaskMetadata(String path, Echo echo, String model) {

    private static final String NO_METADATA = "-";

    /**
     * What a response object repeats of its request.
     *
     * @param background whether it was asked for as a background response
     * @param metadata the client's own object; null when it sent none
     */
    record Echo(boolean background, RawJson metadata) {

        /** Of a request that is no response. */
        static final Echo NONE = new Echo(false, null);
    }

    /** As it is stored: four words, of which the last may have spaces. */
    String text() {
        String metadata = echo.metadata() == null
                ? NO_METADATA
                : Base64.getEncoder().encodeToString(echo.metadata().toBytes());
        return path + ' ' + (echo.background() ? "background" : "held") + ' ' + metadata + ' ' + model;
    }

    /** What {@link #text} stored; empty for a task that did not come by this face. */
    static Optional<TaskMetadata> of(String text) {
        String[] words = text.split(" ", 4);
        if (words.length < 4) {
            return Optional.empty();
        }
        RawJson metadata = words[2].equals(NO_METADATA)
                ? null
                : RawJson.of(new String(Base64.getDecoder().decode(words[2]), UTF_8));
        return Optional.of(new TaskMetadata(words[0], new Echo(words[1].equals("background"), metadata), words[3]));
    }

    boolean isResponse() {
        return Endpoint.of(path) == Endpoint.RESPONSES;
    }
}
