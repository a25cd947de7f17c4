package io.github.taskdispatcher.gateway.store;

/**
 * The store cannot be used as it is set up. The message is one line for the operator: it names what is wrong and what to set. It
 * holds no password.
 */
public final class UnusableStoreException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** @param cause null if there is none */
    public UnusableStoreException(String message, Throwable cause) {
        super(message, cause);
    }
}
