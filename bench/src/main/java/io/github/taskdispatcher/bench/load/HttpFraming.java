package io.github.taskdispatcher.bench.load;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;

/** HTTP/1.1 answers with a {@code Content-Length}, which is what the gateway and the references send. */
public final class HttpFraming implements Framing {

    private static final byte[] LENGTH = "content-length:".getBytes(US_ASCII);

    @Override
    public int read(ByteBuffer in, Reply reply) {
        int received = in.position();
        int length = 0;
        int line = 0;
        for (int i = 0; i < received; i++) {
            if (in.get(i) != '\n') {
                continue;
            }
            if (i - line <= 1) {
                reply.status = (in.get(9) - '0') * 100 + (in.get(10) - '0') * 10 + in.get(11) - '0';
                reply.bodyStart = i + 1;
                reply.end = i + 1 + length;
                return reply.end;
            }
            if (startsWithLength(in, line, i)) {
                length = number(in, line + LENGTH.length, i);
            }
            line = i + 1;
        }
        return -1;
    }

    private static boolean startsWithLength(ByteBuffer in, int from, int to) {
        if (to - from < LENGTH.length) {
            return false;
        }
        for (int i = 0; i < LENGTH.length; i++) {
            if ((in.get(from + i) | 0x20) != (LENGTH[i] | 0x20)) {
                return false;
            }
        }
        return true;
    }

    private static int number(ByteBuffer in, int from, int to) {
        int number = 0;
        for (int i = from; i < to; i++) {
            byte c = in.get(i);
            if (c >= '0' && c <= '9') {
                number = number * 10 + c - '0';
            }
        }
        return number;
    }
}
