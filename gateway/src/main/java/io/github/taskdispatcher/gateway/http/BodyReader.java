package io.github.taskdispatcher.gateway.http;

import io.github.taskdispatcher.gateway.limits.ByteBudget;
import io.javalin.http.Context;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Reads request bodies without a thread each, and into no more memory than there is for all of them. Bytes count when they
 * have come, not when they are announced; a small body does not count at all.
 */
final class BodyReader {

    private static final int SMALL = 16 * 1024;

    private static final long RATE_CHECK_MS = 4_000;

    private final int maxBytes;
    private final int minRate;
    private final ByteBudget budget;
    private final ScheduledExecutorService timer;

    /** @param minRate slower bodies are given up, in bytes per second; 0 for none */
    BodyReader(int maxBytes, int minRate, ByteBudget budget, ScheduledExecutorService timer) {
        this.maxBytes = maxBytes;
        this.minRate = minRate;
        this.budget = budget;
        this.timer = timer;
    }

    /**
     * A body and what it took of the budget.
     *
     * @param reserved to be given back, once
     */
    record Body(byte[] bytes, long reserved) {}

    /** Must be called while the request is asynchronous. The future fails with {@link BadRequest} only. */
    CompletableFuture<Body> read(Context ctx) {
        long announced = ctx.req().getContentLengthLong();
        if (announced > maxBytes) {
            return CompletableFuture.failedFuture(tooLarge());
        }
        try {
            ServletInputStream in = ctx.req().getInputStream();
            if (announced >= 0 && announced <= in.available()) {
                return CompletableFuture.completedFuture(new Body(in.readNBytes((int) announced), 0));
            }
            Reading reading = new Reading(in, announced);
            in.setReadListener(reading);
            reading.watchRate();
            return reading.whole;
        } catch (IOException e) {
            return CompletableFuture.failedFuture(broken(e));
        }
    }

    private BadRequest tooLarge() {
        return new BadRequest(ErrorCode.TOO_LARGE, "Request body too large: at most " + maxBytes + " bytes");
    }

    private static BadRequest broken(Throwable cause) {
        return cause instanceof TimeoutException
                ? tooSlow()
                : new BadRequest(ErrorCode.INVALID_REQUEST, "Invalid request: the body broke off");
    }

    private static BadRequest tooSlow() {
        return new BadRequest(ErrorCode.REQUEST_TIMEOUT, "Request body too slow: it was not waited for");
    }

    /** One body under way. Its lock guards the buffer against the rate check, and is not held while the future completes. */
    private final class Reading implements ReadListener {

        private final CompletableFuture<Body> whole = new CompletableFuture<>();
        private final ServletInputStream in;
        private final int limit;
        private byte[] buffer;
        private int size;
        private int sizeAtLastCheck;
        private long reserved;

        Reading(ServletInputStream in, long announced) {
            this.in = in;
            // One more than allowed, to notice; a body of announced length never needs to grow beyond it.
            limit = announced >= 0 ? (int) announced + 1 : maxBytes + 1;
            buffer = new byte[Math.min(limit, SMALL)];
        }

        void watchRate() {
            if (minRate > 0) {
                var check = timer.scheduleWithFixedDelay(
                        this::checkRate, RATE_CHECK_MS, RATE_CHECK_MS, TimeUnit.MILLISECONDS);
                whole.whenComplete((body, failure) -> check.cancel(false));
            }
        }

        private void checkRate() {
            boolean slow;
            synchronized (this) {
                slow = (size - sizeAtLastCheck) * 1_000L < minRate * RATE_CHECK_MS;
                sizeAtLastCheck = size;
            }
            if (slow) {
                fail(tooSlow());
            }
        }

        @Override
        public void onDataAvailable() throws IOException {
            BadRequest refusal = readWhatIsThere();
            if (refusal != null) {
                fail(refusal);
            }
        }

        private synchronized BadRequest readWhatIsThere() throws IOException {
            while (!whole.isDone() && in.isReady() && !in.isFinished()) {
                if (size == buffer.length && !grow()) {
                    return new BadRequest(
                            ErrorCode.OVERLOADED, "Overloaded: no memory for more request bodies, try again");
                }
                int read = in.read(buffer, size, buffer.length - size);
                if (read < 0) {
                    return null;
                }
                size += read;
                if (size > maxBytes) {
                    return tooLarge();
                }
            }
            return null;
        }

        private boolean grow() {
            int larger = (int) Math.min(limit, buffer.length * 2L);
            if (!budget.tryTake(larger)) {
                return false;
            }
            buffer = Arrays.copyOf(buffer, larger);
            budget.release(reserved);
            reserved = larger;
            return true;
        }

        @Override
        public void onAllDataRead() {
            Body body;
            synchronized (this) {
                if (whole.isDone()) {
                    return;
                }
                body = new Body(size == buffer.length ? buffer : Arrays.copyOf(buffer, size), reserved);
            }
            whole.complete(body);
        }

        @Override
        public void onError(Throwable cause) {
            fail(broken(cause));
        }

        private void fail(BadRequest reason) {
            if (whole.completeExceptionally(reason)) {
                synchronized (this) {
                    budget.release(reserved);
                    reserved = 0;
                    buffer = null;
                }
            }
        }
    }
}
