package io.github.taskdispatcher.bench.load;

import java.nio.ByteBuffer;

/** Redis' replies of one line: a status, a number or an error, which counts as status 500. */
public final class RespFraming implements Framing {

    @Override
    public int read(ByteBuffer in, Reply reply) {
        for (int i = 0; i < in.position(); i++) {
            if (in.get(i) == '\n') {
                reply.status = in.get(0) == '-' ? 500 : 200;
                reply.bodyStart = 0;
                reply.end = i + 1;
                return reply.end;
            }
        }
        return -1;
    }
}
