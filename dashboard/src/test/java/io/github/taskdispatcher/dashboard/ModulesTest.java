package io.github.taskdispatcher.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.testing.Tool;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The modules that need no browser, under {@code node --test}; and what holds for all files of the pages. */
class ModulesTest {

    private static final Path PAGES = Path.of("src/main/resources/dashboard");

    @Test
    void underNode() throws Exception {
        List<String> command = new ArrayList<>(List.of("node", "--test"));
        try (Stream<Path> tests = Files.list(Path.of("src/test/js"))) {
            tests.map(Path::toString).sorted().forEach(command::add);
        }
        Tool.NODE.require();
        Process node = new ProcessBuilder(command).redirectErrorStream(true).start();
        String told = new String(node.getInputStream().readAllBytes());
        assertThat(node.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(node.exitValue()).as(told).isZero();
        assertThat(told).containsPattern("# pass [1-9]").contains("# fail 0");
    }

    @Test
    void everyModuleIsSmallAndWhatItImportsIsThere() throws IOException {
        try (Stream<Path> files = Files.walk(PAGES)) {
            for (Path file : files.filter(it -> it.toString().endsWith(".js")).toList()) {
                String source = Files.readString(file);
                assertThat(source.lines().count()).as("%s", file).isLessThan(400);
                assertThat(source)
                        .as("%s", file)
                        .doesNotContain("innerHTML", "unsafeHTML", "eval(", "http://", "https://");
                var imported = java.util.regex.Pattern.compile("(?m)^(?:import|} from)[^'\\n]*'([^']+)'")
                        .matcher(source);
                while (imported.find()) {
                    Path target = file.getParent().resolve(imported.group(1)).normalize();
                    assertThat(isThere(target))
                            .as("%s imports %s", file, imported.group(1))
                            .isTrue();
                }
            }
        }
    }

    private static boolean isThere(Path target) throws IOException {
        Path library = PAGES.resolve("lib");
        if (!target.startsWith(library)) {
            return Files.exists(target);
        }
        Path within = library.relativize(target);
        String name = within.getName(0).toString();
        String version =
                name.equals("uplot") ? System.getProperty("uplot.version") : System.getProperty("lit-html.version");
        String resource =
                "/META-INF/resources/webjars/" + name + '/' + version + '/' + within.subpath(1, within.getNameCount());
        try (InputStream in = ModulesTest.class.getResourceAsStream(resource)) {
            return in != null;
        }
    }
}
