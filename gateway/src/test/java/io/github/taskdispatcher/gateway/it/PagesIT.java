package io.github.taskdispatcher.gateway.it;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static io.github.taskdispatcher.gateway.it.PagesBrowser.button;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.testing.Tool;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The dashboard in a real browser, over two gateways. Each tab also says when its page did anything it should not. */
class PagesIT {

    private static PagesBrowser browser;
    private static GatewayProcess a;
    private static GatewayProcess b;

    @BeforeAll
    static void start() {
        // First: without a browser the class is skipped, and nothing else need be started.
        browser = new PagesBrowser();
        String prefix = TestRedis.freshPrefix();
        a = GatewayProcess.on(TestRedis.url(), prefix);
        b = GatewayProcess.on(TestRedis.url(), prefix);
    }

    @AfterAll
    static void stop() {
        Closing.all(browser, Closing.killed(a), Closing.killed(b));
    }

    private static String request(String group, String text) {
        return "{\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}],\"group\":\"" + group + "\"}";
    }

    private static Locator row(Page page, String text) {
        return page.locator("tbody tr").filter(new Locator.FilterOptions().setHasText(text));
    }

    @Test
    void bothGatewaysShowTheSame() {
        try (TestWorker onA = TestWorker.ready(a, "same");
                TestWorker onB = TestWorker.ready(b, "same");
                PagesBrowser.Tab first = browser.tab();
                PagesBrowser.Tab second = browser.tab()) {
            String running = a.submit(request("same", "draw a lighthouse"));
            String other = b.submit(request("same", "draw a harbour"));
            String waiting = b.submit(request("same", "draw a buoy"));
            for (PagesBrowser.Tab tab : List.of(first.live(a, "/dashboard"), second.live(b, "/dashboard"))) {
                Page page = tab.page;
                assertThat(page.locator("section", new Page.LocatorOptions().setHasText("Gateways"))
                                .last())
                        .containsText(":" + a.port());
                assertThat(row(page, ":" + b.port())).containsText("Running");
                assertThat(row(page, "same"))
                        .containsText(Pattern.compile(
                                "same\\s+1\\s+\\d+ m?s\\s+2\\s+2\\s+0|same\\s+1\\s+< 1 s\\s+2\\s+2\\s+0"));
                page.getByRole(
                                AriaRole.LINK,
                                new Page.GetByRoleOptions().setName("Tasks").setExact(true))
                        .click();
                assertThat(row(page, running.substring(0, 8))).containsText("draw a lighthouse");
                assertThat(row(page, other.substring(0, 8))).containsText("same");
                page.getByText("Waiting").first().click();
                assertThat(row(page, waiting.substring(0, 8))).containsText("draw a buoy");
                page.getByRole(
                                AriaRole.LINK,
                                new Page.GetByRoleOptions().setName("Workers").setExact(true))
                        .click();
                assertThat(row(page, onA.id)).containsText("Busy");
                assertThat(row(page, onB.id)).containsText("left");
                page.getByRole(
                                AriaRole.LINK,
                                new Page.GetByRoleOptions().setName("Log").setExact(true))
                        .click();
                assertThat(row(page, waiting.substring(0, 8)).first()).containsText("Accepted");
            }
        }
    }

    @Test
    void whatHappensIsSeenWithoutReloading() {
        try (TestWorker worker = TestWorker.ready(b, "live");
                PagesBrowser.Tab tab = browser.tab()) {
            Page page = tab.live(a, "/dashboard/tasks?status=executing&group=live").page;
            String id = a.submit(request("live", "one"));
            assertThat(row(page, id.substring(0, 8))).isVisible();
            button(page, "Pause").click();
            assertThat(page.locator(".connection.paused")).isVisible();
            assertThat(worker.awaitTask()).isEqualTo(id);
            worker.complete(id, "{\"fine\":1}");
            await().until(() -> a.task(id).path("status").asText().equals("completed"));
            assertThat(row(page, id.substring(0, 8))).isVisible();
            button(page, "Resume").click();
            assertThat(row(page, id.substring(0, 8))).hasCount(0);
            page.getByText("Ended", new Page.GetByTextOptions().setExact(false))
                    .first()
                    .click();
            assertThat(row(page, id.substring(0, 8))).containsText("Completed");
            assertThat(page).hasURL(Pattern.compile("status=ended&group=live|group=live&status=ended"));
        }
    }

