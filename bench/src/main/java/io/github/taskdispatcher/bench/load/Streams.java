package io.github.taskdispatcher.bench.load;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Clients that each read one stream of {@code /v1/chat/completions}, on the thread that calls {@link #read}. A worker's chunk is the text
 * {@code <its number, from 1>@<when it was said, by this machine's monotonic clock in ns>;}, so that order, loss and delay are seen: all
 * processes of a machine share that clock.
 */
public final class Streams implements AutoCloseable {

    private static final byte[] CONTENT = "\"content\":\"".getBytes(US_ASCII);
    private static final byte[] DONE = "data: [DONE]".getBytes(US_ASCII);
    private static final byte[] HEAD_END = "\r\n\r\n".getBytes(US_ASCII);
    private static final int BUFFER = 64 * 1024;

    /**
     * @param chunks read
     * @param open streams that have not ended
     * @param firstError what was wrong first, or null
     * @param nanos from the worker's saying a chunk to its being read here
     */
    public record Result(long chunks, int open, long errors, String firstError, Histogram nanos, double seconds) {}

    private final class Stream {
        final SocketChannel channel;
        final ByteBuffer in = ByteBuffer.allocate(BUFFER);
        boolean inBody;
        long read;

        Stream(InetSocketAddress address, ByteBuffer request) throws IOException {
            channel = SocketChannel.open(address);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.write(request);
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, this);
        }
    }

    private final Selector selector = Selector.open();
    private final int chunksEach;
    private int open;
    private Histogram nanos;
    private long chunks;
    private long errors;
    private String firstError;

    /** Asks for so many streams of so many chunks. */
    public Streams(InetSocketAddress address, String group, int count, int chunksEach) throws IOException {
        this.chunksEach = chunksEach;
        String body = "{\"model\":\"m\",\"group\":\"" + group
                + "\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"count\"}]}";
        byte[] request = ("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + "Content-Length: " + body.length() + "\r\n\r\n" + body)
                .getBytes(US_ASCII);
        for (int i = 0; i < count; i++) {
            new Stream(address, ByteBuffer.wrap(request));
            open++;
        }
    }

    /** The JSON of a worker's chunk said now. */
    static ByteBuffer chunk(int number) {
        return ByteBuffer.wrap(("\"" + number + "@" + System.nanoTime() + ";\"").getBytes(US_ASCII));
    }

    /** Reads for so long, or until all streams have ended. */
    public Result read(long forNanos) throws IOException {
        nanos = new Histogram(TimeUnit.MINUTES.toNanos(1), 3);
        chunks = 0;
        errors = 0;
        firstError = null;
        long startedAt = System.nanoTime();
        while (open > 0 && System.nanoTime() - startedAt < forNanos) {
            selector.select(key -> read(key, (Stream) key.attachment()), 10);
        }
        return new Result(chunks, open, errors, firstError, nanos, (System.nanoTime() - startedAt) / 1e9);
    }

    private void read(SelectionKey key, Stream stream) {
        try {
            if (stream.channel.read(stream.in) < 0) {
                end(key, stream, "a stream was cut after " + stream.read + " chunks");
                return;
            }
            stream.in.flip();
            if (!stream.inBody && !begins(key, stream)) {
                return;
            }
            take(key, stream);
            stream.in.compact();
        } catch (IOException e) {
            end(key, stream, e.toString());
        }
    }

    private boolean begins(SelectionKey key, Stream stream) {
        int body = EchoTask.find(stream.in, HEAD_END);
        if (body < 0) {
            stream.in.compact();
            return false;
        }
        String head = new String(stream.in.array(), 0, body, UTF_8);
        if (!head.startsWith("HTTP/1.1 200 ")) {
            end(key, stream, head.lines().findFirst().orElse(""));
            return false;
        }
        stream.inBody = true;
        stream.in.position(body);
        return true;
    }

    /** The events lie whole within what a gateway writes at once; what HTTP puts between those is passed over. */
    private void take(SelectionKey key, Stream stream) {
        ByteBuffer in = stream.in;
        while (true) {
            int from = EchoTask.find(in, CONTENT);
            if (from < 0) {
                break;
            }
            int at = indexOf(in, from, '@');
            int to = at < 0 ? -1 : indexOf(in, at, ';');
            if (to < 0) {
                return;
            }
            long now = System.nanoTime();
            if (number(in, from, at) != ++stream.read) {
                fail("chunk " + number(in, from, at) + " came where " + stream.read + " should");
            }
            chunks++;
            nanos.recordValue(Math.max(1, now - number(in, at + 1, to)));
            in.position(to + 1);
        }
        if (EchoTask.find(in, DONE) >= 0) {
            end(key, stream, stream.read == chunksEach ? null : "a stream ended after " + stream.read + " chunks");
        } else {
            in.position(Math.max(in.position(), in.limit() - CONTENT.length));
        }
    }

    private static int indexOf(ByteBuffer in, int from, char what) {
        for (int i = from; i < in.limit(); i++) {
            if (in.get(i) == what) {
                return i;
            }
        }
        return -1;
    }

    private static long number(ByteBuffer in, int from, int to) {
        long number = 0;
        for (int i = from; i < to; i++) {
            number = number * 10 + in.get(i) - '0';
        }
        return number;
    }

    private void end(SelectionKey key, Stream stream, String wrong) {
        key.cancel();
        open--;
        if (wrong != null) {
            fail(wrong);
        }
        try {
            stream.channel.close();
        } catch (IOException e) {
            // It is over either way.
        }
    }

    private void fail(String why) {
        errors++;
        if (firstError == null) {
            firstError = why;
        }
    }

    @Override
    public void close() throws IOException {
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
