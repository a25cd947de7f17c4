package io.github.taskdispatcher.gateway.http;

import java.util.List;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Refuses a request that brings the same key header more than once with 400, and closes its connection: a proxy in front may have
 * checked another of the values than the gateway would. Any thread; nothing blocks.
 */
public final class KeyHeaders extends Handler.Wrapper {

    private static final List<String> NAMES = List.of("Authorization", "x-api-key", "api-key");

    private final ErrorForm errors;

    public KeyHeaders(ErrorForm errors) {
        this.errors = errors;
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        for (String name : NAMES) {
            if (request.getHeaders().getValuesList(name).size() > 1) {
                return errors.refuseAndClose(
                        request, response, callback, 400, "Invalid request: send the header " + name + " once");
            }
        }
        return super.handle(request, response, callback);
    }
}