    @Test
    void nothingMovesUnderASelection() {
        try (TestWorker worker = TestWorker.ready(a, "still");
                PagesBrowser.Tab tab = browser.tab()) {
            String first = a.submit(request("still", "select me"));
            Page page = tab.live(b, "/dashboard/tasks?group=still").page;
            assertThat(row(page, first.substring(0, 8))).isVisible();
            page.evaluate("() => getSelection().selectAllChildren(document.querySelector('td .excerpt'))");
            assertThat(worker.awaitTask()).isEqualTo(first);
            worker.complete(first, "1");
            assertThat(page.locator(".connection.held")).isVisible();
            assertThat(row(page, first.substring(0, 8))).isVisible();
            assertThat(page.evaluate("() => String(getSelection())")).isEqualTo("select me");
            page.evaluate("() => getSelection().removeAllRanges()");
            assertThat(row(page, first.substring(0, 8))).hasCount(0);
        }
    }

    @Test
    void aTaskFromItsRequestToItsResult() throws Exception {
        try (TestWorker worker = TestWorker.ready(b, "whole");
                PagesBrowser.Tab tab = browser.tab()) {
            String id = a.submit(request("whole", "it's a test"));
            assertThat(worker.awaitTask()).isEqualTo(id);
            Page page = tab.live(a, "/dashboard/tasks/" + id).page;
            assertThat(page.locator(".timeline li.reached")).hasCount(3);
            worker.complete(id, "{\"big\":12345678901234567890,\"list\":[1,2]}");
            assertThat(page.locator(".timeline li.reached")).hasCount(4);
            assertThat(page.locator(".tree").first()).containsText("content: \"it's a test\"");
            assertThat(page.locator(".tree").last()).containsText("big: 12345678901234567890");
            tab.screenshot("task");

            button(page, "Copy as curl").click();
            String curl = (String) page.evaluate("() => navigator.clipboard.readText()");
            Process shell = new ProcessBuilder(Tool.BASH.require(), "-c", curl).start();
            assertThat(worker.await("task")
                            .path("payload")
                            .path("messages")
                            .get(0)
                            .path("content")
                            .asText())
                    .isEqualTo("it's a test");
            shell.destroy();
            worker.send("{\"type\":\"ready\"}");

            button(page, "Submit again").click();
            page.getByRole(AriaRole.DIALOG).getByText("Submit again").last().click();
            String again = page.locator(".notice a").getAttribute("href").replaceFirst(".*/", "");
            assertThat(again).isNotEqualTo(id);
            assertThat(a.task(again).path("status").asText()).isIn("queued", "executing");
        }
    }

    @Test
    void whateverATaskSaysIsText() {
        String evil = "<img src=x onerror=alert(1)></script><script>alert(2)</script>\u202e\u2066javascript:alert(3)";
        try (TestWorker worker = TestWorker.ready(a, "evil");
                PagesBrowser.Tab tab = browser.tab()) {
            String id = a.submit("{\"data\":{\"" + evil + "\":\"" + evil + "\"},\"group\":\"evil\"}");
            assertThat(worker.awaitTask()).isEqualTo(id);
            Page page = tab.live(b, "/dashboard/tasks?group=evil").page;
            assertThat(row(page, id.substring(0, 8))).containsText("<img src=x onerror=alert(1)>");
            assertThat(row(page, id.substring(0, 8))).containsText("\\u202e");
            page.navigate(b.uri("/dashboard/tasks/" + id).toString());
            assertThat(page.locator(".tree")).containsText("</script><script>alert(2)</script>");
            worker.fail(id, "\"" + evil + "\\r\\n\\u001b[31m\"");
            assertThat(page.locator("pre.error-text")).containsText("onerror=alert(1)");
            page.navigate(b.uri("/dashboard/log?group=evil").toString());
            assertThat(row(page, "Failed")).containsText("</script>");
            assertThat(page.locator("main img, main script")).hasCount(0);
        }
    }

    @Test
    void fiveMegabytesOpenOnDemand() {
        try (TestWorker worker = TestWorker.ready(a, "large");
                PagesBrowser.Tab tab = browser.tab()) {
            String text = "<b>x</b>".repeat(5 * 1024 * 1024 / 8);
            String id = a.submit("{\"data\":{\"text\":\"" + text + "\",\"after\":[1,2,3]},\"group\":\"large\"}");
            assertThat(worker.awaitTask()).isEqualTo(id);
            Page page = tab.live(b, "/dashboard/tasks/" + id).page;
            page.getByText(Pattern.compile("Load all of it \\(5")).click();
            assertThat(page.locator(".tree")).containsText("text: \"<b>x</b>");
            assertThat(page.locator(".tree")).containsText("after: [ ]");
            assertThat((int) page.evaluate("() => document.body.innerText.length"))
                    .as("only what is looked at is in the page")
                    .isLessThan(20_000);
            assertThat(page.locator("main b code, main .tree b")).hasCount(0);
        }
    }

