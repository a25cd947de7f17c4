package io.github.taskdispatcher.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.taskdispatcher.wire.BadFrameException;
import io.github.taskdispatcher.wire.Frames;
import io.github.taskdispatcher.wire.FromWorker;
import io.github.taskdispatcher.wire.RawJson;
import io.github.taskdispatcher.wire.ToWorker;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.Queue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/**
 * A worker that reconnects, to any gateway, and brings the answers it could not send, as docs/protocol.md asks of one. Its
 * connection may be cut from outside.
 */
public final class ChaosWorker {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http;
    private final ScheduledExecutorService timer;
    private final IntSupplier port;
    private final Ledger ledger;
    private final Queue<FromWorker> unsent = new ConcurrentLinkedQueue<>();
    private volatile Link link;
    private volatile boolean stopped;

    /** @param port of some gateway, asked for each connection */
    public ChaosWorker(HttpClient http, ScheduledExecutorService timer, IntSupplier port, Ledger ledger) {
        this.http = http;
        this.timer = timer;
        this.port = port;
        this.ledger = ledger;
    }

    /** Connects, and again whenever the connection breaks, until it is killed. */
    public void connect() {
        if (stopped) {
            return;
        }
        Link next = new Link();
        URI uri = URI.create("ws://127.0.0.1:" + port.getAsInt() + "/ws?group=chaos");
        http.newWebSocketBuilder()
                .connectTimeout(java.time.Duration.ofSeconds(5))
                .buildAsync(uri, next)
                .exceptionally(failure -> {
                    again();
                    return null;
                });
    }

    private void again() {
        if (!stopped) {
            timer.schedule(this::connect, ThreadLocalRandom.current().nextLong(500), TimeUnit.MILLISECONDS);
        }
    }

    /** The connection breaks; the worker does not know why. */
    public void cut() {
        Link current = link;
        if (current != null) {
            current.over();
        }
    }

    /** The worker dies, and with it what it works on. */
    public void kill() {
        stopped = true;
        cut();
    }

    /** Whether a gateway has greeted it and the connection stands. */
    public boolean isConnected() {
        return link != null;
    }

    private synchronized void flush() {
        Link current = link;
        while (current != null && !unsent.isEmpty()) {
            FromWorker answer = unsent.peek();
            try {
                current.send(answer);
                unsent.remove();
            } catch (RuntimeException broken) {
                current.over();
                return;
            }
        }
    }

    private void work(ToWorker.Task task) {
        long number;
        long takes;
        try {
            var data = JSON.readTree(task.payload().toBytes()).path("data");
            number = data.path("number").asLong();
            takes = data.path("takes").asLong();
        } catch (IOException e) {
            throw new IllegalStateException("the gateway sent something odd", e);
        }
        ledger.delivered(task.taskId(), number, Integer.toHexString(hashCode()));
        timer.schedule(
                () -> {
                    if (!stopped) {
                        RawJson result = RawJson.of("{\"number\":" + number + "}");
                        unsent.add(new FromWorker.TaskComplete(task.taskId(), result, null));
                        flush();
                    }
                },
                takes,
                TimeUnit.MILLISECONDS);
    }

    /** One connection. */
    private final class Link implements WebSocket.Listener {

        private final StringBuilder frame = new StringBuilder();
        private volatile WebSocket socket;
        private boolean over;

        void send(FromWorker message) {
            socket.sendText(new String(Frames.write(message), UTF_8), true)
                    .orTimeout(5, TimeUnit.SECONDS)
                    .join();
        }

        void over() {
            synchronized (this) {
                if (over) {
                    return;
                }
                over = true;
            }
            if (link == this) {
                link = null;
            }
            if (socket != null) {
                socket.abort();
            }
            again();
        }

        @Override
        public void onOpen(WebSocket opened) {
            socket = opened;
            opened.request(1);
        }

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            frame.append(part);
            if (last) {
                byte[] whole = frame.toString().getBytes(UTF_8);
                frame.setLength(0);
                try {
                    receive(Frames.toWorker(whole));
                } catch (BadFrameException e) {
                    ledger.violation("an odd message from a gateway: " + e.getMessage());
                }
            }
            from.request(1);
            return null;
        }

        private void receive(ToWorker message) {
            if (message instanceof ToWorker.Connected) {
                link = this;
                timer.execute(() -> {
                    flush();
                    try {
                        send(new FromWorker.Ready());
                    } catch (RuntimeException broken) {
                        over();
                    }
                });
            } else if (message instanceof ToWorker.Task task) {
                work(task);
            }
        }

        @Override
        public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            over();
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            over();
        }
    }
}
