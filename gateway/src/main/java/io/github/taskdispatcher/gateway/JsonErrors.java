package io.github.taskdispatcher.gateway;

import io.github.taskdispatcher.gateway.http.ErrorCode;
import io.github.taskdispatcher.gateway.http.RequestIds;
import io.github.taskdispatcher.gateway.ws.WorkerUpgrade;
import io.github.taskdispatcher.wire.JsonText;
import java.nio.ByteBuffer;
import java.util.concurrent.ThreadLocalRandom;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/**
 * What Jetty refuses by itself (a broken request line, too long a header, an upgrade that was not let in) as the JSON all
 * our errors are. Jetty's own words, which may quote the request, are not sent.
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
        byte[] body = new JsonText(64 + text.length())
                .member("error", text)
                .member("code", ErrorCode.ofStatus(status).word())
                .end();
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.write(true, ByteBuffer.wrap(body), callback);
        return true;
    }
}
