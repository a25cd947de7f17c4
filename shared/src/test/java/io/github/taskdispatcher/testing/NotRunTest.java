package io.github.taskdispatcher.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder.request;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherFactory;
import org.opentest4j.TestAbortedException;

/** Every way in which a test may not be run ends in the list. */
class NotRunTest {

    @TempDir
    Path root;

    /** Maven tells the time in whole seconds. */
    private final Instant started = Instant.now().truncatedTo(ChronoUnit.SECONDS);

    /** A module whose tests are these classes; they are run as the build runs them. */
    private void module(String name, Class<?>... tests) throws IOException {
        Path module = Files.createDirectories(root.resolve(name));
        Files.writeString(module.resolve("pom.xml"), "");
        var launcher = LauncherFactory.create(LauncherConfig.builder()
                .enableTestExecutionListenerAutoRegistration(false)
                .build());
        for (Class<?> test : tests) {
            launcher.execute(
                    request().selectors(selectClass(test)).build(),
                    new SkippedTests(module.resolve("target").resolve(SkippedTests.DIRECTORY)));
        }
    }

    @Test
    void nothingIsPrintedWhenEveryTestWasRun() throws IOException {
        module("one", Runs.class);
        assertThat(new NotRun(root, started).report()).isEmpty();
    }

    @Test
    void testsOfAllModulesAreGroupedByWhatIsMissing() throws IOException {
        module("one", Runs.class, NeedsTea.class);
        module("two", WholeClassNeedsTea.class, SwitchedOff.class);
        assertThat(new NotRun(root, started).report())
                .isEqualTo(
                        """

                        Not run here (CI runs them):
                          because it is switched off:
                            NotRunTest$SwitchedOff
                          because tea is missing (boil water):
                            NotRunTest$NeedsTea.first, NotRunTest$WholeClassNeedsTea
                        """);
    }

    @Test
    void theNotesOfAnEarlierBuildDoNotCount() throws IOException {
        module("one", NeedsTea.class);
        assertThat(new NotRun(root, started.plusSeconds(60)).report()).isEmpty();
    }

    @Test
    void testsThatAProfileLeavesOutAreListed() throws IOException {
        module("one", Runs.class);
        Path sources = Files.createDirectories(root.resolve("one/src/test/java/pages"));
        Files.writeString(sources.resolve("PagesIT.java"), "");
        Files.writeString(sources.resolve("BuiltTest.java"), "");
        Files.writeString(sources.resolve("PagesBrowser.java"), "");
        Path classes = Files.createDirectories(root.resolve("one/target/test-classes/pages"));
        Files.writeString(classes.resolve("BuiltTest.class"), "");
        assertThat(new NotRun(root, started).report())
                .contains("-Ppages", "    PagesIT\n")
                .doesNotContain("Built", "Browser");
    }

    @Test
    void aMissingToolSkipsTheTestOrFailsItInCi() {
        Tool.require(true, "water", "open the tap");
        Class<? extends Throwable> expected =
                "true".equals(System.getenv("CI")) ? AssertionError.class : TestAbortedException.class;
        assertThatThrownBy(() -> Tool.require(false, "tea", "boil water"))
                .isInstanceOf(expected)
                .hasMessageContaining("tea is missing")
                .hasMessageContaining("boil water");
    }

    @Test
    void aToolThatIsThereIsFoundAndOneThatIsBrokenIsNot() {
        assertThat(Tool.runs(List.of("/nowhere/tool", "--version"))).isFalse();
        String program = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        assertThat(Tool.runs(List.of(program, "--version"))).isTrue();
        assertThat(Tool.runs(List.of(program, "--no-such-option"))).isFalse();
    }

    private static void needTea() {
        Assumptions.abort("tea is missing (boil water)");
    }

    static class Runs {
        @Test
        void here() {}
    }

    static class NeedsTea {
        @Test
        void first() {
            needTea();
        }

        @Test
        void second() {}
    }

    static class WholeClassNeedsTea {
        @BeforeAll
        static void start() {
            needTea();
        }

        @Test
        void never() {}
    }

    @Disabled("it is switched off")
    static class SwitchedOff {
        @Test
        void never() {}
    }
}
