package io.github.taskdispatcher.gateway;

import io.github.taskdispatcher.gateway.http.HttpConnections;
import io.github.taskdispatcher.gateway.http.LingeringConnections;
import io.github.taskdispatcher.gateway.http.UnfinishedHeads;
import io.github.taskdispatcher.gateway.http.WatchfulEndPoint;
import java.io.IOException;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Set;
import java.util.concurrent.Executor;
import jdk.net.ExtendedSocketOptions;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts connections, {@linkplain WatchfulEndPoint watchful} ones.
 *
 * <p>TCP keep-alive on every connection: the peer's kernel answers even while a worker's only thread works, so a link that
 * is gone is found (30 s idle, 4 probes 10 s apart) without asking the program behind it.
 *
 * <p>It accepts no faster than it serves, see {@link AcceptPace}.
 */
final class GatewayConnector extends ServerConnector {

    private static final Logger log = LoggerFactory.getLogger(GatewayConnector.class);

    /**
     * How long a connection may be silent, between two requests too. nginx and the load balancers of clouds keep idle connections for
     * 60 s. A gateway that closed first could close while the proxy sends the next request.
     */
    private static final long IDLE_MS = 75_000;

    /** How many connections may linger: each holds a socket. */
    private static final int MAX_LINGERING = 1_000;

    /** How many heads of requests may be unfinished: each may take some 20 KB. */
    private static final int MAX_UNFINISHED_HEADS = 1_000;

    private final UnfinishedHeads unfinished = new UnfinishedHeads(MAX_UNFINISHED_HEADS);
    private final LingeringConnections lingering = new LingeringConnections(MAX_LINGERING);
    private final AcceptPace pace;

    GatewayConnector(Server server, HttpConfiguration http, String host, int port) {
        super(
                server,
                onTheSameThread(server.getThreadPool()),
                null,
                null,
                1,
                Runtime.getRuntime().availableProcessors(),
                new HttpConnections(http));
        setHost(host);
        setPort(port);
        setIdleTimeout(IDLE_MS);
        setAcceptQueueSize(1024);
        pace = new AcceptPace(server.getThreadPool());
    }

    /** A connection whose answer was written by another thread goes on there: it only looks for the next request. */
    private static Executor onTheSameThread(Executor pool) {
        return task -> {
            if (task instanceof Connection) {
                task.run();
            } else {
                pool.execute(task);
            }
        };
    }

    @Override
    public void accept(int acceptor) throws IOException {
        pace.beforeAccept(getSelectorManager().getBeans(ManagedSelector.class));
        super.accept(acceptor);
    }

    @Override
    protected SocketChannelEndPoint newEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key) {
        SocketChannelEndPoint endPoint =
                new WatchfulEndPoint(channel, selector, key, getScheduler(), lingering, unfinished);
        endPoint.setIdleTimeout(getIdleTimeout());
        return endPoint;
    }

    /** Connections that linger have this long to end, in ms; then none does any more. */
    void endLingering(long limitMs) throws InterruptedException {
        lingering.stop(limitMs);
    }

    @Override
    protected void configure(Socket socket) {
        super.configure(socket);
        try {
            socket.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            Set<java.net.SocketOption<?>> known = socket.supportedOptions();
            if (known.contains(ExtendedSocketOptions.TCP_KEEPIDLE)) {
                socket.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 30);
                socket.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, 10);
                socket.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, 4);
            }
        } catch (IOException | UnsupportedOperationException e) {
            log.debug("no TCP keep-alive: {}", e.getMessage());
        }
    }
}
