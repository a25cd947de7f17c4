package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;

/** Sends bytes as they are, and reads one answer: what no well-behaved client library would let through. */
final class RawHttp {

    /** What came back; status 0 when the connection was closed without an answer. */
    record Reply(int status, String head, String body) {}

    private RawHttp() {}

    static Reply send(int port, byte[] request) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request);
            socket.getOutputStream().flush();
            return read(socket.getInputStream());
        }
    }

    static Reply post(int port, String headers, byte[] body) throws IOException {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.write(("POST /api/openai HTTP/1.1\r\nHost: localhost:" + port + "\r\n" + headers + "\r\n")
                .getBytes(ISO_8859_1));
        request.write(body);
        return send(port, request.toByteArray());
    }

    /** Reads one answer; its length must be announced, or the connection closed. */
    static Reply read(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        for (int next = in.read(); next >= 0; next = in.read()) {
            head.append((char) next);
            int length = head.length();
            if (next == '\n' && length > 3 && head.charAt(length - 2) == '\r' && head.charAt(length - 3) == '\n') {
                break;
            }
        }
        if (head.length() < 12) {
            return new Reply(0, head.toString(), "");
        }
        int status = Integer.parseInt(head.substring(9, 12));
        if (status == 101 || status == 204) {
            return new Reply(status, head.toString(), "");
        }
        String lower = head.toString().toLowerCase(java.util.Locale.ROOT);
        int at = lower.indexOf("content-length:");
        byte[] body = at < 0
                ? in.readAllBytes()
                : in.readNBytes(Integer.parseInt(
                        lower.substring(at + 15, lower.indexOf('\r', at)).strip()));
        return new Reply(status, head.toString(), new String(body, UTF_8));
    }
}
