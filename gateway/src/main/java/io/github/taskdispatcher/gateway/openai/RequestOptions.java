package io.github.taskdispatcher.gateway.openai;

import io.github.taskdispatcher.gateway.http.BadRequest;
import io.github.taskdispatcher.gateway.http.EventWriter;
import io.github.taskdispatcher.gateway.http.IdempotencyKey;
import io.github.taskdispatcher.gateway.http.WaitLimit;
import io.github.taskdispatcher.gateway.waiting.WaitPolicy;
import io.github.taskdispatcher.task.GroupName;
import java.util.List;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/**
 * What the headers of a request ask for.
 *
 * @param group {@code X-Task-Group}, or null
 * @param timeoutMs {@code X-Task-Timeout}, NaN when it is not there
 * @param queueTimeoutMs {@code X-Task-Queue-Timeout}, NaN when it is not there
 * @param preferred whether {@code Prefer: wait} was sent
 * @param holdMs how long to wait for the task's end
 * @param key {@code Idempotency-Key}, or null
 * @param attempt which of an SDK's own attempts it is
 */
record RequestOptions(
        GroupName group,
        double timeoutMs,
        double queueTimeoutMs,
        boolean preferred,
        long holdMs,
        IdempotencyKey key,
        SdkAttempt attempt) {

    /** @param owner tag of the tenant whose request it is; empty where clients need no key */
    static RequestOptions of(Request request, Response response, String owner) throws BadRequest {
        String group = header(request, "X-Task-Group");
        long preferredMs = WaitLimit.preferred(request, response);
        return new RequestOptions(
                group == null ? null : OpenAiRequest.group("X-Task-Group", group),
                timeout(request, "X-Task-Timeout"),
                timeout(request, "X-Task-Queue-Timeout"),
                preferredMs != WaitPolicy.TO_THE_END,
                Math.min(preferredMs, SdkPatience.holdMs(request)),
                IdempotencyKey.of(request, owner),
                SdkAttempt.of(request));
    }

    /** How long a stream's head may be held back, in ms: no longer than its SDK waits for one. */
    long headWithinMs() {
        return Math.min(EventWriter.SILENCE_MS, holdMs);
    }

    private static double timeout(Request request, String name) throws BadRequest {
        String header = header(request, name);
        if (header == null) {
            return Double.NaN;
        }
        if (!header.strip().matches("-?\\d+")) {
            throw new BadParameter(name, "must be a whole number of milliseconds");
        }
        return Double.parseDouble(header.strip());
    }

    /** The value of a header, or null. Sent twice it is refused: which of them counts would be a guess. */
    static String header(Request request, String name) throws BadParameter {
        List<String> values = request.getHeaders().getValuesList(name);
        if (values.size() > 1) {
            throw new BadParameter(name, "must be sent once");
        }
        return values.isEmpty() ? null : values.get(0);
    }
}
