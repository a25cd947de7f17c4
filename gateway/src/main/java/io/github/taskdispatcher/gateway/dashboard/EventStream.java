package io.github.taskdispatcher.gateway.dashboard;

import io.github.taskdispatcher.gateway.http.EventText;
import io.javalin.http.Context;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * One page that listens: server-sent events, written without waiting for it. A page that reads slower than things change
 * gets the newest state when it is ready again, not all of them. Any thread.
 */
final class EventStream implements WriteListener {

    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private ServletOutputStream out;
    private byte[] view;
    private byte[] tick;
    private boolean dirty;
    private int lastHash;

    /** Must be called while the request is asynchronous. */
    void open(Context ctx) {
        ctx.res().setContentType("text/event-stream");
        ctx.res().setHeader("X-Accel-Buffering", "no");
        try {
            out = ctx.res().getOutputStream();
            out.setWriteListener(this);
        } catch (IOException | IllegalStateException gone) {
            done.complete(null);
        }
    }

    /** Completes when the page is gone, or {@link #close} was called. */
    CompletableFuture<Void> done() {
        return done;
    }

    /** The state of the view, sent unless it is what was sent last. */
    void offer(byte[] json) {
        synchronized (this) {
            int hash = java.util.Arrays.hashCode(json);
            if (hash == lastHash) {
                return;
            }
            lastHash = hash;
            view = message("view", json);
        }
        pump();
    }

    /** A sign of life. */
    void tick(byte[] json) {
        synchronized (this) {
            tick = message("tick", json);
        }
        pump();
    }

    private static byte[] message(String event, byte[] json) {
        return EventText.event(event, null, List.of(json));
    }

    @Override
    public void onWritePossible() {
        pump();
    }

    private synchronized void pump() {
        if (done.isDone() || out == null) {
            return;
        }
        try {
            while (out.isReady()) {
                if (view != null) {
                    out.write(view);
                    view = null;
                    dirty = true;
                } else if (tick != null) {
                    out.write(tick);
                    tick = null;
                    dirty = true;
                } else if (dirty) {
                    dirty = false;
                    out.flush();
                } else {
                    return;
                }
            }
        } catch (IOException | IllegalStateException gone) {
            done.complete(null);
        }
    }

    @Override
    public void onError(Throwable cause) {
        done.complete(null);
    }

    void close() {
        done.complete(null);
    }
}
