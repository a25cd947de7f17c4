package io.github.taskdispatcher.bench.load;

import java.nio.ByteBuffer;

/** Finds the end of an answer in what a connection has received. */
public interface Framing {

    /** Where the pieces of a whole answer lie. */
    final class Reply {
        int status;
        int bodyStart;
        int end;
    }

    /**
     * Looks for one whole answer from index 0 to the position of {@code in}.
     *
     * @return how many bytes the whole answer has as far as is known, -1 when that is not known yet; the answer is there,
     *     and {@code reply} is filled, when that many have been received
     */
    int read(ByteBuffer in, Reply reply);
}
