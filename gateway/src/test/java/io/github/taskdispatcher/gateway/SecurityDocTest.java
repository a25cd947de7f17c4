package io.github.taskdispatcher.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.config.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/security.md} names limits with the values of {@link Setting}, and every document names tests that exist. */
class SecurityDocTest {

    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final Pattern NAMED_TEST =
            Pattern.compile("\\b([A-Z]\\w*[a-z](?:IT|Test))\\b(?:\\.(\\w+)(?!\\w*/))?");
    private static final Pattern TEST_METHOD =
            Pattern.compile("@(?:Test|ParameterizedTest|RepeatedTest)\\b(?:(?!\\bvoid\\b)[\\s\\S])*?\\bvoid (\\w+)\\(");
    private static final Pattern SETTING = Pattern.compile("`([A-Z][A-Z_]+)`");

    private static String page() throws IOException {
        return Files.readString(ROOT.resolve("docs/security.md"));
    }

    /** The cells of each row of the page's tables that has so many. */
    private static List<List<String>> rows(String page, int cells) {
        return page.lines()
                .filter(line -> line.startsWith("| "))
                .map(line -> Arrays.stream(line.substring(1).split("(?<!\\\\)\\|"))
                        .map(String::strip)
                        .toList())
                .filter(row -> row.size() == cells)
                .toList();
    }

    /** The settings in the table of limits, each with the default that stands there. */
    private static Map<String, String> defaults(String page) {
        Map<String, String> defaults = new HashMap<>();
        for (List<String> row : rows(page, 4)) {
            List<String> names = SETTING.matcher(row.get(1))
                    .results()
                    .map(name -> name.group(1))
                    .toList();
            List<String> values = List.of(row.get(2).split(", "));
            if (!names.isEmpty()) {
                assertThat(values).as("defaults of %s", names).hasSameSizeAs(names);
                IntStream.range(0, names.size()).forEach(i -> defaults.put(names.get(i), values.get(i)));
            }
        }
        return defaults;
    }

    @Test
    void theLimitsAreThoseOfTheSettings() throws IOException {
        Map<String, String> listed = defaults(page());
        listed.forEach((name, value) -> assertThat(value)
                .as("docs/security.md: the default of %s", name)
                .isEqualTo(Setting.valueOf(name).defaultValue()));
        assertThat(listed.keySet())
                .as("docs/security.md: the table of limits")
                .containsAll(Arrays.stream(Setting.values())
                        .map(Setting::name)
                        .filter(name -> name.startsWith("MAX_") || name.startsWith("MIN_"))
                        .toList());
    }

    @Test
    void eachRiskOfOwaspHasATest() throws IOException {
        List<List<String>> risks = rows(page(), 3).stream()
                .filter(row -> row.get(0).matches("API\\d+:2023 .*"))
                .toList();
        assertThat(risks.stream().map(row -> row.get(0).split(":")[0]))
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, 10).mapToObj(i -> "API" + i).toList());
        for (List<String> risk : risks) {
            assertThat(risk.get(2).split(", "))
                    .as(risk.get(0))
                    .allMatch(test -> test.matches("`\\w+(IT|Test)\\.\\w+`"));
        }
    }

    /** Decisions tell what was true when they were made, so only the documents of today are read. */
    @Test
    void everyTestThatADocumentNamesExists() throws IOException {
        Map<String, Set<String>> tests = tests();
        List<String> missing = new ArrayList<>();
        int named = 0;
        for (Path document : documents()) {
            String text = Files.readString(document);
            named += (int) NAMED_TEST.matcher(text).results().count();
            missing(text, tests).forEach(name -> missing.add(ROOT.relativize(document) + ": " + name));
        }
        assertThat(missing).as("tests that no longer exist").isEmpty();
        assertThat(named).as("names of tests that were looked up").isGreaterThan(100);
    }

    @Test
    void aTestOrADefaultThatChangedWouldBeFound() throws IOException {
        Map<String, Set<String>> tests = tests();
        assertThat(missing("`SecurityDocTest.aTestOrADefaultThatChangedWouldBeFound`, SecurityDocTest", tests))
                .isEmpty();
        assertThat(missing("`SecurityDocTest.noSuchTest`, `NoSuchIT`", tests))
                .containsExactly("SecurityDocTest.noSuchTest", "NoSuchIT");
        assertThat(missing("`SecurityDocTest.missing`", tests))
                .as("a helper is no test")
                .containsExactly("SecurityDocTest.missing");
        assertThat(defaults("| waiters | `MAX_WAITERS`, `MAX_MODELS` | 1, 2 | 503 |"))
                .isEqualTo(Map.of("MAX_WAITERS", "1", "MAX_MODELS", "2"));
    }

    /** The names of classes and methods in this text that are no test. */
    private static List<String> missing(String text, Map<String, Set<String>> tests) {
        return NAMED_TEST
                .matcher(text)
                .results()
                .filter(name -> !tests.containsKey(name.group(1))
                        || name.group(2) != null
                                && !name.group(2).equals("java")
                                && !tests.get(name.group(1)).contains(name.group(2)))
                .map(name -> name.group().replaceFirst("\\.java$", ""))
                .toList();
    }

    private static List<Path> documents() throws IOException {
        List<Path> documents = new ArrayList<>();
        for (String folder : List.of("", "docs", "bench", "deploy", "examples")) {
            try (Stream<Path> files = Files.list(ROOT.resolve(folder))) {
                files.filter(file -> file.toString().endsWith(".md")).forEach(documents::add);
            }
        }
        return documents;
    }

    /** The methods of each test class, read from the sources: a profile leaves some classes out of the build. */
    private static Map<String, Set<String>> tests() throws IOException {
        Map<String, Set<String>> tests = new HashMap<>();
        for (String module : List.of("shared", "gateway", "dashboard", "examples", "chaos", "bench")) {
            Path sources = ROOT.resolve(module).resolve("src/test/java");
            if (!Files.exists(sources)) {
                continue;
            }
            try (Stream<Path> files = Files.walk(sources)) {
                for (Path file : files.filter(path -> path.toString().matches(".*(IT|Test)\\.java"))
                        .toList()) {
                    Set<String> methods = tests.computeIfAbsent(
                            file.getFileName().toString().replace(".java", ""), name -> new HashSet<>());
                    TEST_METHOD.matcher(Files.readString(file)).results().forEach(test -> methods.add(test.group(1)));
                }
            }
        }
        return tests;
    }
}
