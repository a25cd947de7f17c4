package io.github.taskdispatcher.gateway.openai;

import io.github.taskdispatcher.gateway.http.BadRequest;
import io.github.taskdispatcher.gateway.http.ErrorCode;

/** A member of the body that cannot be used. */
final class BadParameter extends BadRequest {

    private static final long serialVersionUID = 1L;

    private final String name;

    BadParameter(String name, String what) {
        super(ErrorCode.INVALID_REQUEST, "Invalid request: " + name + ' ' + what);
        this.name = name;
    }

    /** The member's name. */
    String name() {
        return name;
    }
}
