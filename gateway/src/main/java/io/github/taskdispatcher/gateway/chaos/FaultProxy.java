package io.github.taskdispatcher.gateway.chaos;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
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

    private final ServerSocket listener;
    private final int target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile Mode mode = Mode.FORWARD;
    private volatile boolean closed;

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
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                awaitFlow();
                if (!reply || mode != Mode.DEAF) {
                    out.write(buffer, 0, read);
                }
            }
        } catch (IOException | InterruptedException gone) {
            // The link is over, one way or the other.
        }
        sockets.remove(from);
        sockets.remove(to);
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
