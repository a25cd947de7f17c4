package io.github.taskdispatcher.gateway.waiting;

/** Tells that the client of a held request has disconnected. Any thread. */
public interface DisconnectSignal {

    /** Of a client whose connection the gateway cannot watch. */
    DisconnectSignal UNSEEN = left -> {};

    /**
     * Asks to be told.
     *
     * @param left runs once, when the client leaves before it is answered, also when it has left already; on a thread that must not
     *     be blocked
     */
    void onLeft(Runnable left);
}
