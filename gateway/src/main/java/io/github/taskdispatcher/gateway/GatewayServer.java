package io.github.taskdispatcher.gateway;

import io.github.taskdispatcher.gateway.http.WholeAnswers;
import io.github.taskdispatcher.gateway.ws.UpgradeGuard;
import jakarta.servlet.Servlet;
import java.util.List;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.websocket.core.server.WebSocketNegotiator;
import org.eclipse.jetty.websocket.core.server.WebSocketServerComponents;
import org.eclipse.jetty.websocket.core.server.WebSocketUpgradeHandler;

/**
 * The HTTP server of a gateway: one connector, a chain of handlers, and a servlet for what they pass on.
 *
 * <p>Javalin's own server is not used. It keeps a servlet session of 30 minutes and more for every WebSocket upgrade that it
 * refuses, so a peer without a key can fill the heap. This server has no session handler at all.
 */
final class GatewayServer {

    private static final long STOP_TIMEOUT_MS = 4_000;

    /** How long a stopping gateway waits for peers that have not read its last bytes. */
    private static final long LAST_WORDS_MS = 1_000;

    /** Which part of the heap answers of the servlets may take while their peers do not read them. */
    private static final int ANSWERS_SHARE = 16;

    private final Server server;
    private final GatewayConnector connector;

    /**
     * @param pool the server's threads; the server stops them
     * @param chain the server asks these handlers in this order; each passes on what it does not answer
     * @param workers decides on WebSocket handshakes that the chain passed on
     * @param last answers every other request
     */
    GatewayServer(
            String host,
            int port,
            QueuedThreadPool pool,
            List<Handler.Wrapper> chain,
            WebSocketNegotiator workers,
            Servlet last) {
        server = new Server(pool);
        server.setStopTimeout(STOP_TIMEOUT_MS);
        server.setErrorHandler(new JsonErrors());
        connector = new GatewayConnector(server, httpConfiguration(), host, port);
        server.addConnector(connector);
        WebSocketUpgradeHandler sockets =
                new WebSocketUpgradeHandler(WebSocketServerComponents.ensureWebSocketComponents(server));
        sockets.addMapping(UpgradeGuard.PATH, workers);
        WholeAnswers whole = new WholeAnswers(Runtime.getRuntime().maxMemory() / ANSWERS_SHARE);
        whole.setHandler(servlets(last));
        sockets.setHandler(whole);
        Handler next = sockets;
        for (int i = chain.size() - 1; i >= 0; i--) {
            chain.get(i).setHandler(next);
            next = chain.get(i);
        }
        server.setHandler(next);
    }

    private static HttpConfiguration httpConfiguration() {
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        // The id of a model may hold a slash, which clients send as %2F.
        http.setUriCompliance(UriCompliance.LEGACY);
        // Jetty would otherwise read a value as that of an earlier request on the connection which differs in case
        // only.
        http.setHeaderCacheCaseSensitive(true);
        return http;
    }

    private static ServletContextHandler servlets(Servlet servlet) {
        ServletContextHandler context = new ServletContextHandler(ServletContextHandler.NO_SESSIONS);
        context.setContextPath("/");
        context.addServlet(new ServletHolder(servlet), "/*");
        context.setErrorHandler(new JsonErrors());
        return context;
    }

    /** @throws Exception of Jetty, with a {@link java.net.BindException} as its cause when the port is taken */
    void start() throws Exception {
        server.start();
    }

    /** The port the server listens on, once it is started. */
    int port() {
        return connector.getLocalPort();
    }

    /** Closes every connection, those behind whose last bytes the peer still sends a second later, and ends the threads. */
    void stop() throws Exception {
        connector.endLingering(LAST_WORDS_MS);
        server.stop();
    }
}
