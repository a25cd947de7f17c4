package io.github.taskdispatcher.chaos;

import io.github.taskdispatcher.gateway.cli.Sandbox;
import io.github.taskdispatcher.gateway.config.Setting;
import io.github.taskdispatcher.testkit.FaultProxy;
import io.github.taskdispatcher.testkit.Freezer;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A gateway process on a fixed port, with a link of its own to Redis; may be killed, frozen and started again. */
final class ChaosGateway implements AutoCloseable {

    final int port;
    final FaultProxy link;
    private final Path jar;
    private final File log;
    private Process process;

    ChaosGateway(Path jar, int port, FaultProxy link, Path log) throws IOException {
        this.jar = jar;
        this.port = port;
        this.link = link;
        this.log = log.toFile();
        start();
    }

    void start() throws IOException {
        process = Sandbox.gateway(
                        List.of("-jar", jar.toString()),
                        Map.of(
                                Setting.PORT,
                                Integer.toString(port),
                                Setting.REDIS_URL,
                                "redis://127.0.0.1:" + link.port(),
                                Setting.LOG_LEVEL,
                                "warn",
                                Setting.MIN_TASK_TIMEOUT_MS,
                                "1000",
                                Setting.SHUTDOWN_GRACE_MS,
                                "5000"))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
                .start();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** SIGKILL. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** SIGTERM, and waits for its end. */
    void stop() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the gateway on port " + port + " does not stop");
        }
    }

    /** SIGSTOP. */
    void freeze() throws IOException, InterruptedException {
        Freezer.freeze(process);
    }

    /** SIGCONT. */
    void thaw() throws IOException, InterruptedException {
        Freezer.thaw(process);
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        link.close();
    }
}
