package io.github.taskdispatcher.testing;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.opentest4j.TestAbortedException;

/**
 * A program that some tests start. Each is probed by running it once, so a program that is broken or too old counts as
 * missing.
 */
public enum Tool {
    BASH("bash", "bash", "bash", "-c", "true"),
    CADDY("caddy", "caddy", "caddy", "version"),
    CHROMIUM("chromium", "chromium", "chromium", "--version"),
    CURL("curl", "curl", "curl", "--version"),
    HAPROXY("haproxy", "haproxy", "haproxy", "-v"),
    JQ("jq", "jq", "jq", "--version"),
    LUACHECK("luacheck", "lua-check", "luacheck", "--version"),
    MAVEN("mvn", "maven", "mvn", "--version"),
    NGINX("nginx", "nginx", "nginx", "-v"),
    /** The version that the bridge needs, the newest of what the tests start. */
    NODE("node 20 or newer", "nodejs", "node", "-e", "process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)"),
    NPM("npm", "npm", "npm", "--version"),
    PRLIMIT("prlimit", "util-linux", "prlimit", "--version"),
    PYTHON("python3 with websocket-client", "python3-websocket", "python3", "-c", "from websocket import WebSocketApp"),
    REDIS_SERVER("redis-server", "redis-server", "redis-server", "--version"),
    SYSTEMD_ANALYZE("systemd-analyze", "systemd", "systemd-analyze", "--version"),
    TAR("tar", "tar", "tar", "--version");

    /** SIGINT is signal 2, and bit 0 stands for signal 1. */
    private static final long SIGINT_BIT = 1L << 1;

    private final String title;
    private final String debianPackages;
    private final List<String> probe;
    private Optional<String> found;

    Tool(String title, String debianPackages, String... probe) {
        this.title = title;
        this.debianPackages = debianPackages;
        this.probe = List.of(probe);
    }

    /**
     * Returns the program's path. Skips the calling test if the program is missing.
     *
     * @throws AssertionError instead, with {@code CI=true}
     */
    public String require() {
        Optional<String> program = find();
        require(program.isPresent(), title, "Debian: apt install " + debianPackages);
        return program.orElseThrow();
    }

    /**
     * Skips the calling test unless what it needs is there.
     *
     * @param what the thing that may be missing
     * @param hint how to get it
     * @throws AssertionError instead, with {@code CI=true}
     */
    public static void require(boolean present, String what, String hint) {
        if (present) {
            return;
        }
        if ("true".equals(System.getenv("CI"))) {
            throw new AssertionError(what + " is missing, and CI skips nothing (" + hint + ")");
        }
        throw new TestAbortedException(what + " is missing (" + hint + ")");
    }

    /**
     * Skips the calling test if programs that it starts ignore Ctrl-C: a build in the background ({@code nohup mvn verify &})
     * passes that on.
     *
     * @throws AssertionError instead, with {@code CI=true}
     */
    public static void requireCtrlC() {
        boolean ignored = false;
        try {
            ignored = Files.readAllLines(Path.of("/proc/self/status")).stream()
                    .filter(line -> line.startsWith("SigIgn:"))
                    .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & SIGINT_BIT) != 0);
        } catch (IOException notLinux) {
            // Other systems have no such file.
        }
        require(!ignored, "Ctrl-C", "the build was started with SIGINT ignored: start it in the foreground");
    }

    /** The path of the program; empty if it is missing or does not run. */
    public synchronized Optional<String> find() {
        if (found == null) {
            found = candidates().stream().filter(this::runs).findFirst();
        }
        return found;
    }

    /** For each {@code bin} of the PATH also {@code sbin} beside it: proxies are there, and not on an ordinary user's PATH. */
    private List<String> candidates() {
        String path = System.getenv().getOrDefault("PATH", "");
        return Arrays.stream(path.split(File.pathSeparator))
                .flatMap(entry -> Stream.of(entry, entry.replaceFirst("/bin$", "/sbin")))
                .map(directory -> Path.of(directory.isEmpty() ? "." : directory, probe.get(0)))
                .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
                .map(Path::toString)
                .distinct()
                .toList();
    }

    private boolean runs(String program) {
        List<String> command = new ArrayList<>(probe);
        command.set(0, program);
        return runs(command);
    }

    /** Whether this command ends with 0 within two minutes. */
    public static boolean runs(List<String> command) {
        return runs(command, 2);
    }

    /** Whether this command ends with 0 within so many minutes; one that does not is killed. */
    public static boolean runs(List<String> command, long limitMinutes) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!process.waitFor(limitMinutes, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                return false;
            }
            return process.exitValue() == 0;
        } catch (IOException missing) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
