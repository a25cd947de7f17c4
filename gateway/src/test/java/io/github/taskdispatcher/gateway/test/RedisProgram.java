package io.github.taskdispatcher.gateway.test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** The Redis programs that {@code ./dispatcher start} is tried with, each by a PATH that leads to it. */
public enum RedisProgram {
    /** The binary that is bundled: nothing is on the PATH. */
    BUNDLED,
    /** The oldest version that is supported; the build unpacks it. */
    REDIS_6_2,
    /** What this machine has on its PATH. */
    INSTALLED;

    /**
     * A PATH that has this Redis and no other.
     *
     * @param dir an empty directory, which gets a copy of the program
     */
    public String path(Path dir) throws IOException {
        return switch (this) {
            case BUNDLED -> dir.toString();
            case REDIS_6_2 -> copied(dir, redis62());
            case INSTALLED -> copied(dir, installed());
        };
    }

    private static String copied(Path dir, Path program) throws IOException {
        Files.copy(program, dir.resolve("redis-server"), StandardCopyOption.COPY_ATTRIBUTES);
        return dir.toString();
    }

    private static Path redis62() throws IOException {
        String processor =
                switch (System.getProperty("os.arch")) {
                    case "amd64", "x86_64" -> "amd64";
                    case "aarch64" -> "arm64";
                    default -> "none";
                };
        String system = System.getProperty("os.name").startsWith("Mac") ? "darwin" : "linux";
        try (Stream<Path> programs = Files.list(Path.of("target", "redis-6.2"))) {
            Path program = programs.filter(file -> file.toString().endsWith(system + "-" + processor))
                    .findFirst()
                    .orElse(null);
            need(program != null && program.toFile().setExecutable(true) && runs(program), "a Redis 6.2 that runs");
            return program.toAbsolutePath();
        }
    }

    private static Path installed() throws IOException {
        for (String entry : System.getenv("PATH").split(":")) {
            Path program = Path.of(entry, "redis-server");
            if (Files.isExecutable(program)) {
                return program.toRealPath();
            }
        }
        need(false, "redis-server");
        throw new AssertionError();
    }

    private static boolean runs(Path program) throws IOException {
        Process process = new ProcessBuilder(List.of(program.toString(), "--version"))
                .redirectErrorStream(true)
                .start();
        return new String(process.getInputStream().readAllBytes()).contains("v=6.2");
    }

    private static void need(boolean there, String what) {
        if (!there && "true".equals(System.getenv("CI"))) {
            throw new AssertionError(what + " is not here; CI skips nothing");
        }
        Assumptions.assumeTrue(there, what + " is not here");
    }
}
