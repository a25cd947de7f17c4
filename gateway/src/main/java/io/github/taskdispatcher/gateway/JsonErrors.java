package io.github.taskdispatcher.gateway;

import io.github.taskdispatcher.gateway.http.ErrorForm;
import io.github.taskdispatcher.gateway.http.RequestIds;
import io.github.taskdispatcher.gateway.openai.OpenAiHandler;
import io.github.taskdispatcher.gateway.ws.WorkerUpgrade;
import java.util.concurrent.ThreadLocalRandom;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/**
 * What Jetty refuses by itself (a broken request line, too long a header, an upgrade that was not let in) in the form
 * that the client of the path reads. Jetty's own words, which may quote the request, are not sent.
 */
final class JsonErrors extends ErrorHandler {

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = response.getStatus();
        if (!response.getHeaders().contains(RequestIds.HEADER)) {
            response.getHeaders()
                    .put(
                            RequestIds.HEADER,
                            "req_"
                                    + Long.toHexString(
                                            ThreadLocalRandom.current().nextLong()));
        }
        Object refusal = request.getAttribute(WorkerUpgrade.REFUSAL);
        String text = refusal == null ? HttpStatus.getMessage(status) : refusal.toString();
        ErrorForm errors = OpenAiHandler::error;
        return errors.refuse(request, response, callback, status, text);
    }
}
