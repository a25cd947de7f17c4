package io.github.taskdispatcher.gateway.openai;

import io.github.taskdispatcher.gateway.dispatch.Models.Served;
import io.github.taskdispatcher.gateway.http.BadRequest;
import io.github.taskdispatcher.gateway.http.ErrorCode;
import java.util.List;
import java.util.stream.Collectors;

/** A member of the body, or a header, that cannot be used. */
final class BadParameter extends BadRequest {

    private static final long serialVersionUID = 1L;

    /** The most models that a message names. */
    private static final int NAMED = 10;

    private final String name;

    BadParameter(String name, String what) {
        this(ErrorCode.INVALID_REQUEST, name, "Invalid request: " + name + ' ' + what);
    }

    private BadParameter(ErrorCode code, String name, String message) {
        super(code, message);
        this.name = name;
    }

    /**
     * A model that no group serves.
     *
     * @param served what there is instead
     */
    static BadParameter unknownModel(String model, List<Served> served) {
        String names = served.stream().limit(NAMED).map(Served::id).collect(Collectors.joining(", "));
        String more = served.size() > NAMED ? " and " + (served.size() - NAMED) + " more, see GET /v1/models" : "";
        return new BadParameter(
                ErrorCode.MODEL_NOT_FOUND,
                "model",
                "The model '" + model + "' is not served by any worker now"
                        + (served.isEmpty() ? "" : "; served are " + names + more));
    }

    /** Of the member or header. */
    String name() {
        return name;
    }
}
