package io.github.taskdispatcher.gateway.it;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.options.ColorScheme;
import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.testing.Tool;
import io.github.taskdispatcher.testkit.RedisProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How the dashboard looks, in both languages and themes, wide and narrow, on a Redis that is set up as it should be. */
class PagesLookIT {

    @TempDir
    static Path dir;

    private static PagesBrowser browser;
    private static RedisProcess redis;
    private static GatewayProcess a;
    private static GatewayProcess b;

    @BeforeAll
    static void start() throws Exception {
        // First: without a browser the class is skipped, and nothing else need be started.
        browser = new PagesBrowser();
        redis = new RedisProcess(TestRedis.binary(dir), dir, TestRedis.freePort());
        a = GatewayProcess.on(redis.url(), "td:");
        b = GatewayProcess.on(redis.url(), "td:");
    }

    @AfterAll
    static void stop() {
        Closing.all(browser, Closing.killed(a), Closing.killed(b), redis);
    }

    @ParameterizedTest
    @CsvSource({"en-US,LIGHT,1360", "zh-CN,DARK,1360", "en-US,LIGHT,390", "zh-CN,DARK,390"})
    void everyPageCanBeUsedByEverybody(String locale, ColorScheme scheme, int width) {
        List<TestWorker> workers = new ArrayList<>();
        String look = locale.substring(0, 2) + "-" + scheme.name().toLowerCase() + "-" + width;
        try (PagesBrowser.Tab tab = browser.tab(locale, scheme, width)) {
            for (String group : List.of("default", "gpu", "images")) {
                workers.add(TestWorker.ready(b, group));
                if (!group.equals("images")) {
                    workers.add(TestWorker.echo(a, group));
                }
            }
            String ended = null;
            for (int i = 0; i < 24; i++) {
                String group = List.of("default", "gpu", "images").get(i % 3);
                String id = a.submit(request(group, "draw lighthouse number " + i + " at dusk"));
                ended = group.equals("default") ? id : ended;
            }
            for (String path : List.of(
                    "",
                    "/groups",
                    "/groups/gpu",
                    "/workers",
                    "/tasks",
                    "/tasks?status=queued",
                    "/tasks?status=ended",
                    "/tasks?status=ended&q=nothing",
                    "/tasks/" + ended,
                    "/log")) {
                tab.live(a, "/dashboard" + path);
                tab.isAccessible();
                tab.screenshot(look
                        + (path.isEmpty()
                                ? "-overview"
                                : path.replaceAll("/[0-9a-f-]{36}", "-one").replaceAll("[^a-z]+", "-")));
                tab.hasNoSidewaysScroll();
            }
        } finally {
            workers.forEach(TestWorker::close);
        }
    }

    @Test
    void theOverviewSaysWhatIsWrong() {
        GatewayProcess own = GatewayProcess.on(redis.url(), "wrong:");
        try (PagesBrowser.Tab tab = browser.tab();
                TestWorker worker = TestWorker.ready(own, "left")) {
            String first = own.submit(request("left", "one"));
            own.submit(request("left", "two"));
            assertThat(worker.awaitTask()).isEqualTo(first);
            tab.live(own, "/dashboard");
            assertThat(tab.page.locator(".health.well")).containsText("All is well");
            worker.abort();
            assertThat(tab.page.locator(".health.bad")).containsText("Tasks wait in group left");
            tab.isAccessible();
            tab.page.locator(".health a").click();
            assertThat(tab.page.locator("h1")).hasText("Group left");
        } finally {
            own.kill();
        }
    }

    @Test
    void emptyPagesTellTheNextStep() throws Exception {
        GatewayProcess empty = GatewayProcess.on(redis.url(), "empty:");
        try (PagesBrowser.Tab tab = browser.tab()) {
            for (String path :
                    List.of("", "/groups", "/workers", "/tasks", "/tasks?status=queued", "/tasks?status=ended")) {
                tab.live(empty, "/dashboard" + path);
                assertThat(tab.page.locator(".empty .command").first()).containsText("127.0.0.1:" + empty.port());
                tab.isAccessible();
            }
            tab.live(empty, "/dashboard").screenshot("empty");
            assertThat(tab.page.locator(".health.well")).containsText("Ready for its first worker");
            String submit = tab.live(empty, "/dashboard/tasks")
                    .page
                    .locator(".empty .command code")
                    .textContent();
            try (TestWorker worker = TestWorker.echo(empty, null)) {
                Process shell = new ProcessBuilder(Tool.BASH.require(), "-c", submit).start();
                assertThat(shell.waitFor(20, TimeUnit.SECONDS)).isTrue();
                assertThat(new String(shell.getInputStream().readAllBytes())).contains("\"completed\"");
                assertThat(worker.closed).isNotDone();
            }
        } finally {
            empty.kill();
        }
    }

    private static String request(String group, String text) {
        return "{\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}],\"group\":\"" + group + "\"}";
    }
}
