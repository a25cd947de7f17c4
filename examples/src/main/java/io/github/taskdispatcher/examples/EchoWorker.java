package io.github.taskdispatcher.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.taskdispatcher.wire.BadFrameException;
import io.github.taskdispatcher.wire.Frames;
import io.github.taskdispatcher.wire.FromWorker;
import io.github.taskdispatcher.wire.RawJson;
import io.github.taskdispatcher.wire.ToWorker;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A worker: answers each task with its payload. Reconnects by itself, brings an answer it could not send to whichever
 * gateway it reaches next, and finishes its task before it stops.
 *
 * <p>Frames come on a thread of the HTTP client; tasks run on one thread of their own, one after the other, so pings are
 * answered meanwhile; {@code main} connects and watches. The fields are guarded by this object's lock.
 */
public final class EchoWorker {

    /** The gateway pings every 15 s; a link silent for longer than this is dead. */
    private static final long SILENCE_MS = 60_000;

    private static final long STOP_MS = 20_000;

    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
    private final ExecutorService work = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "work");
        thread.setDaemon(true);
        return thread;
    });
    private final URI uri;
    private final String key;
    private final Map<String, AtomicBoolean> tasks = new ConcurrentHashMap<>();
    private final Queue<FromWorker> unsent = new ArrayDeque<>();
    private Connection current;
    private CompletableFuture<?> sending = CompletableFuture.completedFuture(null);
    private int failures;
    private boolean restarts;
    private boolean stopping;

    /**
     * @param uri see {@link #address}
     * @param key of the worker, or null
     */
    public EchoWorker(URI uri, String key) {
        this.uri = uri;
        this.key = key;
    }

    /** {@code EchoWorker [ws://localhost:3000] [group]}, or {@code GATEWAY_URL} and {@code GROUP} in the environment, and {@code WORKER_KEY}. */
    public static void main(String[] args) throws InterruptedException {
        Map<String, String> env = System.getenv();
        String url = args.length > 0 ? args[0] : env.getOrDefault("GATEWAY_URL", "ws://localhost:3000");
        String group = args.length > 1 ? args[1] : env.getOrDefault("GROUP", "default");
        try {
            new EchoWorker(address(url, group), env.get("WORKER_KEY")).run();
        } catch (RefusedException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }

    /** The gateway refused the connection and would refuse the next one as well. The message says what to change. */
    public static final class RefusedException extends Exception {

        private static final long serialVersionUID = 1;

        RefusedException(String message) {
            super(message);
        }
    }

    /**
     * Where a worker connects.
     *
     * @param url of a gateway, {@code ws://host:port}, with or without the path {@code /ws}
     * @throws IllegalArgumentException if {@code url} is not such an address
     */
    public static URI address(String url, String group) {
        URI base = URI.create(url);
        if (base.getHost() == null || !List.of("ws", "wss").contains(base.getScheme())) {
            throw new IllegalArgumentException(url);
        }
        String path = base.getPath().length() > 1 ? "" : "/ws";
        return URI.create(url.replaceAll("/$", "") + path + (base.getQuery() == null ? "?" : "&") + "group="
                + URLEncoder.encode(group, UTF_8));
    }

    /**
     * Works until SIGTERM or Ctrl-C, which end the process after the running task; returns only by exception.
     *
     * @throws RefusedException if the name of the group or the key is wrong
     */
    public void run() throws InterruptedException, RefusedException {
        Thread onSignal = new Thread(() -> {
            stop();
            Runtime.getRuntime().halt(0);
        });
        Runtime.getRuntime().addShutdownHook(onSignal);
        try {
            while (true) {
                stayConnected();
                pause();
            }
        } catch (RefusedException e) {
            // The hook would wait for a connection and end the process with the code of success.
            Runtime.getRuntime().removeShutdownHook(onSignal);
            throw e;
        }
    }

    /** Your work: replace this. {@code cancelled} turns true when nobody waits for the result any more. */
    private static RawJson process(RawJson payload, AtomicBoolean cancelled) {
        return payload;
    }

    private void stayConnected() throws InterruptedException, RefusedException {
        Connection connection = new Connection();
        try {
            WebSocket.Builder builder = http.newWebSocketBuilder();
            if (key != null) {
                builder.header("Authorization", "Bearer " + key);
            }
            connection.socket = builder.buildAsync(uri, connection).join();
        } catch (RuntimeException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            if (cause instanceof WebSocketHandshakeException refused) {
                checkRefusal(refused.getResponse().statusCode());
            }
            System.err.println("no connection to " + uri + ", the worker tries again: " + reason(cause));
            return;
        }
        synchronized (this) {
            while (!connection.closed) {
                wait(1_000);
                if (System.nanoTime() - connection.heardAt > SILENCE_MS * 1_000_000) {
                    connection.lost("silent");
                    connection.socket.abort();
                }
            }
        }
    }

    private void checkRefusal(int status) throws RefusedException {
        switch (status) {
            case 400 ->
                throw new RefusedException(
                        "the gateway refuses the group: its name is 1 to 64 characters of A-Z a-z 0-9 . _ -");
            case 401 ->
                throw new RefusedException(
                        key == null
                                ? "the gateway asks for a key: set WORKER_KEY to one of its WORKER_KEYS"
                                : "the gateway does not know this WORKER_KEY");
            case 403 -> throw new RefusedException("this WORKER_KEY does not serve the group");
            default -> {}
        }
    }

    private static String reason(Throwable cause) {
        if (cause instanceof WebSocketHandshakeException refused) {
            return "the answer is " + refused.getResponse().statusCode();
        }
        return cause instanceof ConnectException ? "nothing listens there" : cause.toString();
    }

    private void pause() throws InterruptedException {
        long limit;
        synchronized (this) {
            // Full jitter, half a second to half a minute; up to 3 s when the gateway restarts.
            limit = restarts ? 3_000 : Math.min(30_000, 500L << Math.min(6, failures));
            limit = stopping ? Math.min(2_000, limit) : limit;
            restarts = false;
            failures++;
        }
        Thread.sleep(ThreadLocalRandom.current().nextLong(limit));
    }

    private void run(ToWorker.Task task, AtomicBoolean cancelled) {
        long started = System.nanoTime();
        FromWorker answer;
        try {
            if (cancelled.get()) {
                throw new IllegalStateException("cancelled before it began");
            }
            RawJson result = process(task.payload(), cancelled);
            answer = new FromWorker.TaskComplete(task.taskId(), result, (System.nanoTime() - started) / 1e6);
        } catch (RuntimeException e) {
            answer = new FromWorker.TaskError(task.taskId(), e.toString(), (System.nanoTime() - started) / 1e6);
        }
        synchronized (this) {
            tasks.remove(task.taskId());
            unsent.add(answer);
            flush();
        }
    }

    /** An answer is kept until the socket took it; sent to a former gateway in vain, it is tried at the next. */
    private synchronized void flush() {
        while (current != null && !unsent.isEmpty()) {
            FromWorker answer = unsent.remove();
            send(current, answer).exceptionally(failure -> {
                synchronized (this) {
                    unsent.add(answer);
                }
                return null;
            });
        }
        notifyAll();
    }

    /** One message after the other: the JDK's WebSocket refuses a second while the first is being written. */
    private synchronized CompletableFuture<?> send(Connection to, FromWorker message) {
        String text = new String(Frames.write(message), UTF_8);
        CompletableFuture<?> sent =
                sending.handle((done, failure) -> null).thenCompose(ignored -> to.socket.sendText(text, true));
        sending = sent;
        return sent;
    }

    /** On SIGTERM: the running task is finished and its answer sent; at most {@link #STOP_MS} without a connection. */
    private void stop() {
        synchronized (this) {
            stopping = true;
            System.out.println(tasks.isEmpty() ? "stopping" : "stopping after the current task");
            long waiting = 0;
            try {
                while (!tasks.isEmpty() || waiting < STOP_MS && !(unsent.isEmpty() && sending.isDone())) {
                    wait(50);
                    waiting += tasks.isEmpty() ? 50 : 0;
                }
                if (current != null && unsent.isEmpty()) {
                    Connection last = current;
                    last.socket.sendClose(WebSocket.NORMAL_CLOSURE, "");
                    for (int i = 0; i < 20 && !last.closed; i++) {
                        wait(50);
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** One connection, until it is closed. */
    private final class Connection implements WebSocket.Listener {

        private final StringBuilder frame = new StringBuilder();
        private volatile WebSocket socket;
        private volatile long heardAt = System.nanoTime();
        private volatile boolean closed;

        @Override
        public void onOpen(WebSocket opened) {
            socket = opened;
            opened.request(1);
        }

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            heardAt = System.nanoTime();
            frame.append(part);
            if (last) {
                byte[] whole = frame.toString().getBytes(UTF_8);
                frame.setLength(0);
                try {
                    receive(Frames.toWorker(whole));
                } catch (BadFrameException e) {
                    System.err.println("gateway: " + e.getMessage());
                }
            }
            from.request(1);
            return null;
        }

        private void receive(ToWorker message) {
            synchronized (EchoWorker.this) {
                if (message instanceof ToWorker.Connected connected) {
                    System.out.println("connected as " + connected.workerId());
                    current = this;
                    failures = 0;
                    flush();
                    if (tasks.isEmpty() && !stopping) {
                        send(this, new FromWorker.Ready());
                    }
                } else if (message instanceof ToWorker.Task task) {
                    AtomicBoolean cancelled = new AtomicBoolean();
                    tasks.put(task.taskId(), cancelled);
                    work.execute(() -> run(task, cancelled));
                } else if (message instanceof ToWorker.Cancel cancel) {
                    tasks.getOrDefault(cancel.taskId(), new AtomicBoolean()).set(true);
                } else if (message instanceof ToWorker.Error error) {
                    System.err.println("gateway: " + error.code() + ": " + error.message());
                }
            }
        }

        @Override
        public CompletionStage<?> onPing(WebSocket from, ByteBuffer message) {
            heardAt = System.nanoTime();
            from.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            synchronized (EchoWorker.this) {
                restarts = code == 1012;
                lost("closed: " + code + " " + reason);
            }
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            lost(error.toString());
        }

        private void lost(String why) {
            synchronized (EchoWorker.this) {
                System.out.println("disconnected: " + why);
                closed = true;
                if (current == this) {
                    current = null;
                }
                EchoWorker.this.notifyAll();
            }
        }
    }
}
