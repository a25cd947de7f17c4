package io.github.taskdispatcher.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;

/** Where and with what a run was made. */
public final class Machine {

    private Machine() {}

    /** What a reader needs to compare, by name, in the order to print it. */
    public static Map<String, String> describe(String projectVersion, String redisVersion) throws IOException {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("time", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        facts.put("version", projectVersion);
        facts.put("CPU", Runtime.getRuntime().availableProcessors() + " x " + field("/proc/cpuinfo", "model name"));
        facts.put("memory", Long.parseLong(field("/proc/meminfo", "MemTotal").replaceAll("\\D", "")) / 1024 + " MiB");
        facts.put("kernel", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        facts.put("JDK", System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
        facts.put("Redis", redisVersion + ", appendonly yes, appendfsync everysec");
        facts.put(
                "load before the run",
                Files.readString(Path.of("/proc/loadavg")).split(" ")[0]);
        return facts;
    }

    private static String field(String file, String name) throws IOException {
        return Files.readString(Path.of(file))
                .lines()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("unknown");
    }
}
