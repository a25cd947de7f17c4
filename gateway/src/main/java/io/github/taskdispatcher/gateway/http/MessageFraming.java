package io.github.taskdispatcher.gateway.http;

import java.util.List;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Refuses requests whose body ends where a proxy in front may see another end (RFC 9112, 6.1), and closes their connection:
 * HTTP/1.0 with {@code Transfer-Encoding} gets 400, a coding besides {@code chunked} gets 501. Any thread.
 */
public final class MessageFraming extends Handler.Wrapper {

    private final ErrorForm errors;

    public MessageFraming(ErrorForm errors) {
        this.errors = errors;
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        WatchfulEndPoint.headRead(request);
        EarlyAnswer.watch(request);
        List<String> codings = request.getHeaders().getCSV(HttpHeader.TRANSFER_ENCODING, false);
        if (codings.isEmpty() && !request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING)) {
            return super.handle(request, response, callback);
        }
        if (request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_0) {
            return errors.refuseAndClose(
                    request, response, callback, 400, "Invalid request: HTTP/1.0 has no Transfer-Encoding");
        }
        if (codings.size() != 1 || !codings.get(0).equalsIgnoreCase("chunked")) {
            return errors.refuseAndClose(
                    request, response, callback, 501, "Not implemented: the only Transfer-Encoding is chunked");
        }
        return super.handle(request, response, callback);
    }
}
