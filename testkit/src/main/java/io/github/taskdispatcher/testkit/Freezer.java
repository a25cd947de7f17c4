package io.github.taskdispatcher.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Stops processes and lets them go on, as a machine does that swaps, or is suspended. A process that has ended stays so. */
public final class Freezer {

    private Freezer() {}

    /**
     * SIGSTOP. On Linux none of the process' threads runs any more when this returns: after the signal alone each works on until
     * a core is free to stop it, up to 11 ms where two cores were busy.
     */
    public static void freeze(Process process) throws IOException, InterruptedException {
        signal(process, "STOP");
        Path threads = Path.of("/proc", Long.toString(process.pid()), "task");
        while (process.isAlive() && Files.isDirectory(threads) && !areStopped(threads)) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    /** SIGCONT. */
    public static void thaw(Process process) throws IOException, InterruptedException {
        signal(process, "CONT");
    }

    private static void signal(Process process, String name) throws IOException, InterruptedException {
        // The shell's own kill: a program of that name is not on every machine.
        int exit = new ProcessBuilder("sh", "-c", "kill -" + name + " " + process.pid())
                .start()
                .waitFor();
        if (exit != 0 && process.isAlive()) {
            throw new IOException("process " + process.pid() + " does not take the signal " + name);
        }
    }

    private static boolean areStopped(Path threads) {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(threads)) {
            for (Path thread : all) {
                // "<id> (<name>) <state> ...", and the name may hold anything.
                String stat = Files.readString(thread.resolve("stat"), ISO_8859_1);
                if (stat.charAt(stat.lastIndexOf(')') + 2) != 'T') {
                    return false;
                }
            }
            return true;
        } catch (IOException | DirectoryIteratorException e) {
            return false; // a thread ended meanwhile, so not all were stopped
        }
    }
}
