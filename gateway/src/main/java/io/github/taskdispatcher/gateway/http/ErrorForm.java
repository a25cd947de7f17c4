package io.github.taskdispatcher.gateway.http;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * How an error is told to the client of a path, when no route has been asked yet: as the OpenAI API does under {@code /v1}, as the
 * guide does elsewhere. Any thread.
 */
@FunctionalInterface
public interface ErrorForm {

    /**
     * The error of a request.
     *
     * @param status of HTTP; the code in the body is the one that goes with it
     * @param text may be sent back
     */
    Answer of(Request request, int status, String text);

    /** Answers with an error; says that the request is answered. */
    default boolean refuse(Request request, Response response, Callback callback, int status, String text) {
        Answer answer = of(request, status, text);
        response.setStatus(answer.status());
        answer.headers(response.getHeaders()::put);
        response.write(true, ByteBuffer.wrap(answer.parts().get(0)), callback);
        return true;
    }

    /** The same, and closes the connection: where its next request begins is not sure, or no next request should come. */
    default boolean refuseAndClose(Request request, Response response, Callback callback, int status, String text) {
        response.getHeaders().put(HttpHeader.CONNECTION, "close");
        return refuse(request, response, callback, status, text);
    }
}
