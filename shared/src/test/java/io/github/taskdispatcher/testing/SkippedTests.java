package io.github.taskdispatcher.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/**
 * Notes each test that was skipped, for whatever reason, in {@code target/not-run} of its module: a line a test, the reason
 * and the test's name with a tab between them. JUnit finds this class by itself. The build empties the directory first.
 */
public final class SkippedTests implements TestExecutionListener {

    static final String DIRECTORY = "not-run";

    private final Path directory;

    public SkippedTests() {
        this(Path.of("target", DIRECTORY));
    }

    SkippedTests(Path directory) {
        this.directory = directory;
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        note(test, reason);
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (result.getStatus() == TestExecutionResult.Status.ABORTED) {
            String reason = result.getThrowable().map(Throwable::getMessage).orElse(null);
            note(test, reason == null ? "an assumption does not hold" : reason);
        }
    }

    /** Surefire may run several JVMs at a time: each has a file of its own. */
    private void note(TestIdentifier test, String reason) {
        try {
            Files.createDirectories(directory);
            Files.writeString(
                    directory.resolve(ProcessHandle.current().pid() + ".txt"),
                    reason.lines().findFirst().orElse("") + "\t" + nameOf(test) + "\n",
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String nameOf(TestIdentifier test) {
        return test.getSource()
                .map(source -> {
                    if (source instanceof MethodSource method) {
                        return simple(method.getClassName()) + "." + method.getMethodName();
                    }
                    return source instanceof ClassSource type ? simple(type.getClassName()) : test.getDisplayName();
                })
                .orElse(test.getDisplayName());
    }

    private static String simple(String className) {
        return className.substring(className.lastIndexOf('.') + 1);
    }
}
