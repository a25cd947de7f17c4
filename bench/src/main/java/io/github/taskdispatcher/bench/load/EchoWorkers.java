package io.github.taskdispatcher.bench.load;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;

/**
 * A process with many workers that answer at once: {@code EchoWorkers URL COUNT echo|stamp|mirror}. {@code echo} answers with
 * {@code payload.data}; {@code stamp} with the time the task arrived, by this machine's monotonic clock in ns; {@code mirror}
 * returns every message as it is, for servers that are no gateways. Says READY when all are connected and ends with its
 * standard input, so that it never outlives who started it.
 */
public final class EchoWorkers {

    private EchoWorkers() {}

    /** @param args URL, number of workers, what they answer */
    public static void main(String[] args) throws IOException, InterruptedException {
        URI uri = URI.create(args[0]);
        int count = Integer.parseInt(args[1]);
        CountDownLatch connected = new CountDownLatch(args[2].equals("mirror") ? 0 : count);
        WorkerSockets sockets = new WorkerSockets(handler(args[2], connected));
        for (int i = 0; i < count; i++) {
            sockets.connect(uri);
        }
        connected.await();
        System.out.println("READY");
        while (System.in.read() >= 0) {
            // Only its end is waited for.
        }
        System.exit(0);
    }

    private static WorkerSockets.Handler handler(String answer, CountDownLatch connected) {
        if (answer.equals("mirror")) {
            return (socket, opcode, message) -> socket.send(opcode, message);
        }
        boolean stamps = answer.equals("stamp");
        return (socket, opcode, message) -> {
            if (Worker.isTask(message)) {
                if (stamps) {
                    byte[] stamp = ("{\"at\":" + System.nanoTime() + "}").getBytes(US_ASCII);
                    Worker.complete(socket, Worker.id(message), ByteBuffer.wrap(stamp));
                } else {
                    Worker.echo(socket, message);
                }
            } else if (Worker.isConnected(message)) {
                Worker.ready(socket);
                connected.countDown();
            }
        };
    }
}
