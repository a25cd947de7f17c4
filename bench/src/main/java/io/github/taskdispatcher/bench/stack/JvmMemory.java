package io.github.taskdispatcher.bench.stack;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a JVM really holds: the objects in its heap after a full collection, and its memory outside the heap. Free room in the
 * heap is not counted, as the collector keeps it or gives it back as it likes.
 */
public final class JvmMemory {

    private static final Pattern USED = Pattern.compile("used (\\d+)([KM])");
    private static final Pattern RANGE = Pattern.compile("0x([0-9a-f]{8,16})");
    private static final Pattern MAPPING = Pattern.compile("^([0-9a-f]+)-([0-9a-f]+) .*");

    private JvmMemory() {}

    /**
     * @param heapBytes of objects that are in use
     * @param otherBytes in RAM outside the heap
     */
    public record Held(long heapBytes, long otherBytes) {

        public long bytes() {
            return heapBytes + otherBytes;
        }
    }

    /** Runs full collections in this JVM, then looks. */
    public static Held afterCollection(long pid) throws IOException {
        long used = 0;
        long low = Long.MAX_VALUE;
        long high = 0;
        for (String line : jcmd(pid, "GC.run", "GC.run", "GC.heap_info").split("\n")) {
            if (line.contains("Metaspace") || line.contains("class space")) {
                continue;
            }
            Matcher usedMatcher = USED.matcher(line);
            // The lines of spaces within a generation say "% used"; only totals say "used ...K".
            if (usedMatcher.find()) {
                used += Long.parseLong(usedMatcher.group(1))
                        << (usedMatcher.group(2).equals("K") ? 10 : 20);
            }
            Matcher range = RANGE.matcher(line);
            while (range.find()) {
                low = Math.min(low, Long.parseUnsignedLong(range.group(1), 16));
                high = Math.max(high, Long.parseUnsignedLong(range.group(1), 16));
            }
        }
        return new Held(used, rssOutside(pid, low, high));
    }

    private static long rssOutside(long pid, long low, long high) {
        long bytes = 0;
        boolean inHeap = false;
        for (String line : Proc.lines(Path.of("/proc", Long.toString(pid), "smaps"))) {
            Matcher mapping = MAPPING.matcher(line);
            if (mapping.matches()) {
                long start = Long.parseUnsignedLong(mapping.group(1), 16);
                inHeap = start >= low && start < high;
            } else if (!inHeap && line.startsWith("Rss:")) {
                bytes += Long.parseLong(line.replaceAll("\\D", "")) * 1024;
            }
        }
        return bytes;
    }

    private static String jcmd(long pid, String... commands) throws IOException {
        Path script = Files.createTempFile("bench", ".jcmd");
        try {
            Files.write(script, List.of(commands));
            String jcmd =
                    Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
            Process process = new ProcessBuilder(
                            jcmd, "-J-XX:TieredStopAtLevel=1", Long.toString(pid), "-f", script.toString())
                    .redirectErrorStream(true)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), UTF_8);
            if (process.waitFor() != 0) {
                throw new IOException("jcmd failed, a JDK is needed: " + output);
            }
            return output;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            Files.delete(script);
        }
    }
}
