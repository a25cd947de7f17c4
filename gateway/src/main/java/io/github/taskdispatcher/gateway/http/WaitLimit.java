package io.github.taskdispatcher.gateway.http;

import io.github.taskdispatcher.gateway.waiting.WaitPolicy;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Fields;

/** How long a client wants to be kept waiting: {@code ?wait=} and {@code Prefer: wait=}, both in seconds. */
public final class WaitLimit {

    /** The longest wait there is, in seconds: Node's {@code fetch} gives up on an answer after 300. */
    public static final int MAX_SECONDS = 300;

    private static final Pattern PREFERENCE = Pattern.compile("(?i)(?:^|[,;])\\s*wait\\s*=\\s*\"?([^\",;]*)\"?\\s*");

    private WaitLimit() {}

    /** What the query asks for, in ms; 0 when it asks for nothing. */
    static long ofQuery(Request request) throws BadRequest {
        String query = request.getHttpURI().getQuery();
        if (query == null || query.isEmpty()) {
            return 0;
        }
        Fields fields;
        try {
            fields = Request.extractQueryParameters(request);
        } catch (RuntimeException broken) {
            throw new BadRequest(ErrorCode.INVALID_REQUEST, "Invalid request: the query cannot be read");
        }
        List<String> values = fields.getValuesOrEmpty("wait");
        if (values.size() > 1) {
            throw new BadRequest(ErrorCode.INVALID_REQUEST, "Invalid request: wait stands twice in the query");
        }
        return values.isEmpty() ? 0 : seconds(values.get(0)) * 1_000L;
    }

    /**
     * What the header {@code Prefer} asks for, in ms, said to be granted in the response;
     * {@link WaitPolicy#TO_THE_END} when it asks for nothing.
     */
    public static long preferred(Request request, Response response) throws BadRequest {
        for (String preferences : request.getHeaders().getValuesList("Prefer")) {
            Matcher found = PREFERENCE.matcher(preferences);
            if (found.find()) {
                int seconds = seconds(found.group(1).strip());
                response.getHeaders().put("Preference-Applied", "wait=" + seconds);
                return seconds * 1_000L;
            }
        }
        return WaitPolicy.TO_THE_END;
    }

    private static int seconds(String text) throws BadRequest {
        if (text.matches("\\d{1,3}") && Integer.parseInt(text) <= MAX_SECONDS) {
            return Integer.parseInt(text);
        }
        throw new BadRequest(
                ErrorCode.INVALID_REQUEST,
                "Invalid request: wait must be a whole number of seconds from 0 to " + MAX_SECONDS);
    }
}
