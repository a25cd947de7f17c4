package io.github.taskdispatcher.gateway.http;

import io.github.taskdispatcher.gateway.limits.ByteBudget;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IteratingCallback;

/**
 * Writes answers without waiting for the client to read them: what the socket does not take at once goes out when it can. A
 * client that reads nothing is cut off by Jetty's idle timeout, one that only trickles by a deadline. Any thread.
 */
final class AnswerWriter {

    private static final long DEADLINE_MS = 60_000;
    private static final long SLOWEST_BYTES_PER_MS = 50;

    /** Up to here the parts are joined, and written at once. */
    private static final int SMALL = 32 * 1024;

    /** The JDK copies what it writes to a socket, as a whole, into memory that it keeps for each thread. */
    private static final int SLICE = 128 * 1024;

    private final ByteBudget budget;
    private final ScheduledExecutorService timer;

    /** @param budget what answers give back when they are written */
    AnswerWriter(ByteBudget budget, ScheduledExecutorService timer) {
        this.budget = budget;
        this.timer = timer;
    }

    /** @param callback the request's, completed when the answer is written or cannot be */
    void write(Request request, Response response, Callback callback, Answer answer) {
        int length = answer.length();
        // What kept the client waiting may have begun the response.
        if (!response.isCommitted()) {
            begin(request, response, answer, length);
        }
        if (length <= SMALL) {
            response.write(true, joined(answer, length), callback);
            return;
        }
        ScheduledFuture<?> deadline = timer.schedule(
                () -> cutOff(request), DEADLINE_MS + length / SLOWEST_BYTES_PER_MS, TimeUnit.MILLISECONDS);
        new Writing(response, answer, () -> {
                    deadline.cancel(false);
                    budget.release(answer.reserved());
                })
                .write(callback);
    }

    private static void begin(Request request, Response response, Answer answer, int length) {
        response.setStatus(answer.status());
        answer.headers(response.getHeaders()::put);
        if (answer.status() == ErrorCode.REQUEST_TIMEOUT.status()) {
            // The rest of the body may still come.
            response.getHeaders().put(HttpHeader.CONNECTION, "close");
        }
        if (answer.task() != null && request.getMethod().equals("POST")) {
            response.getHeaders()
                    .put(HttpHeader.LOCATION, Answer.TASK_PATH + answer.task().text());
        }
        if (length > SMALL) {
            response.getHeaders().put(HttpHeader.CONTENT_LENGTH, length);
        }
    }

    private static ByteBuffer joined(Answer answer, int length) {
        if (answer.parts().size() == 1) {
            return ByteBuffer.wrap(answer.parts().get(0));
        }
        ByteBuffer joined = ByteBuffer.allocate(length);
        answer.parts().forEach(joined::put);
        return joined.flip();
    }

    private static void cutOff(Request request) {
        request.getConnectionMetaData().getConnection().getEndPoint().close();
    }

    private static final class Writing extends IteratingCallback {

        private final Response response;
        private final Iterator<byte[]> parts;
        private final Runnable done;
        private Callback callback;
        private ByteBuffer part = ByteBuffer.allocate(0);

        Writing(Response response, Answer answer, Runnable done) {
            this.response = response;
            parts = answer.parts().iterator();
            this.done = done;
        }

        void write(Callback whole) {
            callback = whole;
            iterate();
        }

        @Override
        protected Action process() {
            if (!part.hasRemaining()) {
                if (!parts.hasNext()) {
                    return Action.SUCCEEDED;
                }
                part = ByteBuffer.wrap(parts.next());
            }
            ByteBuffer slice = part.slice(part.position(), Math.min(SLICE, part.remaining()));
            part.position(part.position() + slice.remaining());
            response.write(!part.hasRemaining() && !parts.hasNext(), slice, this);
            return Action.SCHEDULED;
        }

        @Override
        protected void onCompleteSuccess() {
            done.run();
            callback.succeeded();
        }

        @Override
        protected void onCompleteFailure(Throwable cause) {
            done.run();
            callback.failed(cause);
        }

        @Override
        public InvocationType getInvocationType() {
            return InvocationType.NON_BLOCKING;
        }
    }
}
