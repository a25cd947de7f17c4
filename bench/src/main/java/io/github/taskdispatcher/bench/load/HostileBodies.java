package io.github.taskdispatcher.bench.load;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Large requests that are valid and slow to parse, of one shape after the other: distinct names, depth, numbers, escapes,
 * small objects. Their group has no worker, so each answer must be 503 {@code no_worker}: the gateway has read all of it.
 */
public final class HostileBodies implements Caller {

    private static final String REFUSED = "no_worker";

    private final List<ByteBuffer> requests = new ArrayList<>();
    private int next;

    /**
     * @param path of the request
     * @param bytes how long a body is, about
     */
    public HostileBodies(String path, int bytes) {
        requests.add(request(path, bytes, "{", i -> "\"name-" + i + "\":1", '}'));
        requests.add(request(path, bytes, "[", i -> "[".repeat(60) + "]".repeat(60), ']'));
        requests.add(request(path, bytes, "[", i -> "1", ']'));
        requests.add(request(path, bytes, "[", i -> "\"" + "\\u0000".repeat(1_000) + "\"", ']'));
        requests.add(request(path, bytes, "[", i -> "{\"k\":" + i + "}", ']'));
    }

    private static ByteBuffer request(String path, int bytes, String open, IntFunction<String> item, char close) {
        StringBuilder body = new StringBuilder(bytes + 8_192)
                .append("{\"group\":\"nobody\",\"data\":{\"a\":")
                .append(open);
        for (int i = 0; body.length() < bytes; i++) {
            body.append(i == 0 ? "" : ",").append(item.apply(i));
        }
        body.append(close).append("}}");
        String head = "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Length: " + body.length() + "\r\n\r\n";
        byte[] whole = body.insert(0, head).toString().getBytes(US_ASCII);
        return ByteBuffer.allocateDirect(whole.length).put(whole).flip();
    }

    @Override
    public ByteBuffer next(int connection) {
        return requests.get(next++ % requests.size()).duplicate();
    }

    @Override
    public String answered(int connection, int status, ByteBuffer body) {
        return status == 503 && UTF_8.decode(body.duplicate()).toString().contains(REFUSED)
                ? null
                : "not refused for want of a worker";
    }
}
