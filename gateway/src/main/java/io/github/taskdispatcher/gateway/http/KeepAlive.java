package io.github.taskdispatcher.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.taskdispatcher.gateway.config.GatewayConfig.SyncKeepAlive;
import io.github.taskdispatcher.gateway.http.ClientRequests.Exchange;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Says something every 10 s to a client whose request is held, for clients that give up on a response without a byte
 * ({@code SYNC_KEEPALIVE}, docs/operations.md). Any thread; nothing blocks.
 */
final class KeepAlive {

    private static final long INTERVAL_MS = 10_000;
    private static final int PROCESSING = 102;
    /** JSON may begin with it. */
    private static final byte[] SPACE = " ".getBytes(UTF_8);

    private final Exchange exchange;
    private final SyncKeepAlive how;
    private CompletableFuture<Void> written = CompletableFuture.completedFuture(null);
    private boolean over;

    private KeepAlive(Exchange exchange, SyncKeepAlive how) {
        this.exchange = exchange;
        this.how = how;
    }

    /** Until this is done; what is returned is done as it is, when the response may be written. */
    static <T> CompletableFuture<T> until(
            CompletableFuture<T> held, Exchange exchange, SyncKeepAlive how, ScheduledExecutorService timer) {
        boolean old = exchange.request().getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_0;
        if (how == SyncKeepAlive.NONE || old || held.isDone()) {
            return held;
        }
        KeepAlive keeper = new KeepAlive(exchange, how);
        ScheduledFuture<?> ticks =
                timer.scheduleWithFixedDelay(keeper::tick, INTERVAL_MS, INTERVAL_MS, TimeUnit.MILLISECONDS);
        return held.handle((value, failure) -> {
                    ticks.cancel(false);
                    return keeper.end();
                })
                .thenCompose(last -> last)
                .thenCompose(quiet -> held);
    }

    private synchronized void tick() {
        // A client that does not take the last word needs no other.
        if (!over && written.isDone()) {
            written = how == SyncKeepAlive.INTERIM ? interim() : space();
        }
    }

    /** Done when the last word is written, or cannot be. */
    private synchronized CompletableFuture<Void> end() {
        over = true;
        return written.exceptionally(gone -> null);
    }

    private CompletableFuture<Void> interim() {
        return exchange.response().writeInterim(PROCESSING, HttpFields.EMPTY);
    }

    private CompletableFuture<Void> space() {
        Response response = exchange.response();
        if (!response.isCommitted()) {
            response.setStatus(200);
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
            response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
        }
        Callback.Completable sent = new Callback.Completable();
        response.write(false, ByteBuffer.wrap(SPACE), sent);
        return sent;
    }
}
