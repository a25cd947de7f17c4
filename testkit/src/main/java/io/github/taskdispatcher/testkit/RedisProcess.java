package io.github.taskdispatcher.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A Redis that may be killed and frozen, with an append-only file, so that it knows everything when it is back. */
public final class RedisProcess implements AutoCloseable {

    private final List<String> command;
    private final Path dir;
    private final int port;
    private Process process;

    /** @param more further arguments of redis-server */
    public RedisProcess(String executable, Path dir, int port, String... more) throws IOException {
        this.dir = dir;
        this.port = port;
        command =
                new java.util.ArrayList<>(List.of(executable, "--port", Integer.toString(port), "--bind", "127.0.0.1"));
        command.addAll(List.of("--dir", dir.toString(), "--save", "", "--appendonly", "yes"));
        command.addAll(List.of("--maxmemory-policy", "noeviction", "--logfile", "redis.log"));
        command.addAll(List.of(more));
        start();
    }

    public int port() {
        return port;
    }

    /** The URL by which it is reached. */
    public String url() {
        return "redis://127.0.0.1:" + port;
    }

    /** Its process id; another one after each start. */
    public long pid() {
        return process.pid();
    }

    public void start() throws IOException {
        process = new ProcessBuilder(command)
                .directory(dir.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /**
     * Returns when Redis answers a PING.
     *
     * @throws IOException if Redis ends, or does not answer within 20 s
     */
    public void awaitAnswers() throws IOException, InterruptedException {
        long giveUpAt = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!answers()) {
            if (System.nanoTime() > giveUpAt || !process.isAlive()) {
                throw new IOException(
                        "Redis does not answer: " + String.join(" ", command) + "; see " + dir + "/redis.log");
            }
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    private boolean answers() {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(2_000);
            socket.getOutputStream().write("PING\r\n".getBytes(US_ASCII));
            return new String(socket.getInputStream().readNBytes(5), US_ASCII).equals("+PONG");
        } catch (IOException notYet) {
            return false;
        }
    }

    /** SIGKILL. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** See {@link Freezer#freeze}. */
    public void freeze() throws IOException, InterruptedException {
        Freezer.freeze(process);
    }

    /** See {@link Freezer#thaw}. */
    public void thaw() throws IOException, InterruptedException {
        Freezer.thaw(process);
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
