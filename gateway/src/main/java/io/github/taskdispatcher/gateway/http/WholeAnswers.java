package io.github.taskdispatcher.gateway.http;

import io.github.taskdispatcher.gateway.limits.ByteBudget;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Keeps what the servlets write until the answer is whole, then sends it without a thread. A servlet writes with a thread that
 * waits for the peer: without this, 250 peers that read nothing take all threads, and the gateway answers no request.
 *
 * <p>Answers above {@value #SMALL_BYTES} bytes take from a budget until the peer has read them; one that finds no memory ends
 * its connection. Event streams pass: they write without waiting. Any thread.
 */
public final class WholeAnswers extends Handler.Wrapper {

    private static final int SMALL_BYTES = 2_048;

    private final ByteBudget memory;

    /** @param maxBytes how many bytes of answers wait for their peers at a time */
    public WholeAnswers(long maxBytes) {
        memory = new ByteBudget(maxBytes);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        Whole whole = new Whole(request, response, callback);
        return super.handle(request, whole, whole);
    }

    private static final class Bytes extends ByteArrayOutputStream {

        /** All of it, not copied. */
        ByteBuffer bytes() {
            return ByteBuffer.wrap(buf, 0, count);
        }
    }

    private final class Whole extends Response.Wrapper implements Callback {

        private final Callback ended;
        private final Bytes kept = new Bytes();
        private boolean begun;
        private boolean passes;
        private long taken;
        /** The answer is being sent. */
        private boolean sending;

        private boolean sent;
        private Throwable failed;
        /** The servlet is done. */
        private boolean done;

        Whole(Request request, Response response, Callback ended) {
            super(request, response);
            this.ended = ended;
        }

        @Override
        public void write(boolean last, ByteBuffer bytes, Callback callback) {
            synchronized (this) {
                if (!begun) {
                    begun = true;
                    String type = getHeaders().get(HttpHeader.CONTENT_TYPE);
                    passes = type != null && type.startsWith("text/event-stream");
                }
            }
            if (passes) {
                super.write(last, bytes, callback);
            } else if (!keep(bytes)) {
                callback.failed(new IOException("no memory for one more answer"));
            } else {
                if (last) {
                    send();
                }
                callback.succeeded();
            }
        }

        private synchronized boolean keep(ByteBuffer bytes) {
            int more = bytes == null ? 0 : bytes.remaining();
            long needs = kept.size() + more > SMALL_BYTES ? kept.size() + more - taken : 0;
            if (needs > 0 && !memory.tryTake(needs)) {
                return false;
            }
            taken += Math.max(0, needs);
            byte[] copy = new byte[more];
            if (more > 0) {
                bytes.get(copy);
            }
            kept.write(copy, 0, more);
            return true;
        }

        private void send() {
            ByteBuffer all;
            synchronized (this) {
                sending = true;
                all = kept.bytes();
            }
            super.write(true, all, Callback.from(() -> wrote(null), this::wrote));
        }

        private void wrote(Throwable failure) {
            boolean over;
            synchronized (this) {
                memory.release(taken);
                taken = 0;
                sent = true;
                failed = failure;
                over = done;
            }
            if (over) {
                end();
            }
        }

        /** The servlet is done, though its answer may not be sent yet. */
        @Override
        public void succeeded() {
            boolean unsent;
            synchronized (this) {
                done = true;
                unsent = !sending && kept.size() > 0;
                if (sending && !sent) {
                    return;
                }
            }
            if (unsent) {
                send();
            } else {
                end();
            }
        }

        @Override
        public void failed(Throwable failure) {
            synchronized (this) {
                memory.release(taken);
                taken = 0;
            }
            ended.failed(failure);
        }

        private void end() {
            if (failed == null) {
                ended.succeeded();
            } else {
                ended.failed(failed);
            }
        }

        @Override
        public InvocationType getInvocationType() {
            return ended.getInvocationType();
        }
    }
}
