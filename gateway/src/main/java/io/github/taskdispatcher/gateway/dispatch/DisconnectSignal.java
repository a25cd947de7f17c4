package io.github.taskdispatcher.gateway.dispatch;

/** Whoever a request is held for: he may leave before he is answered. Any thread. */
public interface DisconnectSignal {

    /** Nobody can tell whether he is still there. */
    DisconnectSignal UNSEEN = left -> {};

    /**
     * @param left runs once, should he leave before he is answered, also when he has left already; on a thread that must not be
     *     blocked
     */
    void onLeft(Runnable left);
}
