package io.github.taskdispatcher.gateway.embedded;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds a Redis server program that this machine can run.
 *
 * <p>An installed program comes first: its owner updates it. The binaries in {@code task-dispatcher-redis.jar} are
 * the fallback; the manifest of {@code task-dispatcher.jar} names that file, so it is on the class path if it lies beside it.
 * Its Linux binaries are statically linked, so they also run where glibc or OpenSSL are missing or of another version.
 */
public final class RedisBinary {

    private static final Logger log = LoggerFactory.getLogger(RedisBinary.class);
    /** The resources are named {@code redis-server-<version>-<system>-<processor>}. */
    private static final String BUNDLED = "redis-server-7.0.15-";

    private static final Map<String, String> PROCESSORS = Map.of(
            "amd64", "amd64", "x86_64", "amd64", "aarch64", "arm64", "arm64", "arm64", "x86", "386", "i386", "386");
    private static final Set<String> PLATFORMS =
            Set.of("linux-amd64", "linux-arm64", "linux-386", "darwin-amd64", "darwin-arm64");
    private static final Pattern VERSION = Pattern.compile("v=(\\d+)\\.(\\d+)");
    private static final String WAYS_OUT = "Install redis-server 6.2 or later, or set REDIS_URL to a Redis that runs.";

    /** How the JDK tells ETXTBSY. */
    private static final String TEXT_FILE_BUSY = "error=26,";

    private static final long BUSY_LIMIT_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final String path;
    private final String system;
    private final String processor;
    private final ClassLoader programs;

    /**
     * @param path directories to search, separated as in the environment variable PATH
     * @param system the Java property {@code os.name}
     * @param processor the Java property {@code os.arch}
     * @param programs has the bundled binaries as resources, or has none
     */
    RedisBinary(String path, String system, String processor, ClassLoader programs) {
        this.path = path;
        this.system = system;
        this.processor = processor;
        this.programs = programs;
    }

    /**
     * Returns a program for this machine, at least Redis 6.2.
     *
     * @param dir where the bundled binary is unpacked, in the folder {@code bin}; created if needed
     * @throws IOException if this machine has no such program; the message names the ways out
     */
    public static Path locate(Path dir) throws IOException {
        return ofThisMachine().find(dir);
    }

    static RedisBinary ofThisMachine() {
        return new RedisBinary(
                System.getenv().getOrDefault("PATH", ""),
                System.getProperty("os.name"),
                System.getProperty("os.arch"),
                RedisBinary.class.getClassLoader());
    }

    Path find(Path dir) throws IOException {
        Optional<Path> installed = installed();
        return installed.isPresent() ? installed.get() : bundled(dir);
    }

    private Optional<Path> installed() {
        for (String entry : path.split(File.pathSeparator)) {
            for (String name : new String[] {"redis-server", "valkey-server"}) {
                Path file = Path.of(entry.isEmpty() ? "." : entry, name);
                if (Files.isRegularFile(file) && Files.isExecutable(file)) {
                    String version = versionOf(file).orElse("nothing");
                    if (isRecentVersion(version)) {
                        return Optional.of(file.toAbsolutePath());
                    }
                    log.info("{} is not used: Redis 6.2 or later is needed, its --version says: {}", file, version);
                }
            }
        }
        return Optional.empty();
    }

    private Path bundled(Path dir) throws IOException {
        String platform = platform();
        String name = BUNDLED + platform;
        Path bin = Files.createDirectories(dir.resolve("bin"));
        Path binary = bin.resolve(name);
        try (InputStream content = programs.getResourceAsStream(name)) {
            if (content == null) {
                throw new IOException(nothingToRun(platform));
            }
            if (!Files.isExecutable(binary)) {
                unpack(content, bin, binary);
            }
        }
        if (!runsOnceWritten(binary)) {
            throw new IOException("The bundled " + binary
                    + " does not run on this machine (is its disk mounted noexec?). " + WAYS_OUT);
        }
        return binary;
    }

    private String nothingToRun(String platform) {
        if (PLATFORMS.contains(platform)) {
            return "No redis-server is on the PATH, and task-dispatcher-redis.jar, which brings one, is not beside "
                    + "task-dispatcher.jar. Put it there, install redis-server 6.2 or later, or set REDIS_URL to a Redis that "
                    + "runs.";
        }
        return "No redis-server is on the PATH, and no binary is bundled for " + system + " on " + processor + ". "
                + WAYS_OUT;
    }

    /**
     * A process that this JVM forks while the file is written holds the file open until it runs its own program. Linux refuses to
     * run the file until then ("Text file busy").
     */
    private static boolean runsOnceWritten(Path binary) throws IOException {
        long giveUpAt = System.nanoTime() + BUSY_LIMIT_NANOS;
        while (true) {
            try {
                return isRecentVersion(firstLine(binary));
            } catch (IOException e) {
                if (!String.valueOf(e.getMessage()).contains(TEXT_FILE_BUSY) || System.nanoTime() > giveUpAt) {
                    return false;
                }
            }
            try {
                TimeUnit.MILLISECONDS.sleep(5);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while " + binary + " was unpacked", e);
            }
        }
    }

    /** Moves the complete file into place, so that a start that is interrupted leaves no half of a program. */
    private static void unpack(InputStream content, Path bin, Path binary) throws IOException {
        Path part = Files.createTempFile(bin, "unpacking-", null);
        try {
            Files.copy(content, part, StandardCopyOption.REPLACE_EXISTING);
            if (!part.toFile().setExecutable(true)) {
                throw new IOException(part + " cannot be made executable. " + WAYS_OUT);
            }
            Files.move(part, binary, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private String platform() {
        String lower = system.toLowerCase(Locale.ROOT);
        String family = lower.startsWith("mac") ? "darwin" : lower.startsWith("linux") ? "linux" : "none";
        return family + "-" + PROCESSORS.getOrDefault(processor.toLowerCase(Locale.ROOT), "none");
    }

    /** The first line of {@code --version}, or nothing if the program does not run. */
    private static Optional<String> versionOf(Path program) {
        try {
            return Optional.of(firstLine(program));
        } catch (IOException cannotRun) {
            return Optional.empty();
        }
    }

    private static String firstLine(Path program) throws IOException {
        Process process = new ProcessBuilder(program.toString(), "--version")
                .redirectErrorStream(true)
                .start();
        return new String(process.getInputStream().readAllBytes(), UTF_8)
                .lines()
                .findFirst()
                .orElse("");
    }

    /** Whether a line of {@code redis-server --version} names 6.2 or later. */
    static boolean isRecentVersion(String line) {
        Matcher version = VERSION.matcher(line);
        if (!version.find()) {
            return false;
        }
        int major = Integer.parseInt(version.group(1));
        int minor = Integer.parseInt(version.group(2));
        return major > 6 || major == 6 && minor >= 2;
    }
}
