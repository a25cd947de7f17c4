package io.github.taskdispatcher.gateway;

import java.io.IOException;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.util.Set;
import jdk.net.ExtendedSocketOptions;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens with TCP keep-alive on every connection: the peer's kernel answers even while a worker's only thread works, so a
 * link that is gone is found (30 s idle, 4 probes 10 s apart) without asking the program behind it.
 */
final class KeepAliveConnector extends ServerConnector {

    private static final Logger log = LoggerFactory.getLogger(KeepAliveConnector.class);

    KeepAliveConnector(Server server, HttpConfiguration http, String host, int port) {
        super(server, new HttpConnectionFactory(http));
        setHost(host);
        setPort(port);
        setIdleTimeout(60_000);
        setAcceptQueueSize(1024);
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
