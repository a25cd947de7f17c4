package io.github.taskdispatcher.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** A TCP link that can be broken in the ways links break. Any thread. */
public final class FaultProxy implements AutoCloseable {

    private enum Mode {
        FORWARD,
        /** Nothing passes, nothing is closed: as when a cable is pulled. */
        STALLED,
        /** What the server says is swallowed. */
        DEAF,
        /** New connections are closed at once. */
        REFUSING
    }

    private static final int LONGEST_WORD = 64;

    private final ServerSocket listener;
    private final int target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile Mode mode = Mode.FORWARD;
    private volatile Trap trap;
    private volatile boolean closed;

    /** The client's sides of connections that subscribed to something in Redis. */
    private final Set<Socket> subscribers = ConcurrentHashMap.newKeySet();
    /** Those on which nothing passes any more, both ways. */
    private final Set<Socket> halfOpen = ConcurrentHashMap.newKeySet();

    /** What is to happen when the client's side says a word. */
    private record Trap(String word, Mode mode, CompletableFuture<Void> sprung) {}

    /** Listens on a free port of loopback; each connection is passed on to that of the target. */
    public FaultProxy(int targetPort) throws IOException {
        target = targetPort;
        listener = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
        thread(this::accept);
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** Closes every connection; new ones pass. */
    public void cut() {
        sockets.forEach(FaultProxy::drop);
    }

    /** Closes every connection, and new ones at once, until {@link #heal}. */
    public void refuse() {
        set(Mode.REFUSING);
        cut();
    }

    /** Holds everything back, both ways, until {@link #heal}. */
    public void stall() {
        set(Mode.STALLED);
    }

    /** Swallows what the server says; to be ended by {@link #cut}, for the streams are broken then. */
    public void swallowReplies() {
        set(Mode.DEAF);
    }

    /**
     * Stalls at the moment the client's side says this word (ASCII): the word does not pass any more.
     *
     * @return completes at that moment
     */
    public CompletableFuture<Void> stallBefore(String word) {
        return set(new Trap(word, Mode.STALLED, new CompletableFuture<>()));
    }

    /**
     * Swallows replies from the moment the client's side says this word (ASCII): the word passes, its answer does not.
     *
     * @return completes at that moment
     */
    public CompletableFuture<Void> swallowRepliesAfter(String word) {
        return set(new Trap(word, Mode.DEAF, new CompletableFuture<>()));
    }

    /** The connections that subscribe now stay open and carry nothing any more; all others, and new ones, pass. */
    public void deafenSubscribers() {
        halfOpen.addAll(subscribers);
    }

    private CompletableFuture<Void> set(Trap next) {
        trap = next;
        return next.sprung();
    }

    /** @param said what the client's side said last, the end of what it said before included */
    private void spring(String said) {
        Trap set = trap;
        if (set != null && said.contains(set.word())) {
            trap = null;
            set(set.mode());
            set.sprung().complete(null);
        }
    }

    /** Everything passes again. */
    public void heal() {
        set(Mode.FORWARD);
    }

    private synchronized void set(Mode next) {
        mode = next;
        notifyAll();
    }

    private synchronized void awaitFlow() throws InterruptedException {
        while (mode == Mode.STALLED && !closed) {
            wait();
        }
    }

    private void accept() {
        while (!closed) {
            try {
                Socket client = listener.accept();
                if (mode == Mode.REFUSING) {
                    drop(client);
                    continue;
                }
                sockets.add(client);
                thread(() -> connect(client));
            } catch (IOException e) {
                if (!closed) {
                    throw new IllegalStateException(e);
                }
            }
        }
    }

    private void connect(Socket client) {
        Socket server = new Socket();
        try {
            awaitFlow();
            server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target), 2_000);
            server.setTcpNoDelay(true);
            client.setTcpNoDelay(true);
            sockets.add(server);
            thread(() -> pump(server, client, true));
            pump(client, server, false);
        } catch (IOException | InterruptedException gone) {
            drop(client);
            drop(server);
        }
    }

    private void pump(Socket from, Socket to, boolean reply) {
        byte[] buffer = new byte[16 * 1024];
        String before = "";
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                if (!reply) {
                    String said = before + new String(buffer, 0, read, ISO_8859_1);
                    if (said.contains("\r\nSUBSCRIBE\r\n")) {
                        subscribers.add(from);
                    }
                    spring(said);
                    before = said.substring(Math.max(0, said.length() - LONGEST_WORD));
                }
                awaitFlow();
                boolean passes = !halfOpen.contains(from) && !halfOpen.contains(to);
                if (passes && (!reply || mode != Mode.DEAF)) {
                    out.write(buffer, 0, read);
                }
            }
        } catch (IOException | InterruptedException gone) {
            // The link is over, one way or the other.
        }
        for (Socket end : new Socket[] {from, to}) {
            sockets.remove(end);
            subscribers.remove(end);
            halfOpen.remove(end);
        }
        drop(from);
        drop(to);
    }

    private static void drop(Socket socket) {
        try {
            socket.close();
        } catch (IOException gone) {
            // It is.
        }
    }

    private static void thread(Runnable work) {
        Thread thread = new Thread(work, "fault proxy");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        closed = true;
        heal();
        listener.close();
        cut();
    }
}
