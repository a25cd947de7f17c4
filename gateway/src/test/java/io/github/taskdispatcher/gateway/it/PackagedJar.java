package io.github.taskdispatcher.gateway.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The packaged jar as a command. The integration tests start it some hundred times, for seconds each: like {@code ./dispatcher}
 * they give the JVM an archive of its classes, and it compiles quickly instead of well. A start with both takes 1.8 s of a
 * processor instead of 4.6 s. Tests that start {@code ./dispatcher} run with the options that users have.
 */
final class PackagedJar {

    static final Path JAR = Path.of("target", "task-dispatcher.jar").toAbsolutePath();
    /** The programs of Redis; the manifest of {@link #JAR} names this file. */
    static final Path REDIS = JAR.resolveSibling("task-dispatcher-redis.jar");

    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();
    private static Path archive;

    private PackagedJar() {}

    /** Runs the jar with these arguments. */
    static List<String> command(String... arguments) {
        List<String> command = new ArrayList<>(
                List.of(JAVA, "-XX:TieredStopAtLevel=1", "-XX:SharedArchiveFile=" + archive(), "-jar", JAR.toString()));
        command.addAll(List.of(arguments));
        return command;
    }

    /** One for each jar and JVM; the first test process that asks makes it. */
    private static synchronized Path archive() {
        if (archive == null) {
            try {
                archive = made();
            } catch (IOException e) {
                throw new UncheckedIOException("no archive of classes for the tests", e);
            }
        }
        return archive;
    }

    private static Path made() throws IOException {
        long packagedAt = Files.getLastModifiedTime(JAR).toMillis();
        Path wanted = JAR.resolveSibling("tests-" + Runtime.version() + "-" + packagedAt + ".jsa");
        try (FileChannel file = FileChannel.open(
                        JAR.resolveSibling("tests.jsa.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock held = file.lock()) {
            if (!Files.exists(wanted)) {
                make(wanted);
            }
        }
        return wanted;
    }

    private static void make(Path wanted) throws IOException {
        Path unfinished = wanted.resolveSibling(wanted.getFileName() + ".unfinished");
        Process rehearsal = new ProcessBuilder(
                        JAVA,
                        "-Xlog:disable",
                        "-XX:ArchiveClassesAtExit=" + unfinished,
                        "-jar",
                        JAR.toString(),
                        "rehearse")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        int code = rehearsal.onExit().join().exitValue();
        if (code != 0) {
            throw new IOException("rehearse ended with " + code);
        }
        Files.move(unfinished, wanted);
    }
}
