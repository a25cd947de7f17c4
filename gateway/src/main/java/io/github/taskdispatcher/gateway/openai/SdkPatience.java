package io.github.taskdispatcher.gateway.openai;

import io.github.taskdispatcher.gateway.waiting.WaitPolicy;
import org.eclipse.jetty.server.Request;

/** How long the official SDKs wait for an answer before they send the request again; they say so in headers, in seconds. */
final class SdkPatience {

    private static final String[] HEADERS = {"X-Stainless-Read-Timeout", "X-Stainless-Timeout"};

    /** What an answer has to reach the client in. */
    private static final double MARGIN_SECONDS = 5;

    private SdkPatience() {}

    /** How long this request may be held, in ms, so that it is answered before; {@link WaitPolicy#TO_THE_END} if it says nothing. */
    static long holdMs(Request request) {
        double shortest = Double.POSITIVE_INFINITY;
        for (String header : HEADERS) {
            shortest = Math.min(shortest, seconds(request.getHeaders().get(header)));
        }
        if (shortest == Double.POSITIVE_INFINITY) {
            return WaitPolicy.TO_THE_END;
        }
        double held = shortest > 2 * MARGIN_SECONDS ? shortest - MARGIN_SECONDS : shortest / 2;
        return Math.max(1, (long) (held * 1_000));
    }

    private static double seconds(String header) {
        try {
            double seconds = header == null ? 0 : Double.parseDouble(header);
            return seconds > 0 ? seconds : Double.POSITIVE_INFINITY;
        } catch (NumberFormatException saysNothing) {
            return Double.POSITIVE_INFINITY;
        }
    }
}
