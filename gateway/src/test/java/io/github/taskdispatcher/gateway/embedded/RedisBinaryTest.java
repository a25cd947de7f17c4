package io.github.taskdispatcher.gateway.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.taskdispatcher.gateway.cli.Sandbox;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which Redis program is run, on this machine and on others. */
@Tag("redis")
class RedisBinaryTest {

    @TempDir
    Path dir;

    @TempDir
    Path tools;

    private RedisBinary here(String path) {
        return on(path, System.getProperty("os.name"), System.getProperty("os.arch"));
    }

    private static RedisBinary on(String path, String system, String processor) {
        return new RedisBinary(path, system, processor, RedisBinary.class.getClassLoader());
    }

    private Path program(String name, String version) throws IOException {
        Path file = tools.resolve(name);
        Files.writeString(file, "#!/bin/sh\necho '" + version + "'\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @Test
    void anInstalledProgramComesFirst() throws IOException {
        Path installed = program("redis-server", "Redis server v=7.2.4 sha=00000000:0 malloc=jemalloc bits=64");
        assertThat(here("/nowhere:" + tools).find(dir)).isEqualTo(installed);
        assertThat(dir.resolve("bin")).doesNotExist();
    }

    @Test
    void valkeyIsARedisToo() throws IOException {
        Path installed = program("valkey-server", "Valkey server v=8.1.1 sha=00000000:0 malloc=jemalloc bits=64");
        assertThat(here(tools.toString()).find(dir)).isEqualTo(installed);
    }

    @ParameterizedTest
    @CsvSource({"Redis server v=6.0.16 sha=0", "Redis server v=5.0.14 sha=0", "something else", "''"})
    void anInstalledProgramThatIsTooOldIsPassedOver(String version) throws IOException {
        program("redis-server", version);
        assertThat(here(tools.toString()).find(dir)).startsWith(dir.resolve("bin"));
    }

    @Test
    void theBundledProgramRunsAndIsUnpackedOnce() throws IOException {
        Path first = here("").find(dir);
        assertThat(first.getFileName().toString()).startsWith("redis-server-7.0.15-");
        var unpackedAt = Files.getLastModifiedTime(first);
        assertThat(here("").find(dir)).isEqualTo(first);
        assertThat(Files.getLastModifiedTime(first)).isEqualTo(unpackedAt);
        try (var files = Files.list(dir.resolve("bin"))) {
            assertThat(files).containsExactly(first);
        }
    }

    /** A process that is forked while the program is written holds the file open: Linux refuses to run it for a moment. */
    @Test
    void theBundledProgramRunsAlsoWhenOtherProcessesAreStartedMeanwhile() throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        List<FutureTask<Void>> starters = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            FutureTask<Void> starter = new FutureTask<>(() -> {
                while (!done.get()) {
                    new ProcessBuilder("true").start().waitFor();
                }
                return null;
            });
            new Thread(starter, "starter").start();
            starters.add(starter);
        }
        try {
            for (int i = 0; i < 100; i++) {
                assertThat(here("").find(dir.resolve(Integer.toString(i)))).isExecutable();
                Sandbox.delete(dir.resolve(Integer.toString(i)));
            }
        } finally {
            done.set(true);
        }
        for (FutureTask<Void> starter : starters) {
            starter.get();
        }
    }

    /** A directory of an earlier version holds the program of that version. */
    @Test
    void theProgramOfAnEarlierVersionIsNotUsed() throws IOException {
        Path bin = Files.createDirectories(dir.resolve("bin"));
        Path older = Files.copy(program("redis-server", "v=6.2.11"), bin.resolve("redis-server-6.2.6-v5-linux-amd64"));
        assertThat(here("").find(dir)).isNotEqualTo(older);
    }

    @ParameterizedTest
    @CsvSource({
        "Linux,amd64",
        "Linux,x86_64",
        "Linux,aarch64",
        "Linux,i386",
        "Mac OS X,x86_64",
        "Mac OS X,aarch64",
    })
    void aBinaryIsBundledFor(String system, String processor) {
        // On another machine's processor the program is found and does not run; that error names the program.
        try {
            assertThat(on("", system, processor).find(dir)).isExecutable();
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("does not run on this machine").hasMessageContaining("set REDIS_URL");
        }
        String name = system.startsWith("Mac") ? "darwin" : "linux";
        assertThat(dir.resolve("bin"))
                .isDirectoryContaining(file -> file.toString().contains(name));
    }

    @ParameterizedTest
    @CsvSource({"Windows 11,amd64", "Linux,riscv64", "FreeBSD,amd64", "SunOS,sparcv9"})
    void aMachineWithoutABinaryIsToldTheTwoWaysOut(String system, String processor) {
        assertThatThrownBy(() -> on(tools.toString(), system, processor).find(dir))
                .isInstanceOf(IOException.class)
                .hasMessage("No redis-server is on the PATH, and no binary is bundled for " + system + " on "
                        + processor + ". Install redis-server 6.2 or later, or set REDIS_URL to a Redis that runs.");
    }

    /** As where only task-dispatcher.jar was copied. */
    @ParameterizedTest
    @CsvSource({"Linux,amd64", "Mac OS X,aarch64"})
    void withoutTheFileOfTheBinariesTheErrorNamesTheThreeWaysOut(String system, String processor) {
        ClassLoader empty = ClassLoader.getPlatformClassLoader();
        assertThatThrownBy(() -> new RedisBinary(tools.toString(), system, processor, empty).find(dir))
                .isInstanceOf(IOException.class)
                .hasMessage(
                        "No redis-server is on the PATH, and task-dispatcher-redis.jar, which brings one, is not beside "
                                + "task-dispatcher.jar. Put it there, install redis-server 6.2 or later, or set REDIS_URL to a Redis "
                                + "that runs.");
    }

    /** As on a disk that is mounted noexec, or where the system lacks what the program needs. */
    @Test
    void aBundledProgramThatDoesNotRunIsToldTheTwoWaysOut() throws IOException {
        Path program = here("").find(dir);
        Files.writeString(program, "#!/nowhere/interpreter\n");
        assertThatThrownBy(() -> here("").find(dir))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("does not run on this machine")
                .hasMessageContaining("Install redis-server 6.2 or later, or set REDIS_URL");
    }

    @ParameterizedTest
    @CsvSource({
        "Redis server v=6.2.0 sha=00000000:0,true",
        "Redis server v=7.0.15 sha=00000000:0,true",
        "Redis server v=10.0.1 sha=00000000:0,true",
        "Redis server v=6.0.16 sha=00000000:0,false",
        "Redis server v=5.9.9 sha=00000000:0,false",
        "nothing,false",
    })
    void sixTwoIsTheOldest(String line, boolean recent) {
        assertThat(RedisBinary.isRecentVersion(line)).isEqualTo(recent);
    }
}
