package io.github.taskdispatcher.gateway.ws;

import java.util.List;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Refuses a WebSocket handshake that no worker's socket can come of, before any other handler sees it: one to a path that is
 * not {@code /ws}, one of another version (RFC 6455, 4.2.2), one without a key or with several. Nothing is kept of it. Any
 * other request passes. Any thread.
 */
public final class UpgradeGuard extends Handler.Wrapper {

    /** The only path workers connect to. */
    public static final String PATH = "/ws";

    private static final String VERSION = "13";

    /** Sixteen bytes in Base64; Jetty itself takes anything. */
    private static final Pattern HANDSHAKE_KEY = Pattern.compile("[A-Za-z0-9+/]{22}==");

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        if (!isHandshake(request)) {
            return super.handle(request, response, callback);
        }
        if (!PATH.equals(Request.getPathInContext(request))) {
            return refuse(request, response, callback, 404, "Not found: a WebSocket is opened at /ws only");
        }
        if (!request.getMethod().equals("GET")) {
            return super.handle(request, response, callback);
        }
        if (!request.getHeaders()
                .getValuesList(HttpHeader.SEC_WEBSOCKET_VERSION)
                .equals(List.of(VERSION))) {
            response.getHeaders().put(HttpHeader.SEC_WEBSOCKET_VERSION, VERSION);
            return refuse(
                    request,
                    response,
                    callback,
                    426,
                    "Upgrade required: send the header Sec-WebSocket-Version: " + VERSION + " once");
        }
        List<String> keys = request.getHeaders().getValuesList(HttpHeader.SEC_WEBSOCKET_KEY);
        if (keys.size() != 1 || !HANDSHAKE_KEY.matcher(keys.get(0)).matches()) {
            return refuse(
                    request,
                    response,
                    callback,
                    400,
                    "Invalid request: send the header Sec-WebSocket-Key once, 16 bytes in Base64");
        }
        return super.handle(request, response, callback);
    }

    private static boolean isHandshake(Request request) {
        return request.getHeaders().contains(HttpHeader.SEC_WEBSOCKET_VERSION)
                || request.getHeaders().contains(HttpHeader.SEC_WEBSOCKET_KEY)
                || request.getHeaders().contains(HttpHeader.UPGRADE, "websocket");
    }

    /** Answers with this status; the error handler of the server writes the body. */
    static boolean refuse(Request request, Response response, Callback callback, int status, String text) {
        request.setAttribute(WorkerUpgrade.REFUSAL, text);
        Response.writeError(request, response, callback, status, text);
        return true;
    }
}
