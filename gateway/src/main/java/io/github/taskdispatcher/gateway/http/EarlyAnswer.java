package io.github.taskdispatcher.gateway.http;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;

/**
 * Makes a response that comes before the end of its request's body say {@code Connection: close}: a refusal of the head, or of a
 * body that is too large. The connection {@linkplain LingeringClose lingers} then. A body that has come as a whole is
 * discarded, and the connection stays. Any thread.
 */
final class EarlyAnswer extends HttpStream.Wrapper {

    private EarlyAnswer(HttpStream stream) {
        super(stream);
    }

    /** Of a request that has no body the response cannot come early. */
    static void watch(Request request) {
        HttpFields headers = request.getHeaders();
        boolean hasBody = headers.contains(HttpHeader.TRANSFER_ENCODING) || request.getLength() > 0;
        // A client that waits for 100 Continue sends no body: Jetty closes that connection by itself.
        if (hasBody && !headers.contains(HttpHeader.EXPECT)) {
            request.addHttpStreamWrapper(EarlyAnswer::new);
        }
    }

    @Override
    public void send(
            MetaData.Request request, MetaData.Response response, boolean last, ByteBuffer content, Callback callback) {
        // While a body is waited for, another thread may read it: AnswerWriter sees to the header of a 408.
        if (response != null
                && !HttpStatus.isInformational(response.getStatus())
                && response.getStatus() != HttpStatus.REQUEST_TIMEOUT_408) {
            // Jetty's own way: what it cannot consume makes the connection end with this response.
            consumeAvailable();
        }
        super.send(request, response, last, content, callback);
    }
}
