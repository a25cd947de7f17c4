package io.github.taskdispatcher.bench.load;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * WebSockets to a server, thousands of them on one thread and almost without memory while they are idle. Frames are sent with
 * a mask of zeros, which the protocol allows and which saves masking them: the worker's side shall cost as little as it can.
 *
 * <p>{@link #connect} is called by any one thread; messages are handled, and must be sent, on the own thread.
 */
public final class WorkerSockets implements AutoCloseable {

    /** Opcode of a text message. */
    public static final int TEXT = 1;

    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;
    private static final int BUFFER = 256 * 1024;

    /** What is done with messages; runs on the own thread. */
    public interface Handler {
        /** @param payload from position to limit, valid during the call */
        void message(Socket socket, int opcode, ByteBuffer payload);
    }

    /** One of the connections. */
    public final class Socket {
        private final SocketChannel channel;
        private SelectionKey key;
        private ByteBuffer kept;
        private ByteArrayOutputStream fragments;
        private int fragmentsOpcode;
        private ByteBuffer unsent;

        private Socket(SocketChannel channel) {
            this.channel = channel;
        }

        /** Sends a message made of these pieces, each from position to limit. */
        public void send(int opcode, ByteBuffer... pieces) {
            int size = 0;
            for (ByteBuffer piece : pieces) {
                size += piece.remaining();
            }
            if (out.capacity() < size + 14) {
                out = ByteBuffer.allocateDirect(size + 14);
            }
            out.clear();
            out.put((byte) (0x80 | opcode));
            if (size < 126) {
                out.put((byte) (0x80 | size));
            } else if (size < 65_536) {
                out.put((byte) (0x80 | 126)).putShort((short) size);
            } else {
                out.put((byte) (0x80 | 127)).putLong(size);
            }
            out.putInt(0);
            for (ByteBuffer piece : pieces) {
                out.put(piece);
            }
            out.flip();
            try {
                write();
            } catch (IOException e) {
                closed(this);
            }
        }

        private void write() throws IOException {
            if (unsent == null) {
                channel.write(out);
            }
            if (out.hasRemaining()) {
                int before = unsent == null ? 0 : unsent.remaining();
                ByteBuffer all = ByteBuffer.allocateDirect(before + out.remaining());
                if (unsent != null) {
                    all.put(unsent);
                }
                unsent = all.put(out).flip();
                key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
            }
        }

        private void writeRest() throws IOException {
            channel.write(unsent);
            if (!unsent.hasRemaining()) {
                unsent = null;
                key.interestOps(SelectionKey.OP_READ);
            }
        }
    }

    private final Handler handler;
    private final Selector selector;
    private final Queue<Socket> arrivals = new ConcurrentLinkedQueue<>();
    private final Queue<Runnable> calls = new ConcurrentLinkedQueue<>();
    private final AtomicInteger open = new AtomicInteger();
    private final Thread thread;
    private final ByteBuffer in = ByteBuffer.allocateDirect(BUFFER);
    private ByteBuffer out = ByteBuffer.allocateDirect(BUFFER);
    private volatile boolean over;

    public WorkerSockets(Handler handler) throws IOException {
        this.handler = handler;
        selector = Selector.open();
        thread = new Thread(this::loop, "worker sockets");
        thread.setDaemon(true);
        thread.start();
    }

    /** Connects one more, waiting until the server has said yes. */
    public void connect(URI uri) throws IOException {
        SocketChannel channel = SocketChannel.open(new InetSocketAddress(uri.getHost(), uri.getPort()));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        String path = uri.getRawPath() + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery());
        String ask = "GET " + path + " HTTP/1.1\r\nHost: " + uri.getAuthority() + "\r\nUpgrade: websocket\r\n"
                + "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        channel.write(ByteBuffer.wrap(ask.getBytes(US_ASCII)));
        ByteBuffer answer = ByteBuffer.allocate(4096);
        int end;
        do {
            if (channel.read(answer) < 0) {
                throw new IOException("no answer to the upgrade");
            }
            end = EchoTask.find(answer.duplicate().flip(), "\r\n\r\n".getBytes(US_ASCII));
        } while (end < 0);
        String status = new String(answer.array(), 0, Math.min(end, 15), US_ASCII);
        if (!status.startsWith("HTTP/1.1 101")) {
            channel.close();
            throw new IOException("the upgrade was answered " + new String(answer.array(), 0, end, US_ASCII));
        }
        Socket socket = new Socket(channel);
        answer.flip().position(end);
        if (answer.hasRemaining()) {
            socket.kept = ByteBuffer.allocate(4096).put(answer);
        }
        channel.configureBlocking(false);
        open.incrementAndGet();
        arrivals.add(socket);
        selector.wakeup();
    }

    /** How many are connected. */
    public int open() {
        return open.get();
    }

    /** Runs this on the own thread, soon. */
    public void execute(Runnable call) {
        calls.add(call);
        selector.wakeup();
    }

    private void loop() {
        try {
            while (!over) {
                selector.select(this::serve);
                for (Socket socket = arrivals.poll(); socket != null; socket = arrivals.poll()) {
                    arrive(socket);
                }
                for (Runnable call = calls.poll(); call != null; call = calls.poll()) {
                    call.run();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void arrive(Socket socket) throws ClosedChannelException {
        socket.key = socket.channel.register(selector, SelectionKey.OP_READ, socket);
        if (socket.kept != null) {
            ByteBuffer first = socket.kept.flip();
            socket.kept = null;
            handleFrames(socket, first);
            keep(socket, first);
        }
    }

    private void serve(SelectionKey key) {
        Socket socket = (Socket) key.attachment();
        try {
            if (key.isWritable()) {
                socket.writeRest();
            }
            if (key.isReadable()) {
                read(socket);
            }
        } catch (IOException e) {
            closed(socket);
        }
    }

    private void read(Socket socket) throws IOException {
        boolean continues = socket.kept != null && socket.kept.position() > 0;
        ByteBuffer buffer = continues ? socket.kept : in.clear();
        if (socket.channel.read(buffer) < 0) {
            closed(socket);
            return;
        }
        buffer.flip();
        handleFrames(socket, buffer);
        if (continues) {
            buffer.compact();
            makeRoom(socket);
        } else {
            keep(socket, buffer);
        }
    }

    /** Puts what is not a whole frame yet aside. */
    private void keep(Socket socket, ByteBuffer rest) {
        if (!rest.hasRemaining()) {
            return;
        }
        if (socket.kept == null || socket.kept.capacity() < rest.remaining()) {
            socket.kept = ByteBuffer.allocateDirect(Math.max(4096, rest.remaining()));
        }
        socket.kept.clear().put(rest);
        makeRoom(socket);
    }

    private void makeRoom(Socket socket) {
        ByteBuffer kept = socket.kept;
        long whole = wholeFrame(kept, 0, kept.position());
        if (kept.position() > 0 && (whole > kept.capacity() || !kept.hasRemaining())) {
            int room = (int) Math.max(whole, kept.capacity() * 2L);
            socket.kept = ByteBuffer.allocateDirect(room).put(kept.flip());
        }
    }

    /** How many bytes the frame has that begins there, its head included; 0 when its head is not there yet. */
    private static long wholeFrame(ByteBuffer buffer, int from, int to) {
        if (to - from < 2) {
            return 0;
        }
        int length = buffer.get(from + 1) & 0x7f;
        if (length < 126) {
            return 2 + length;
        }
        if (length == 126) {
            return to - from < 4 ? 0 : 4 + (buffer.getShort(from + 2) & 0xffff);
        }
        return to - from < 10 ? 0 : 10 + buffer.getLong(from + 2);
    }

    private void handleFrames(Socket socket, ByteBuffer buffer) {
        while (true) {
            int from = buffer.position();
            long whole = wholeFrame(buffer, from, buffer.limit());
            if (whole == 0 || from + whole > buffer.limit()) {
                return;
            }
            int head = (buffer.get(from + 1) & 0x7f) < 126 ? 2 : (buffer.get(from + 1) & 0x7f) == 126 ? 4 : 10;
            int end = from + (int) whole;
            ByteBuffer payload = buffer.duplicate();
            payload.position(from + head).limit(end);
            handleFrame(socket, buffer.get(from), payload);
            buffer.position(end);
        }
    }

    private void handleFrame(Socket socket, byte first, ByteBuffer payload) {
        boolean last = (first & 0x80) != 0;
        int opcode = first & 0x0f;
        switch (opcode) {
            case PING -> socket.send(PONG, payload);
            case CLOSE -> closed(socket);
            case 0, TEXT, BINARY -> {
                if (opcode != 0 && last) {
                    handler.message(socket, opcode, payload);
                } else {
                    addFragment(socket, opcode, last, payload);
                }
            }
            default -> {}
        }
    }

    private void addFragment(Socket socket, int opcode, boolean last, ByteBuffer payload) {
        if (opcode != 0) {
            socket.fragments = new ByteArrayOutputStream(1 << 20);
            socket.fragmentsOpcode = opcode;
        }
        byte[] bytes = new byte[payload.remaining()];
        payload.get(bytes);
        socket.fragments.writeBytes(bytes);
        if (last) {
            ByteBuffer whole = ByteBuffer.wrap(socket.fragments.toByteArray());
            socket.fragments = null;
            handler.message(socket, socket.fragmentsOpcode, whole);
        }
    }

    private void closed(Socket socket) {
        if (socket.channel.isOpen()) {
            open.decrementAndGet();
            try {
                socket.channel.close();
            } catch (IOException e) {
                // It is gone either way.
            }
        }
    }

    @Override
    public void close() throws IOException {
        over = true;
        selector.wakeup();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
