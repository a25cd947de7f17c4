package io.github.taskdispatcher.bench.load;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;

/**
 * The requests one connection sends: a task of a fixed size with a number of its own, whose result must be the very same
 * bytes. Built once; only the digits change from one to the next.
 */
final class EchoTask {

    private static final int DIGITS = 12;
    private static final String BEFORE = "{\"type\":\"echo\",\"n\":\"";
    private static final byte[] RESULT = "\"result\":".getBytes(US_ASCII);

    private final ByteBuffer request;
    private final ByteBuffer data;
    private final int digitsAt;

    /**
     * @param group whose workers run it, or null for the default one
     * @param dataBytes size of {@code data}
     */
    EchoTask(String path, String group, int dataBytes, boolean async) {
        String start = BEFORE + "0".repeat(DIGITS) + "\",\"customer\":\"c-000042\",\"text\":\"";
        String data = start + "x".repeat(Math.max(0, dataBytes - start.length() - 2)) + "\"}";
        String before = (group == null ? "{" : "{\"group\":\"" + group + "\",")
                + (async ? "\"async\":true,\"timeout\":600000," : "")
                + "\"data\":";
        String body = before + data + "}";
        String head = "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Length: " + body.length() + "\r\n\r\n";
        byte[] bytes = (head + body).getBytes(US_ASCII);
        request = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        int dataAt = head.length() + before.length();
        this.data = request.slice(dataAt, data.length());
        digitsAt = dataAt + BEFORE.length();
    }

    /** The request of the task with this number. */
    ByteBuffer request(long number) {
        long rest = number;
        for (int i = DIGITS - 1; i >= 0; i--) {
            request.put(digitsAt + i, (byte) ('0' + rest % 10));
            rest /= 10;
        }
        return request.position(0);
    }

    /** Whether this answer carries the result of the request made last. */
    boolean isEchoedBy(ByteBuffer body) {
        int at = find(body, RESULT);
        return at >= 0
                && at + data.capacity() <= body.limit()
                && body.slice(at, data.capacity()).equals(data);
    }

    /** The index behind the first place where these bytes stand, or -1. */
    static int find(ByteBuffer in, byte[] what) {
        int last = in.limit() - what.length;
        for (int i = in.position(); i <= last; i++) {
            int k = 0;
            while (k < what.length && in.get(i + k) == what[k]) {
                k++;
            }
            if (k == what.length) {
                return i + k;
            }
        }
        return -1;
    }
}
