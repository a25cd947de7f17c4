package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** Reads server-sent events off a socket, line by line, no faster than the test asks. */
final class EventClient implements AutoCloseable {

    /** An event, a comment ({@code name} is {@code :}) or the end of the stream ({@code name} is {@code EOF}). */
    record Event(String name, String id, String data) {
        JsonNode json() {
            try {
                return GatewayProcess.JSON.readTree(data);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    final int status;
    final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private final Socket socket = new Socket();
    private final BufferedReader in;

    private EventClient(int port, String request, int receiveBuffer) throws IOException {
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
        }
        socket.setSoTimeout(60_000);
        socket.connect(new InetSocketAddress("127.0.0.1", port));
        OutputStream out = socket.getOutputStream();
        out.write(request.getBytes(UTF_8));
        out.flush();
        InputStream raw = new BufferedInputStream(socket.getInputStream(), 1_024);
        StringBuilder head = new StringBuilder();
        while (!head.toString().endsWith("\r\n\r\n")) {
            int next = raw.read();
            assertThat(next).as(head.toString()).isNotNegative();
            head.append((char) next);
        }
        status = Integer.parseInt(head.substring(9, 12));
        head.toString()
                .lines()
                .skip(1)
                .filter(line -> !line.isEmpty())
                .forEach(line -> headers.put(
                        line.substring(0, line.indexOf(':')),
                        line.substring(line.indexOf(':') + 1).strip()));
        boolean chunked = "chunked".equalsIgnoreCase(headers.get("transfer-encoding"));
        in = new BufferedReader(new InputStreamReader(chunked ? new Chunks(raw) : raw, UTF_8), 512);
    }

    static EventClient post(GatewayProcess gateway, String path, String body, String... headers) throws IOException {
        return new EventClient(gateway.port(), posted(path, body, headers), 0);
    }

    /** One whose kernel takes little before the test reads. */
    static EventClient slowPost(GatewayProcess gateway, String path, String body) throws IOException {
        return new EventClient(gateway.port(), posted(path, body), 2_048);
    }

    private static String posted(String path, String body, String... headers) {
        return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                + body.getBytes(UTF_8).length + "\r\n" + lines(headers) + "\r\n" + body;
    }

    static EventClient events(GatewayProcess gateway, String taskId, String... headers) throws IOException {
        return new EventClient(gateway.port(), get(taskId) + lines(headers) + "\r\n", 0);
    }

    /** One whose kernel takes little before the test reads. */
    static EventClient slow(GatewayProcess gateway, String taskId) throws IOException {
        return new EventClient(gateway.port(), get(taskId) + "\r\n", 2_048);
    }

    private static String get(String taskId) {
        return "GET /api/task/" + taskId + "/events HTTP/1.1\r\nHost: localhost\r\n";
    }

    private static String lines(String... headers) {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < headers.length; i += 2) {
            lines.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
        }
        return lines.toString();
    }

    /** The next event or comment. */
    Event next() throws IOException {
        String name = "message";
        String id = null;
        StringBuilder data = null;
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.startsWith(":")) {
                // One line, between two events.
                assertThat(data).isNull();
                return new Event(":", null, line.substring(1).strip());
            } else if (line.startsWith("event: ")) {
                name = line.substring(7);
            } else if (line.startsWith("id: ")) {
                id = line.substring(4);
            } else if (line.startsWith("data: ")) {
                // Some clients take each line for an event.
                assertThat(data).isNull();
                data = new StringBuilder(line.substring(6));
            } else if (line.isEmpty() && data != null) {
                return new Event(name, id, data.toString());
            } else {
                throw new AssertionError("a line that is none: " + line);
            }
        }
        return new Event("EOF", null, "");
    }

    /** The next that is no comment. */
    Event event() throws IOException {
        return next(event -> !event.name().equals(":"));
    }

    /** The next one of this name, passing over others. */
    Event event(String name) throws IOException {
        return next(event -> event.name().equals(name) || event.name().equals("EOF"));
    }

    private Event next(Predicate<Event> wanted) throws IOException {
        Event event = next();
        while (!wanted.test(event)) {
            event = next();
        }
        return event;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** A body in chunks, one byte after the other. */
    private static final class Chunks extends InputStream {

        private final InputStream in;
        private int left;
        private boolean ended;

        Chunks(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            if (left == 0 && !ended) {
                // What ends a chunk may come with the next one only.
                String size = line();
                left = Integer.parseInt(size.isEmpty() ? line() : size, 16);
                ended = left == 0;
                if (ended) {
                    line();
                }
            }
            if (ended) {
                return -1;
            }
            left--;
            return in.read();
        }

        @Override
        public int read(byte[] target, int from, int length) throws IOException {
            int next = length == 0 ? 0 : read();
            if (next < 0) {
                return -1;
            }
            target[from] = (byte) next;
            return Math.min(length, 1);
        }

        private String line() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int next = in.read(); next != '\n'; next = in.read()) {
                if (next < 0) {
                    throw new IOException("cut off");
                }
                line.append((char) next);
            }
            return line.toString().strip();
        }
    }
}
