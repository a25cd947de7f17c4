package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.taskdispatcher.testing.Tool;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code ./dispatcher} in fresh sources: what it says while it builds, how a build fails, how a user stops one. */
class LauncherIT {

    @TempDir
    Path dir;

    private Path sources;

    @BeforeEach
    void copySources() throws Exception {
        sources = freshSources(dir);
    }

    /** The sources without anything that was built, in a directory whose name has a space. */
    static Path freshSources(Path dir) throws IOException, InterruptedException {
        Tool.TAR.require();
        Path sources = Files.createDirectory(dir.resolve("fresh sources"));
        Process copy = new ProcessBuilder(
                        "sh",
                        "-c",
                        "tar -c --exclude target --exclude node_modules --exclude .git --exclude data --exclude .build.lock . | tar -x -C '"
                                + sources + "'")
                .directory(GatewayProcess.ROOT.toFile())
                .inheritIO()
                .start();
        assertThat(copy.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(copy.exitValue()).isZero();
        return sources;
    }

    @Test
    void aBuildTellsWhatItDoesEveryFewSeconds() throws Exception {
        Run run = new Run(Map.of(), "--version");
        assertThat(run.end(300)).as(run.text()).isZero();
        assertThat(run.text()).contains("Building Task Dispatcher", " s: compiling ", "Task Dispatcher ");
        assertThat(run.longestSilence()).isLessThan(Duration.ofSeconds(10));
        Run again = new Run(Map.of(), "--version");
        assertThat(again.end(60)).isZero();
        assertThat(again.output).hasSize(1);
    }

    @Test
    void aFailedBuildShowsTheEndOfItsLogAndWhereItIs() throws Exception {
        Files.writeString(
                sources.resolve("shared/src/main/java/io/github/taskdispatcher/task/Broken.java"), "class Broken {");
        Run run = new Run(Map.of(), "start");
        assertThat(run.end(120)).isEqualTo(1);
        assertThat(run.text())
                .contains("Broken.java", "The build failed; the whole log is " + sources + "/gateway/target/build.log");
        assertThat(sources.resolve(".build.lock")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({"INT, 130", "TERM, 143"})
    void aSignalEndsMavenAndRemovesTheLock(String signal, int code) throws Exception {
        Tool.requireCtrlC();
        Run run = new Run(Map.of(), "start");
        await().atMost(Duration.ofSeconds(60)).until(() -> run.text().contains(" s: "));
        assertThat(sources.resolve(".build.lock")).isDirectory();
        assertThat(ofThisBuild()).isTrue();
        // The shell's own kill: a program of that name is not on every machine.
        new ProcessBuilder("sh", "-c", "kill -" + signal + " " + run.process.pid())
                .start()
                .waitFor();
        assertThat(run.end(20)).as(run.text()).isEqualTo(code);
        assertThat(sources.resolve(".build.lock")).doesNotExist();
        await().atMost(Duration.ofSeconds(10)).until(() -> !ofThisBuild());
    }

    private boolean ofThisBuild() {
        return ProcessHandle.allProcesses()
                .anyMatch(process -> process.info().commandLine().orElse("").contains("Directory=" + sources));
    }

    @Test
    void theLockOfAKilledBuildIsTakenOver() throws Exception {
        Process dead = new ProcessBuilder("true").start();
        dead.waitFor();
        Files.writeString(Files.createDirectory(sources.resolve(".build.lock")).resolve("pid"), dead.pid() + "\n");
        Files.delete(sources.resolve("shared/pom.xml"));
        Run run = new Run(Map.of(), "start");
        // The build begins and fails because a file is missing. It did not wait for the dead build.
        assertThat(run.end(60)).isEqualTo(1);
        assertThat(run.text()).contains("The build failed").doesNotContain("waiting");
    }

    @Test
    void theWrapperBringsMavenWithoutCurlWgetAndUnzip() throws Exception {
        Path tools = tools(
                dir.resolve("tools"),
                "sh dirname basename tr cat sed awk head tail ls cksum readlink rm mv mkdir mktemp sha256sum tar gzip date sleep find touch uname");
        Path home = Files.createDirectory(dir.resolve("home"));
        Files.writeString(
                sources.resolve("shared/src/main/java/io/github/taskdispatcher/task/Broken.java"), "class Broken {");
        String repository =
                Path.of(System.getProperty("user.home"), ".m2", "repository").toString();
        Run run = new Run(
                Map.of(
                        "PATH",
                        tools.toString(),
                        "HOME",
                        home.toString(),
                        "JAVA_HOME",
                        System.getProperty("java.home"),
                        "MAVEN_ARGS",
                        "-Dmaven.repo.local=" + repository),
                "start");
        // The build comes as far as the compiler: the wrapper brought Maven, and Maven took MAVEN_ARGS.
        assertThat(run.end(200)).isEqualTo(1);
        assertThat(run.text()).contains("Broken.java", "The build failed");
        assertThat(home.resolve(".m2/wrapper/dists")).isDirectoryContaining("glob:**apache-maven-*");
        assertThat(home.resolve(".m2/repository")).doesNotExist();
    }

    /** A directory to be the whole PATH: links to these tools. Skips the calling test if one is missing. */
    static Path tools(Path directory, String names) throws IOException {
        Files.createDirectories(directory);
        for (String name : names.split(" ")) {
            Optional<Path> tool = List.of("/usr/bin", "/bin").stream()
                    .map(bin -> Path.of(bin, name))
                    .filter(Files::isExecutable)
                    .findFirst();
            Tool.require(tool.isPresent(), name, "it is looked for in /usr/bin and /bin");
            Files.createSymbolicLink(directory.resolve(name), tool.orElseThrow());
        }
        return directory;
    }

    /** One run of {@code ./dispatcher} and when it said something. */
    private final class Run {
        final Process process;
        final Queue<String> output = new ConcurrentLinkedQueue<>();
        private final AtomicLong longest = new AtomicLong();
        private final Thread reader;

        Run(Map<String, String> environment, String... arguments) throws IOException {
            ProcessBuilder builder =
                    new ProcessBuilder(sources.resolve("dispatcher").toString(), arguments[0]);
            builder.environment().remove("MAVEN_PROJECTBASEDIR");
            builder.environment().put("PORT", "0");
            builder.environment().putAll(environment);
            process = builder.redirectErrorStream(true).start();
            reader = new Thread(this::read, "launcher output");
            reader.setDaemon(true);
            reader.start();
        }

        private void read() {
            long last = System.nanoTime();
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    long now = System.nanoTime();
                    longest.accumulateAndGet(now - last, Math::max);
                    last = now;
                    output.add(line);
                }
            } catch (IOException e) {
                output.add("(output ended: " + e.getMessage() + ")");
            }
        }

        /** Waits for its end and the end of its output, and returns the exit code. */
        int end(int seconds) throws InterruptedException {
            assertThat(process.waitFor(seconds, TimeUnit.SECONDS)).as(text()).isTrue();
            reader.join(5_000);
            return process.exitValue();
        }

        String text() {
            return String.join("\n", output);
        }

        Duration longestSilence() {
            return Duration.ofNanos(longest.get());
        }
    }
}
