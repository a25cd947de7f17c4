package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ClosingTest {

    /** A method that runs at the end and closes one part after the other: if the first was never started, the second stays. */
    private static final Pattern LEAKS = Pattern.compile(
            "@After(All|Each)\\s+(static )?void \\w+\\([^)]*\\)[^{]*\\{(?:(?!\\n    \\})[\\s\\S])*?\\b\\w+\\.(close|kill)\\(\\);\\s+\\w+\\.(close|kill)\\(\\);");

    @Test
    void whatFailsOrWasNeverStartedKeepsNothingElseOpen() {
        List<String> closed = new ArrayList<>();
        assertThatThrownBy(() -> Closing.all(
                        null,
                        () -> {
                            throw new IOException("first");
                        },
                        () -> closed.add("second"),
                        () -> {
                            throw new AssertionError("third");
                        },
                        Closing.killed(null),
                        () -> closed.add("last")))
                .isInstanceOf(IllegalStateException.class)
                .satisfies(e -> assertThat(e.getSuppressed())
                        .extracting(Throwable::getMessage)
                        .containsExactly("first", "third"));
        assertThat(closed).containsExactly("second", "last");
        Closing.all(null, null);
    }

    @Test
    void noTestClassClosesItsPartsOneByOne() throws IOException {
        List<String> leaks = new ArrayList<>();
        try (Stream<Path> sources = Files.walk(Path.of("src/test/java"))) {
            for (Path source :
                    sources.filter(path -> path.toString().endsWith("IT.java")).toList()) {
                if (LEAKS.matcher(Files.readString(source)).find()) {
                    leaks.add(source.getFileName().toString());
                }
            }
        }
        assertThat(leaks).as("close the parts with Closing.all").isEmpty();
        assertThat(LEAKS.matcher(
                                "    @AfterAll\n    static void stop() {\n        a.close();\n        b.kill();\n    }")
                        .find())
                .isTrue();
    }
}
