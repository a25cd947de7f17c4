package io.github.taskdispatcher.gateway.waiting;

import io.github.taskdispatcher.gateway.store.Replies.TaskView;

/**
 * Hears of a task what there is to hear, in order. Called by one thread at a time, whichever; must not
 * block, and calls nothing of its {@link TaskStream} but {@link TaskStream#leave} and, on another thread, {@link TaskStream#wake}.
 */
public interface StreamListener {

    /**
     * How far the task is: at first, and whenever that has changed, at most a second later. Only at first the task may have ended
     * already; what came of it is told by {@link #ended}.
     */
    void status(TaskView view);

    /**
     * Its worker said more.
     *
     * @param number the chunk's, from 1; one more than the last, unless {@link #gap} came between
     */
    void chunk(long number, byte[] json);

    /** The chunks of these numbers are there no more, or were never stored. */
    void gap(long from, long to);

    /** It has ended, and all its chunks were told before. The last call. */
    void ended(TaskView view);

    /** The store no longer has the task. The last call. */
    void lost();

    /** This gateway stops; the task goes on. The last call. */
    void stopping();

    /**
     * Whether more may be told now; when it may not, the listener calls {@link TaskStream#wake} later.
     *
     * @param bytes of the chunk that is told next if there is room, 0 when that is not known yet
     */
    boolean hasRoom(int bytes);
}
