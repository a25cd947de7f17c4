package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A forward proxy as companies run them: it tunnels ({@code CONNECT}) and passes plain HTTP on (a whole address as target). It
 * asks for a name and a password when it was given them.
 */
final class ForwardProxy implements AutoCloseable {

    /** The first line of each request that it passed on. */
    final Queue<String> requests = new ConcurrentLinkedQueue<>();

    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final ServerSocket server;
    private final String credentials;

    /** @param credentials the value of {@code Proxy-Authorization} that it asks for, or null */
    ForwardProxy(String credentials) throws IOException {
        this.credentials = credentials;
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        threads.execute(() -> {
            while (!server.isClosed()) {
                try {
                    Socket client = server.accept();
                    sockets.add(client);
                    threads.execute(() -> serve(client));
                } catch (IOException closed) {
                    return;
                }
            }
        });
    }

    int port() {
        return server.getLocalPort();
    }

    private void serve(Socket client) {
        try (client) {
            String head = head(client.getInputStream());
            String line = head.lines().findFirst().orElse("");
            if (credentials != null && !head.contains("\r\nProxy-Authorization: " + credentials + "\r\n")) {
                answer(client, "407 Proxy Authentication Required");
                return;
            }
            requests.add(line);
            List<String> words = List.of(line.split(" "));
            boolean tunnels = words.get(0).equals("CONNECT");
            URI target = URI.create(tunnels ? "tcp://" + words.get(1) : words.get(1));
            try (Socket away = new Socket(target.getHost(), target.getPort())) {
                sockets.add(away);
                if (tunnels) {
                    answer(client, "200 Connection established");
                } else {
                    String path =
                            target.getRawPath() + (target.getRawQuery() == null ? "" : "?" + target.getRawQuery());
                    away.getOutputStream()
                            .write(head.replace(words.get(1), path).getBytes(ISO_8859_1));
                }
                threads.execute(() -> pipe(client, away));
                pipe(away, client);
            } catch (IOException unreachable) {
                answer(client, "502 Bad Gateway");
            }
        } catch (IOException gone) {
            // The other side hears it: its socket is closed.
        }
    }

    private static void answer(Socket client, String status) throws IOException {
        client.getOutputStream().write(("HTTP/1.1 " + status + "\r\n\r\n").getBytes(ISO_8859_1));
    }

    private static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("no request");
            }
            head.write(next);
        }
        return head.toString(ISO_8859_1);
    }

    /** Copies until one of them closes, then closes both. */
    static void pipe(Socket from, Socket to) {
        try (from;
                to) {
            OutputStream out = to.getOutputStream();
            byte[] some = new byte[8192];
            for (int n = from.getInputStream().read(some);
                    n >= 0;
                    n = from.getInputStream().read(some)) {
                out.write(some, 0, n);
                out.flush();
            }
        } catch (IOException gone) {
            // Both are closed.
        }
    }

    @Override
    public void close() {
        Closing.all(server);
        sockets.forEach(Closing::all);
        threads.shutdownNow();
    }
}
