package io.github.taskdispatcher.bench.stack;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What Linux tells of processes and of the machine, from {@code /proc}. */
public final class Proc {

    /** The kernel's unit of CPU time in what it tells programs: 1/100 s on every Linux. */
    private static final double TICKS_PER_SECOND = 100;

    private Proc() {}

    /** CPU seconds a process has used, user and system, with those of children it has waited for. */
    public static double cpuSeconds(long pid) {
        String stat = read(Path.of("/proc", Long.toString(pid), "stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        long ticks = 0;
        for (int i = 11; i < 15; i++) {
            ticks += Long.parseLong(fields[i]);
        }
        return ticks / TICKS_PER_SECOND;
    }

    /** Memory of a process that is in RAM, in MiB. */
    public static double rssMib(long pid) {
        for (String line : lines(Path.of("/proc", Long.toString(pid), "status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) / 1024.0;
            }
        }
        throw new IllegalStateException("process " + pid + " has ended");
    }

    /** CPU seconds the whole machine has been busy, with what its host took away. */
    public static double busySeconds() {
        String[] fields = lines(Path.of("/proc/stat")).get(0).split(" +");
        long ticks = 0;
        for (int i : new int[] {1, 2, 3, 6, 7, 8}) {
            ticks += Long.parseLong(fields[i]);
        }
        return ticks / TICKS_PER_SECOND;
    }

    /** How many files this process, and those it starts, may have open; {@link Long#MAX_VALUE} for no limit. */
    public static long openFilesLimit() {
        for (String line : lines(Path.of("/proc/self/limits"))) {
            if (line.startsWith("Max open files")) {
                String hard = line.split(" {2,}")[2];
                return hard.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(hard);
            }
        }
        return Long.MAX_VALUE;
    }

    static List<String> lines(Path file) {
        return read(file).lines().toList();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
