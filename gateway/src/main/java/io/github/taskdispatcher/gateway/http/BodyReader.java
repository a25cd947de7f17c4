package io.github.taskdispatcher.gateway.http;

import io.github.taskdispatcher.gateway.limits.ByteBudget;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Invocable;

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

    /** The future fails with {@link BadRequest} only; most are completed at once. */
    CompletableFuture<Body> read(Request request) {
        long announced = request.getLength();
        if (announced > maxBytes) {
            return CompletableFuture.failedFuture(tooLarge());
        }
        Reading reading = new Reading(request, announced);
        reading.run();
        reading.watchRate();
        return reading.whole;
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

    private static BadRequest overloaded() {
        return new BadRequest(ErrorCode.OVERLOADED, "Overloaded: no memory for more request bodies, try again");
    }

    /** One body under way. Its lock guards the buffer against the rate check, and is not held while the future completes. */
    private final class Reading implements Runnable, Invocable {

        private final CompletableFuture<Body> whole = new CompletableFuture<>();
        private final Request request;
        private final int limit;
        private byte[] buffer;
        private int size;
        private int sizeAtLastCheck;
        private long reserved;

        Reading(Request request, long announced) {
            this.request = request;
            limit = announced >= 0 ? (int) announced : maxBytes;
            buffer = new byte[Math.min(limit, SMALL)];
        }

        void watchRate() {
            if (minRate > 0 && !whole.isDone()) {
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

        /** Reads what is there; runs again when more has come. */
        @Override
        public void run() {
            while (!whole.isDone()) {
                Content.Chunk chunk = request.read();
                if (chunk == null) {
                    request.demand(this);
                    return;
                }
                if (Content.Chunk.isFailure(chunk)) {
                    fail(broken(chunk.getFailure()));
                    return;
                }
                BadRequest refusal = append(chunk);
                boolean last = chunk.isLast();
                chunk.release();
                if (refusal != null) {
                    fail(refusal);
                } else if (last) {
                    finish();
                }
            }
        }

        private synchronized BadRequest append(Content.Chunk chunk) {
            int more = chunk.remaining();
            if (buffer == null || more == 0) {
                return null;
            }
            if (size + more > limit) {
                return tooLarge();
            }
            if (size + more > buffer.length && !grow(size + more)) {
                return overloaded();
            }
            chunk.get(buffer, size, more);
            size += more;
            return null;
        }

        private boolean grow(int needed) {
            int larger = (int) Math.min(limit, Math.max(needed, buffer.length * 2L));
            if (!budget.tryTake(larger)) {
                return false;
            }
            buffer = Arrays.copyOf(buffer, larger);
            budget.release(reserved);
            reserved = larger;
            return true;
        }

        private void finish() {
            Body body;
            synchronized (this) {
                if (whole.isDone()) {
                    return;
                }
                body = new Body(size == buffer.length ? buffer : Arrays.copyOf(buffer, size), reserved);
            }
            whole.complete(body);
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

        @Override
        public InvocationType getInvocationType() {
            return InvocationType.NON_BLOCKING;
        }
    }
}
