package io.github.taskdispatcher.gateway;

/** A gateway could not start. The message is for its operator and says what to do. */
public final class GatewayStartException extends Exception {

    private static final long serialVersionUID = 1L;

    public GatewayStartException(String message, Throwable cause) {
        super(message, cause);
    }
}
