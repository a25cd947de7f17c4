package io.github.taskdispatcher.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** {@code docs/dependencies.md}, {@code gateway/bom.json} and {@code NOTICE} say the same of each library that is shipped. */
class DependenciesTest {

    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    /** The licences that may be shipped, as NOTICE writes them. */
    private static final Map<String, String> LICENCES = Map.of(
            "Apache-2.0", "Apache License 2.0",
            "BSD-3-Clause", "BSD 3-Clause License",
            "EPL-2.0", "Eclipse Public License 2.0",
            "GPL-2.0-with-classpath-exception", "GPL 2 with Classpath Exception",
            "MIT", "MIT License",
            "MIT-0", "MIT No Attribution");

    private static final Pattern CLASSIFIER = Pattern.compile("classifier=([^&]+)");

    /** A row of the table. */
    private record Row(String project, List<String> libraries, String version, String licence, String why) {

        static List<Row> all(String page) {
            List<Row> rows = new ArrayList<>();
            page.lines().filter(line -> line.startsWith("| ")).skip(1).forEach(line -> {
                String[] cells = line.split("\\|");
                assertThat(cells).as(line).hasSize(6);
                rows.add(new Row(
                        cells[1].strip(),
                        List.of(cells[2].replace("`", "").strip().split(", ")),
                        cells[3].strip(),
                        cells[4].strip(),
                        cells[5].strip()));
            });
            return rows;
        }
    }

    private static List<Row> reviewed() throws IOException {
        return Row.all(Files.readString(ROOT.resolve("docs/dependencies.md")));
    }

    private static JsonNode bom() throws IOException {
        return new ObjectMapper().readTree(ROOT.resolve("gateway/bom.json").toFile());
    }

    /** Each library as the table names it, with its version and licence. */
    private static TreeSet<String> shipped(JsonNode bom) {
        TreeSet<String> shipped = new TreeSet<>();
        for (JsonNode component : bom.path("components")) {
            Matcher classifier = CLASSIFIER.matcher(component.path("purl").asText());
            List<String> licences = new ArrayList<>();
            component
                    .path("licenses")
                    .forEach(choice ->
                            licences.add(choice.path("license").path("id").asText("unknown")));
            shipped.add((component.path("group").asText("").isEmpty()
                            ? ""
                            : component.path("group").asText() + ":")
                    + component.path("name").asText() + (classifier.find() ? ":" + classifier.group(1) : "") + " "
                    + component.path("version").asText() + " "
                    + (licences.isEmpty() ? "unknown" : String.join(" or ", licences)));
        }
        return shipped;
    }

    private static TreeSet<String> libraries(List<Row> rows) {
        TreeSet<String> libraries = new TreeSet<>();
        for (Row row : rows) {
            for (String library : row.libraries()) {
                assertThat(libraries.add(library + " " + row.version() + " " + row.licence()))
                        .as("%s stands twice", library)
                        .isTrue();
            }
        }
        return libraries;
    }

    @Test
    void everyLibraryThatIsShippedWasReviewed() throws IOException {
        assertThat(libraries(reviewed()))
                .as("docs/dependencies.md beside gateway/bom.json")
                .hasSizeGreaterThan(50)
                .isEqualTo(shipped(bom()));
        assertThat(reviewed()).allMatch(row -> row.why().length() > 3);
    }

    @Test
    void eachLicenceIsKnownAndNoticeStatesIt() throws IOException {
        Map<String, String> notice = notice(Files.readString(ROOT.resolve("NOTICE")));
        Map<String, String> projects = new HashMap<>();
        for (Row row : reviewed()) {
            String licence = Arrays.stream(row.licence().split(" or "))
                    .map(id -> LICENCES.getOrDefault(id, "the unknown licence " + id))
                    .collect(Collectors.joining(" or "));
            assertThat(projects.put(row.project(), licence)).as(row.project()).isIn(null, licence);
        }
        assertThat(notice).as("NOTICE beside docs/dependencies.md").isEqualTo(projects);
    }

    /** The licence of each project. Projects that are listed together are separated by a comma, except the interfaces of Jakarta. */
    private static Map<String, String> notice(String text) {
        Map<String, String> licences = new HashMap<>();
        Matcher line = Pattern.compile("(?m)^  (\\S.*?) {2,}(\\S.*)$").matcher(text);
        while (line.find()) {
            String names = line.group(1);
            for (String name : names.startsWith("Jakarta ") ? new String[] {names} : names.split(", ")) {
                assertThat(licences.put(name, line.group(2))).as(name).isNull();
            }
        }
        return licences;
    }

    @Test
    void theListIsOfThisVersionAndHasADigestOfEachLibrary() throws IOException {
        JsonNode bom = bom();
        assertThat(bom.path("bomFormat").asText()).isEqualTo("CycloneDX");
        assertThat(Files.readString(ROOT.resolve("pom.xml")))
                .contains("<artifactId>task-dispatcher</artifactId>\n  <version>"
                        + bom.path("metadata").path("component").path("version").asText() + "</version>");
        for (JsonNode component : bom.path("components")) {
            if (component.path("purl").asText().startsWith("pkg:maven/")) {
                assertThat(component.path("hashes").path(0).path("content").asText())
                        .as(component.path("name").asText())
                        .matches("[0-9a-f]{64}");
            }
        }
    }

    @Test
    void aLibraryThatNobodyReviewedWouldBeFound() throws IOException {
        JsonNode more = new ObjectMapper()
                .readTree(
                        "{\"components\":[{\"group\":\"g\",\"name\":\"a\",\"version\":\"1\",\"purl\":\"pkg:maven/g/a@1\"}]}");
        assertThat(shipped(more)).containsExactly("g:a 1 unknown");
        assertThat(libraries(Row.all("| P | L | V | L | W |\n| Some | `g:a`, `g:b` | 1 | MIT | for x |\n")))
                .containsExactly("g:a 1 MIT", "g:b 1 MIT");
        assertThat(notice("  A, B    MIT License\n  Jakarta X, Y   Apache License 2.0\n"))
                .isEqualTo(Map.of("A", "MIT License", "B", "MIT License", "Jakarta X, Y", "Apache License 2.0"));
    }
}
