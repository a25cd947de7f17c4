package io.github.taskdispatcher.gateway.http;

import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Gives every answer an {@code x-request-id}: the client's own, if that is one, else a new one. */
public final class RequestIds extends Handler.Wrapper {

    public static final String HEADER = "x-request-id";

    private static final int MAX_LENGTH = 128;

    private final String prefix;
    private final AtomicLong number = new AtomicLong();

    /** @param nonce what no other gateway ever had */
    public RequestIds(String nonce) {
        prefix = "req_" + nonce;
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        String own = request.getHeaders().get(HEADER);
        response.getHeaders().put(HEADER, own != null && isSane(own) ? own : next());
        return super.handle(request, response, callback);
    }

    private String next() {
        return prefix + Long.toHexString(number.incrementAndGet() | 1L << 36).substring(1);
    }

    private static boolean isSane(String id) {
        if (id.isEmpty() || id.length() > MAX_LENGTH) {
            return false;
        }
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            boolean plain = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
            if (!plain && "-_.:/+=".indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }
}
