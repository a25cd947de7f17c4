package io.github.taskdispatcher.bench.stack;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/** A process of the benchmark's own; its output goes to a log file, and it is ended with the benchmark. */
final class Child implements AutoCloseable {

    private static final int START_LIMIT_SECONDS = 60;

    private final Process process;
    private final Thread atExit;

    private Child(Process process) {
        this.process = process;
        atExit = new Thread(process::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** Starts it without waiting for anything. */
    static Child start(ProcessBuilder builder, Path log) throws IOException {
        return new Child(builder.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start());
    }

    /** Starts it and hands its output, line by line, to {@code ready} until that says yes. */
    static Child startUntil(ProcessBuilder builder, Path log, Predicate<String> ready) throws IOException {
        Child child = new Child(builder.redirectErrorStream(true).start());
        CompletableFuture<Boolean> said = new CompletableFuture<>();
        Thread reader = new Thread(() -> child.read(log, ready, said), "output of " + child.pid());
        reader.setDaemon(true);
        reader.start();
        try {
            if (said.get(START_LIMIT_SECONDS, TimeUnit.SECONDS)) {
                return child;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            // Told below.
        }
        child.close();
        throw new IOException(builder.command() + " does not start:\n" + (Files.exists(log) ? tail(log) : ""));
    }

    private static String tail(Path log) throws IOException {
        String all = Files.readString(log);
        return all.substring(Math.max(0, all.length() - 2000));
    }

    private void read(Path log, Predicate<String> ready, CompletableFuture<Boolean> said) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
                var out = Files.newBufferedWriter(
                        log, java.nio.file.StandardOpenOption.CREATE, java.nio.file.StandardOpenOption.APPEND)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                out.write(line + "\n");
                out.flush();
                if (!said.isDone() && ready.test(line)) {
                    said.complete(true);
                }
            }
        } catch (IOException ended) {
            // With the process.
        }
        said.complete(false);
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** SIGKILL: nothing of it is wanted any more. */
    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException exiting) {
            // The hooks run already.
        }
    }
}
