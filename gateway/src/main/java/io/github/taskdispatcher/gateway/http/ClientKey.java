package io.github.taskdispatcher.gateway.http;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/**
 * The key of a request as {@code Authorization} has it, whichever header brings it: SDKs of other APIs send {@code x-api-key} or
 * {@code api-key}.
 */
final class ClientKey {

    private static final String[] OTHERS = {"x-api-key", "api-key"};

    private ClientKey() {}

    /** {@code Authorization} where it was sent, else another header's key with {@code Bearer} before it; null for none. */
    static String of(Request request) {
        String authorization = request.getHeaders().get(HttpHeader.AUTHORIZATION);
        if (authorization != null) {
            return authorization;
        }
        for (String name : OTHERS) {
            String key = request.getHeaders().get(name);
            if (key != null && !key.isBlank()) {
                return "Bearer " + key.strip();
            }
        }
        return null;
    }
}
