package io.github.taskdispatcher.gateway;

import io.github.taskdispatcher.gateway.cli.DemoCommand;
import io.github.taskdispatcher.gateway.cli.KeyCommand;
import io.github.taskdispatcher.gateway.cli.RehearseCommand;
import io.github.taskdispatcher.gateway.cli.StartCommand;
import io.github.taskdispatcher.gateway.cli.WorkerCommand;
import java.io.PrintStream;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The command line. */
@Command(
        name = "dispatcher",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        description = "Hands tasks from HTTP clients to workers that dial in over a WebSocket.",
        subcommands = {
            StartCommand.class,
            WorkerCommand.class,
            KeyCommand.class,
            DemoCommand.class,
            RehearseCommand.class
        })
public final class Main {

    private Main() {}

    public static void main(String[] args) {
        // Before the first socket: the JDK would keep a copy as large as the largest message ever sent, for each
        // thread.
        System.setProperty("jdk.nio.maxCachedBufferSize", Integer.toString(256 * 1024));
        // Before the first logger: the level is read once.
        String level = System.getenv("LOG_LEVEL");
        if (level != null && !level.isBlank()) {
            System.setProperty("org.slf4j.simpleLogger.log.io.github.taskdispatcher", level.strip());
        }
        escapeTheLog();
        CommandLine command = new CommandLine(new Main());
        if (args.length == 0) {
            command.usage(System.err);
            System.exit(2);
        }
        System.exit(command.execute(args));
    }

    /** Before the first logger, which then keeps the stream; what commands print is not the log's. */
    private static void escapeTheLog() {
        PrintStream plain = System.err;
        System.setProperty("org.slf4j.simpleLogger.cacheOutputStream", "true");
        System.setErr(new LogStream(plain));
        LoggerFactory.getLogger(Main.class);
        System.setErr(plain);
    }

    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"Task Dispatcher " + (version == null ? "(unpackaged)" : version)};
        }
    }
}
