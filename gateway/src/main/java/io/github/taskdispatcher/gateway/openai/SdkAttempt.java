package io.github.taskdispatcher.gateway.openai;

import org.eclipse.jetty.server.Request;

/** The official SDKs send a request again by themselves, and say how many times they did. */
enum SdkAttempt {
    /** No SDK says it, or its client wants each attempt to be a task: {@code X-Task-Attach: no}. */
    UNKNOWN,
    FIRST,
    REPEATED;

    static SdkAttempt of(Request request) throws BadParameter {
        String attach = RequestOptions.header(request, "X-Task-Attach");
        if (attach != null && !attach.strip().equalsIgnoreCase("no")) {
            throw new BadParameter("X-Task-Attach", "must be no, or not be sent");
        }
        String count = request.getHeaders().get("X-Stainless-Retry-Count");
        if (attach != null || count == null || !count.strip().matches("\\d{1,9}")) {
            return UNKNOWN;
        }
        return Integer.parseInt(count.strip()) == 0 ? FIRST : REPEATED;
    }
}
