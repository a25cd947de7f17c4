package io.github.taskdispatcher.gateway.http;

import io.github.taskdispatcher.gateway.access.Access;
import java.nio.ByteBuffer;
import java.util.List;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Lets pages of the origins in {@code ALLOWED_ORIGINS} read every answer (CORS, Fetch standard). Answers preflights itself,
 * before anybody is asked for a key: a browser sends none with them. Cookies are never allowed, so a page acts by its key
 * alone. Any thread; nothing blocks.
 */
public final class CrossOrigin extends Handler.Wrapper {

    private static final String ASKED_METHOD = "Access-Control-Request-Method";
    private static final String ASKED_HEADERS = "Access-Control-Request-Headers";
    private static final String ALLOW_ORIGIN = "Access-Control-Allow-Origin";

    /** The most that is echoed of the names of headers that a page wants to send. */
    private static final int MAX_ASKED_LENGTH = 4_096;

    private static final HttpField VARY = new PreEncodedHttpField(HttpHeader.VARY, "Origin");
    private static final HttpField EXPOSED = new PreEncodedHttpField(
            "Access-Control-Expose-Headers",
            "X-Task-Id, x-request-id, Retry-After, Location, Preference-Applied, x-should-retry");
    private static final HttpField METHODS =
            new PreEncodedHttpField("Access-Control-Allow-Methods", "GET, HEAD, POST, DELETE");
    /** In seconds; Chromium asks again after two hours at the latest. */
    private static final HttpField MAX_AGE = new PreEncodedHttpField("Access-Control-Max-Age", "7200");

    private final Access access;
    private final ErrorForm errors;

    public CrossOrigin(Access access, ErrorForm errors) {
        this.access = access;
        this.errors = errors;
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        String origin = request.getHeaders().get(HttpHeader.ORIGIN);
        boolean listed = origin != null && access.originListed(origin);
        if (access.listsOrigins()) {
            response.getHeaders().add(VARY);
        }
        if (listed) {
            response.getHeaders().put(ALLOW_ORIGIN, origin);
            response.getHeaders().put(EXPOSED);
        }
        if (origin == null || !isPreflight(request)) {
            return super.handle(request, response, callback);
        }
        if (listed) {
            allow(request, response, callback);
        } else {
            errors.refuse(
                    request,
                    response,
                    callback,
                    403,
                    "Forbidden: pages of this origin may not read answers, the operator lists origins in ALLOWED_ORIGINS");
        }
        return true;
    }

    private static boolean isPreflight(Request request) {
        return request.getMethod().equals("OPTIONS") && request.getHeaders().contains(ASKED_METHOD);
    }

    private static void allow(Request request, Response response, Callback callback) {
        response.setStatus(204);
        response.getHeaders().put(METHODS);
        response.getHeaders().put(MAX_AGE);
        List<String> asked = request.getHeaders().getValuesList(ASKED_HEADERS);
        String names = String.join(", ", asked);
        if (!names.isEmpty()
                && names.length() <= MAX_ASKED_LENGTH
                && names.matches("[A-Za-z0-9!#$%&'*+.^_`|~, \t-]*")) {
            response.getHeaders().put("Access-Control-Allow-Headers", names);
        }
        response.write(true, ByteBuffer.allocate(0), callback);
    }
}