    @Test
    void aGatewayThatDiesIsNoticedAndSoIsItsReturn() {
        String prefix = TestRedis.freshPrefix();
        GatewayProcess mortal = GatewayProcess.on(TestRedis.url(), prefix);
        String port = Integer.toString(mortal.port());
        try (PagesBrowser.Tab tab = browser.tab()) {
            Page page = tab.live(mortal, "/dashboard").page;
            mortal.kill();
            assertThat(page.locator(".connection.stale")).isVisible();
            assertThat(page.getByText(Pattern.compile("What you see is .* old")))
                    .isVisible();
            tab.screenshot("stale");
            mortal = GatewayProcess.on(TestRedis.url(), prefix, "PORT", port);
            assertThat(page.locator(".connection.live")).isVisible();
            assertThat(page.locator("tbody")).containsText("Lost");
            tab.forgiveFailedRequests();
        } finally {
            mortal.kill();
        }
    }

    @Test
    void whatCameBeforeTheFirstTickTellsItsAgeToo() {
        String view = a.get("/api/dashboard/views/overview").body();
        try (PagesBrowser.Tab tab = browser.tab()) {
            tab.page.route(
                    "**/api/dashboard/events?*",
                    route -> route.fulfill(new Route.FulfillOptions()
                            .setContentType("text/event-stream")
                            .setBody("event: view\ndata: " + view + "\n\n")));
            Page page = tab.open(a, "/dashboard").page;
            assertThat(page.locator(".connection.stale")).isVisible();
            assertThat(page.locator(".connection.live")).hasCount(0);
            assertThat(page.getByText(Pattern.compile("What you see is .* old")))
                    .isVisible();
        }
    }

    @Test
    void withoutAMouse() {
        try (PagesBrowser.Tab tab = browser.tab()) {
            Page page = tab.live(a, "/dashboard").page;
            page.keyboard().press("g");
            page.keyboard().press("t");
            assertThat(page).hasURL(Pattern.compile("/dashboard/tasks$"));
            page.locator(".filters").waitFor();
            page.keyboard().press("/");
            assertThat(page.locator("[name=q]")).isFocused();
            page.keyboard().press("Escape");
            page.keyboard().press("?");
            assertThat(page.getByRole(AriaRole.DIALOG)).containsText("go to Workers");
            page.keyboard().press("Escape");
            assertThat(page.getByRole(AriaRole.DIALOG)).hasCount(0);
            page.keyboard().press("p");
            assertThat(page.locator(".connection.paused")).isVisible();
            page.goBack();
            assertThat(page.locator("h1")).hasText("Overview");
        }
    }

    @Test
    void languageAndThemeAreTheReadersChoice() {
        try (PagesBrowser.Tab tab = browser.tab("zh-CN", ColorScheme.DARK, 1360)) {
            Page page = tab.live(a, "/dashboard").page;
            assertThat(page.locator("h1")).hasText("概览");
            assertThat(page.locator("html")).hasAttribute("data-theme", "dark");
            button(page, "English").click();
            button(page, "Light").click();
            page.reload();
            assertThat(page.locator("h1")).hasText("Overview");
            assertThat(page.locator("html")).hasAttribute("lang", "en");
            assertThat(page.locator("html")).hasAttribute("data-theme", "light");
        }
    }

    @Test
    void operatorsSignIn() {
        GatewayProcess locked = GatewayProcess.on(
                TestRedis.url(),
                TestRedis.freshPrefix(),
                "ADMIN_KEYS",
                "admin-key-number-1",
                "DASHBOARD_READ_ONLY",
                "true",
                "DASHBOARD_PAYLOADS",
                "masked");
        try (TestWorker worker = TestWorker.ready(locked, "g");
                PagesBrowser.Tab tab = browser.tab()) {
            String id = locked.submit(request("g", "secret words"));
            assertThat(worker.awaitTask()).isEqualTo(id);
            Page page = tab.open(locked, "/dashboard/tasks/" + id).page;
            page.locator("[name=key]").fill("not-the-right-key");
            button(page, "Sign in").click();
            assertThat(page.getByRole(AriaRole.ALERT)).containsText("Unauthorized");
            tab.isAccessible();
            tab.forgiveFailedRequests();
            page.locator("[name=key]").fill("admin-key-number-1");
            button(page, "Sign in").click();
            assertThat(page.locator(".tree")).containsText("(text, 12)");
            assertThat(page.locator("body")).not().containsText("secret words");
            assertThat(button(page, "Submit again")).hasCount(0);
            assertThat(page.locator("body")).not().containsText("Test bench");
            assertThat((String) page.evaluate("() => document.cookie")).isEmpty();
            button(page, "Sign out").click();
            assertThat(page.locator("[name=key]")).isVisible();
        } finally {
            locked.kill();
        }
    }
}
