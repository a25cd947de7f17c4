package io.github.taskdispatcher.gateway.http;

import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.internal.HttpConnection;

/**
 * Connections whose requests have at most {@value #MAX_HEADERS} headers: one more is answered with 431. Jetty bounds the bytes of
 * a head only, and 8 KB of the shortest headers take 250 KB of the heap. nginx and Apache allow 100 too.
 */
public final class HttpConnections extends HttpConnectionFactory {

    static final int MAX_HEADERS = 100;

    public HttpConnections(HttpConfiguration http) {
        super(http);
    }

    @Override
    public Connection newConnection(Connector connector, EndPoint endPoint) {
        HttpConnection connection = new Bounded(getHttpConfiguration(), connector, endPoint);
        return configure(connection, connector, endPoint);
    }

    /**
     * What the last request on this connection asked for, as it came. Of a target that cannot be read Jetty keeps none.
     *
     * @return empty when no request line was read to its end
     */
    public static String target(Request request) {
        return request.getConnectionMetaData().getConnection() instanceof Bounded connection ? connection.target : "";
    }

    private static final class Bounded extends HttpConnection {

        /** Read and written on the thread that serves the request. */
        private volatile String target = "";

        Bounded(HttpConfiguration http, Connector connector, EndPoint endPoint) {
            super(http, connector, endPoint);
        }

        @Override
        protected RequestHandler newRequestHandler() {
            return new Counting();
        }

        private final class Counting extends RequestHandler {

            private int headers;

            @Override
            public void startRequest(String method, String uri, org.eclipse.jetty.http.HttpVersion version) {
                headers = 0;
                target = uri;
                super.startRequest(method, uri, version);
            }

            @Override
            public void parsedHeader(HttpField field) {
                if (++headers > MAX_HEADERS) {
                    throw new HttpException.RuntimeException(
                            HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE_431,
                            "Request header fields too many: at most " + MAX_HEADERS);
                }
                super.parsedHeader(field);
            }
        }
    }
}
