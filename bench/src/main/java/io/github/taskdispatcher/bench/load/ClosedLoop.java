package io.github.taskdispatcher.bench.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * A load generator: each connection sends a request, waits for the whole answer, and sends the next one. One thread, that of
 * {@link #run}, serves all connections, so that it takes little from what it measures.
 */
public final class ClosedLoop implements AutoCloseable {

    /** How long answers that are due may take when the time is over; one that takes longer counts as lost. */
    private static final long LOST_NANOS = TimeUnit.SECONDS.toNanos(40);

    private static final int FIRST_BUFFER = 8 * 1024;

    /**
     * @param answered how many requests were answered, right or wrong
     * @param errors how many were answered wrongly or not at all
     * @param firstError what the first of them was, or null
     * @param nanos of each answered request, from the first byte sent to the last received
     * @param seconds from the first request to the last answer
     */
    public record Result(long answered, long errors, String firstError, Histogram nanos, double seconds) {

        /** Right answers per second. */
        public double rate() {
            return answered == errors ? 0 : (answered - errors) / seconds;
        }
    }

    private final class Connection {
        final int number;
        final SocketChannel channel;
        SelectionKey key;
        ByteBuffer in = ByteBuffer.allocateDirect(FIRST_BUFFER);
        ByteBuffer request;
        long sentAt;

        Connection(int number) throws IOException {
            this.number = number;
            channel = SocketChannel.open(address);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            key = channel.register(selector, SelectionKey.OP_READ, this);
        }
    }

    private final InetSocketAddress address;
    private final Framing framing;
    private final Framing.Reply reply = new Framing.Reply();
    private final Selector selector;
    private final Connection[] connections;
    private final Deque<Connection> resting = new ArrayDeque<>();
    private Caller caller;
    private Histogram nanos;
    private long answered;
    private long errors;
    private String firstError;
    private int outstanding;
    private long endAt;
    private long lastAnswerAt;

    /** Connects, waiting for it. */
    public ClosedLoop(InetSocketAddress address, int connections, Framing framing) throws IOException {
        this.address = address;
        this.framing = framing;
        selector = Selector.open();
        this.connections = new Connection[connections];
        for (int i = 0; i < connections; i++) {
            this.connections[i] = new Connection(i);
        }
    }

    /** Asks for so long, or until the caller has finished, then waits for the last answers. May be called again. */
    public Result run(Caller caller, long forNanos) throws IOException {
        this.caller = caller;
        nanos = new Histogram(TimeUnit.MINUTES.toNanos(15), 3);
        answered = 0;
        errors = 0;
        firstError = null;
        long startedAt = System.nanoTime();
        lastAnswerAt = startedAt;
        endAt = startedAt + forNanos;
        resting.clear();
        for (Connection connection : connections) {
            ask(connection);
        }
        while (outstanding > 0 || !resting.isEmpty() && mayAsk()) {
            selector.select(this::serve, resting.isEmpty() ? 100 : 1);
            for (int i = resting.size(); i > 0 && mayAsk(); i--) {
                ask(resting.poll());
            }
            if (System.nanoTime() > endAt + LOST_NANOS) {
                fail(outstanding + " requests were not answered in " + TimeUnit.NANOSECONDS.toSeconds(LOST_NANOS)
                        + " s");
                errors += outstanding - 1;
                answered += outstanding;
                outstanding = 0;
            }
        }
        return new Result(answered, errors, firstError, nanos, (lastAnswerAt - startedAt) / 1e9);
    }

    private boolean mayAsk() {
        return System.nanoTime() < endAt && !caller.finished();
    }

    private void ask(Connection connection) {
        if (!mayAsk() || connection.request != null) {
            return;
        }
        ByteBuffer request = caller.next(connection.number);
        if (request == null) {
            resting.add(connection);
            return;
        }
        connection.request = request;
        connection.sentAt = System.nanoTime();
        outstanding++;
        try {
            send(connection);
        } catch (IOException e) {
            lost(connection, e.toString());
        }
    }

    private static void send(Connection connection) throws IOException {
        connection.channel.write(connection.request);
        int interest =
                connection.request.hasRemaining() ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ;
        if (connection.key.interestOps() != interest) {
            connection.key.interestOps(interest);
        }
    }

    private void serve(SelectionKey key) {
        Connection connection = (Connection) key.attachment();
        try {
            if (key.isWritable()) {
                send(connection);
            }
            if (key.isReadable()) {
                receive(connection);
            }
        } catch (IOException e) {
            lost(connection, e.toString());
        }
    }

    private void receive(Connection connection) throws IOException {
        if (connection.channel.read(connection.in) < 0) {
            lost(connection, "the connection was closed");
            return;
        }
        int size = framing.read(connection.in, reply);
        if (size < 0 || size > connection.in.position()) {
            makeRoom(connection, size);
            return;
        }
        long now = System.nanoTime();
        lastAnswerAt = now;
        answered++;
        nanos.recordValue(Math.max(1, now - connection.sentAt));
        connection.request = null;
        outstanding--;
        ByteBuffer body = connection.in.duplicate();
        body.position(reply.bodyStart).limit(reply.end);
        String wrong = caller.answered(connection.number, reply.status, body);
        if (wrong != null) {
            fail(wrong + ": " + reply.status + " " + start(body.position(reply.bodyStart)));
        }
        connection.in.clear();
        ask(connection);
    }

    private static void makeRoom(Connection connection, int size) {
        ByteBuffer in = connection.in;
        if (size > in.capacity() || !in.hasRemaining()) {
            connection.in =
                    ByteBuffer.allocateDirect(Math.max(size, in.capacity() * 2)).put(in.flip());
        }
    }

    private void lost(Connection connection, String why) {
        connection.key.cancel();
        fail(why);
        answered++;
        outstanding--;
        try {
            connection.channel.close();
            // Whatever happened to this one, the load stays what it says: a new connection takes its place.
            connections[connection.number] = new Connection(connection.number);
        } catch (IOException e) {
            fail("cannot connect again: " + e);
        }
    }

    private void fail(String why) {
        errors++;
        if (firstError == null) {
            firstError = why;
        }
    }

    private static String start(ByteBuffer body) {
        byte[] bytes = new byte[Math.min(200, body.remaining())];
        body.get(bytes);
        return new String(bytes, UTF_8);
    }

    @Override
    public void close() throws IOException {
        for (Connection connection : connections) {
            connection.channel.close();
        }
        selector.close();
    }
}
