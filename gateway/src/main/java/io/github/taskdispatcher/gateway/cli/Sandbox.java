package io.github.taskdispatcher.gateway.cli;

import io.github.taskdispatcher.gateway.config.Setting;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What the commands need that play with gateways in processes of their own. */
public final class Sandbox {

    private Sandbox() {}

    /**
     * A gateway that has these settings and no others, whatever our own environment says, and the JVM options of this
     * process; its output is to be directed yet.
     *
     * @param program what follows the JVM's options: the jar, or the class path and the main class
     */
    public static ProcessBuilder gateway(List<String> program, Map<Setting, String> settings) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        // The jar's manifest grants it to a JVM that is started with -jar only; a newer JVM warns without it.
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(program);
        command.add("start");
        ProcessBuilder builder = new ProcessBuilder(command);
        for (Setting setting : Setting.values()) {
            builder.environment().remove(setting.name());
        }
        settings.forEach((setting, value) -> builder.environment().put(setting.name(), value));
        return builder;
    }

    /** A TCP port that is free just now. */
    public static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    /** Deletes a directory with all that is in it. */
    public static void delete(Path dir) throws IOException {
        try (Stream<Path> files = Files.walk(dir)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        }
    }
}
