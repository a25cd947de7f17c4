package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;

/** A worker that sends frames no client library would, and reads nothing unless the test does. */
final class RawWorker implements AutoCloseable {

    static final int TEXT = 1;
    static final int CLOSE = 8;
    static final int PING = 9;
    static final int PONG = 10;

    private record Frame(int opCode, byte[] payload) {}

    private final Socket socket = new Socket();
    private final OutputStream out;
    private final DataInputStream in;

    RawWorker(int port, String group) throws IOException {
        this(port, group, null);
    }

    /** @param key null for none */
    RawWorker(int port, String group, String key) throws IOException {
        // Small, so that little is swallowed on the way.
        socket.setReceiveBufferSize(4_096);
        socket.setSoTimeout(40_000);
        socket.connect(new InetSocketAddress("127.0.0.1", port));
        out = socket.getOutputStream();
        in = new DataInputStream(socket.getInputStream());
        out.write(("GET /ws?group=" + group
                        + " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        + (key == null ? "" : "Authorization: Bearer " + key + "\r\n")
                        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                .getBytes(US_ASCII));
        StringBuilder head = new StringBuilder();
        while (!head.toString().endsWith("\r\n\r\n")) {
            head.append((char) in.readUnsignedByte());
        }
        assertThat(head).startsWith("HTTP/1.1 101");
    }

    /** Sends a whole message of at most 125 bytes, masked with zeros. */
    void send(int opCode, byte[] payload) throws IOException {
        byte[] frame = new byte[6 + payload.length];
        frame[0] = (byte) (0x80 | opCode);
        frame[1] = (byte) (0x80 | payload.length);
        System.arraycopy(payload, 0, frame, 6, payload.length);
        out.write(frame);
    }

    /** Sends a fragment of a text message, the first, one in its middle or the last, masked with zeros. */
    void fragment(boolean first, boolean last, byte[] payload) throws IOException {
        ByteBuffer head = ByteBuffer.allocate(14);
        head.put((byte) ((last ? 0x80 : 0) | (first ? TEXT : 0)));
        head.put((byte) (0x80 | 127)).putLong(payload.length).putInt(0);
        out.write(head.array());
        out.write(payload);
    }

    void ready() throws IOException {
        send(TEXT, "{\"type\":\"ready\"}".getBytes(US_ASCII));
    }

    /** The next message, passing over pings. */
    String awaitText() throws IOException {
        return new String(await(TEXT).payload(), UTF_8);
    }

    /** Passes over all before the next pong. */
    void awaitPong() throws IOException {
        await(PONG);
    }

    /** The code of the gateway's close, passing over all before it. It is not answered. */
    int awaitClose() throws IOException {
        byte[] payload = await(CLOSE).payload();
        return (payload[0] & 0xff) << 8 | payload[1] & 0xff;
    }

    /** Reads until the connection is closed or reset. */
    void awaitEnd() throws IOException {
        try {
            while (true) {
                read();
            }
        } catch (EOFException | java.net.SocketException ended) {
            // As awaited; a connection that stays open runs into the timeout instead.
        }
    }

    private Frame await(int opCode) throws IOException {
        Frame frame = read();
        while (frame.opCode() != opCode) {
            frame = read();
        }
        return frame;
    }

    private Frame read() throws IOException {
        int opCode = in.readUnsignedByte() & 0x0f;
        long length = in.readUnsignedByte();
        if (length == 126) {
            length = in.readUnsignedShort();
        } else if (length == 127) {
            length = in.readLong();
        }
        return new Frame(opCode, in.readNBytes((int) length));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
