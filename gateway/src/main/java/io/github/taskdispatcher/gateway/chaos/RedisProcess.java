package io.github.taskdispatcher.gateway.chaos;

import java.io.IOException;
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
