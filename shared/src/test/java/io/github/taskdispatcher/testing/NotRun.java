package io.github.taskdispatcher.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Prints, at the end of a build, the tests of all modules that were not run, and why. */
public final class NotRun {

    private static final int WIDTH = 120;
    private static final String NOT_COMPILED = "tests in a browser are not part of this build (mvn verify -Ppages)";

    private final Path root;
    private final Instant started;

    /**
     * @param root the directory that holds the modules
     * @param started when this build began; older notes are of a build that other modules took part in
     */
    NotRun(Path root, Instant started) {
        this.root = root;
        this.started = started;
    }

    /** Prints the list. Arguments: the directory that holds the modules; when the build began, as Maven writes it. */
    public static void main(String[] arguments) throws IOException {
        System.out.print(new NotRun(Path.of(arguments[0]), Instant.parse(arguments[1])).report());
    }

    /** The list as text; nothing if every test was run. */
    String report() throws IOException {
        SortedMap<String, Set<String>> byReason = new TreeMap<>();
        for (Path module : modules()) {
            noted(module, byReason);
            notCompiled(module, byReason);
        }
        StringBuilder text = new StringBuilder();
        byReason.forEach((reason, tests) -> {
            text.append(text.isEmpty() ? "\nNot run here (CI runs them):\n" : "");
            text.append("  because ").append(reason).append(":\n");
            wrap(String.join(", ", tests), text);
        });
        return text.toString();
    }

    private List<Path> modules() throws IOException {
        try (Stream<Path> directories = Files.list(root)) {
            return directories
                    .filter(directory -> Files.exists(directory.resolve("pom.xml")))
                    .sorted()
                    .toList();
        }
    }

    private void noted(Path module, SortedMap<String, Set<String>> byReason) throws IOException {
        for (Path file : files(module.resolve("target").resolve(SkippedTests.DIRECTORY))) {
            if (Files.getLastModifiedTime(file).toInstant().isBefore(started)) {
                continue;
            }
            for (String line : Files.readAllLines(file)) {
                String[] parts = line.split("\t", 2);
                byReason.computeIfAbsent(parts[0], reason -> new TreeSet<>()).add(parts[1]);
            }
        }
    }

    /** Tests whose source is there and whose class is not: a profile leaves them out. */
    private static void notCompiled(Path module, SortedMap<String, Set<String>> byReason) throws IOException {
        Path sources = module.resolve("src").resolve("test").resolve("java");
        Path classes = module.resolve("target").resolve("test-classes");
        if (!Files.exists(classes)) {
            return;
        }
        for (Path source : files(sources)) {
            String name = source.getFileName().toString();
            if (!name.endsWith("IT.java") && !name.endsWith("Test.java")) {
                continue;
            }
            Path compiled =
                    classes.resolve(sources.relativize(source).toString().replaceFirst("\\.java$", ".class"));
            if (!Files.exists(compiled)) {
                byReason.computeIfAbsent(NOT_COMPILED, reason -> new TreeSet<>())
                        .add(name.replaceFirst("\\.java$", ""));
            }
        }
    }

    private static List<Path> files(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static void wrap(String words, StringBuilder text) {
        int column = 0;
        for (String word : words.split(" ")) {
            if (column == 0 || column + 1 + word.length() > WIDTH) {
                text.append(column == 0 ? "    " : "\n    ").append(word);
                column = 4 + word.length();
            } else {
                text.append(' ').append(word);
                column += 1 + word.length();
            }
        }
        text.append('\n');
    }
}
