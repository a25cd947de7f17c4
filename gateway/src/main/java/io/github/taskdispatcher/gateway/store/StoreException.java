package io.github.taskdispatcher.gateway.store;

/** The store did not do, or did not confirm, what it was asked. The message is for the log, never for a peer. */
public final class StoreException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final boolean refused;

    private StoreException(String message, Throwable cause, boolean refused) {
        super(message, cause);
        this.refused = refused;
    }

    /** The store may or may not have done it: the answer was lost or came too late. */
    public static StoreException unanswered(Throwable cause) {
        return new StoreException("no answer from Redis: " + cause.getMessage(), cause, false);
    }

    /** The store has certainly not done it. */
    public static StoreException refused(Throwable cause) {
        return new StoreException("Redis refused: " + cause.getMessage(), cause, true);
    }

    /** Whether it is certain that nothing was changed. */
    public boolean isRefused() {
        return refused;
    }
}
