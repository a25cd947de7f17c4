package io.github.taskdispatcher.gateway.http;

import io.github.taskdispatcher.gateway.limits.ByteBudget;
import io.javalin.http.Context;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;

/**
 * Writes answers without waiting for the client to read them: a small one lies in Jetty's buffer until the request is
 * completed, a large one goes out as the socket takes it. A client that reads nothing is cut off by Jetty's idle timeout,
 * one that only trickles by a deadline. Any thread; must be called while the request is asynchronous.
 */
public final class AnswerWriter {

    private static final long DEADLINE_MS = 60_000;
    private static final long SLOWEST_BYTES_PER_MS = 50;

    private final ByteBudget budget;
    private final ScheduledExecutorService timer;

    /** @param budget what answers give back when they are written */
    public AnswerWriter(ByteBudget budget, ScheduledExecutorService timer) {
        this.budget = budget;
        this.timer = timer;
    }

    /** The future completes, never with a failure, when the request may be completed. */
    public CompletableFuture<Void> write(Context ctx, Answer answer) {
        HttpServletResponse response = ctx.res();
        response.setStatus(answer.status());
        if (response.getContentType() == null) {
            response.setContentType("application/json");
        }
        if (answer.retryAfterSeconds() > 0) {
            response.setHeader("Retry-After", Integer.toString(answer.retryAfterSeconds()));
        }
        CompletableFuture<Void> written = new CompletableFuture<>();
        try {
            ServletOutputStream out = response.getOutputStream();
            int length = answer.length();
            if (length < response.getBufferSize()) {
                for (byte[] part : answer.parts()) {
                    out.write(part);
                }
                written.complete(null);
            } else {
                response.setContentLength(length);
                ScheduledFuture<?> deadline = timer.schedule(
                        () -> cutOff(ctx), DEADLINE_MS + length / SLOWEST_BYTES_PER_MS, TimeUnit.MILLISECONDS);
                written.whenComplete((done, never) -> deadline.cancel(false));
                out.setWriteListener(new Writing(out, answer, written));
            }
        } catch (IOException | IllegalStateException gone) {
            written.complete(null);
        }
        return written.whenComplete((done, never) -> {
            if (answer.reserved() > 0) {
                budget.release(answer.reserved());
            }
        });
    }

    private static void cutOff(Context ctx) {
        ServletContextRequest.getServletContextRequest(ctx.req())
                .getConnectionMetaData()
                .getConnection()
                .getEndPoint()
                .close();
    }

    private static final class Writing implements WriteListener {

        private final ServletOutputStream out;
        private final Iterator<byte[]> parts;
        private final CompletableFuture<Void> written;

        Writing(ServletOutputStream out, Answer answer, CompletableFuture<Void> written) {
            this.out = out;
            this.parts = answer.parts().iterator();
            this.written = written;
        }

        @Override
        public void onWritePossible() throws IOException {
            while (out.isReady()) {
                if (!parts.hasNext()) {
                    written.complete(null);
                    return;
                }
                out.write(parts.next());
            }
        }

        @Override
        public void onError(Throwable cause) {
            written.complete(null);
        }
    }
}
