package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** {@code examples/bridge/bridge.mjs} as a process. What it prints goes to a file. */
final class BridgeProcess implements AutoCloseable {

    static final String SCRIPT =
            GatewayProcess.ROOT.resolve("examples/bridge/bridge.mjs").toString();

    private final Process process;
    private final Path log;

    private BridgeProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /**
     * A bridge with the package {@code ws}.
     *
     * @param log the file for what it prints
     * @param environment its variables; an empty value means that the variable is not set
     */
    static BridgeProcess start(Path log, Map<String, String> environment) {
        Map<String, String> all = new HashMap<>(environment);
        all.putIfAbsent("NODE_PATH", GuideExamplesIT.npmPackage("ws").toString());
        return start(SCRIPT, log, all);
    }

    /** The same with another copy of the script, and nothing but these variables and the machine's own. */
    static BridgeProcess start(String script, Path log, Map<String, String> environment) {
        ProcessBuilder builder =
                new ProcessBuilder("node", script).redirectErrorStream(true).redirectOutput(log.toFile());
        // A proxy of the machine is none of the test's.
        builder.environment().keySet().removeIf(name -> name.toLowerCase(Locale.ROOT)
                .endsWith("_proxy"));
        builder.environment().remove("NODE_PATH");
        environment.forEach((name, value) -> {
            if (!value.isEmpty()) {
                builder.environment().put(name, value);
            }
        });
        try {
            return new BridgeProcess(builder.start(), log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What it has printed. */
    String output() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until it has printed this text. */
    void awaitLine(String text) {
        await().atMost(Duration.ofSeconds(40))
                .untilAsserted(() -> assertThat(output()).contains(text));
    }

    /** How often it has printed this text. */
    int count(String text) {
        return output().split(Pattern.quote(text), -1).length - 1;
    }

    /** Waits for its end and returns its exit code. */
    int exitCode() throws InterruptedException {
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).as(output()).isTrue();
        return process.exitValue();
    }

    /** Asks it to stop, as SIGTERM does. */
    void terminate() {
        process.destroy();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
