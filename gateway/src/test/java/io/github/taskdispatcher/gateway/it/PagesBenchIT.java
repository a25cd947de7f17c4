package io.github.taskdispatcher.gateway.it;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static io.github.taskdispatcher.gateway.it.PagesBrowser.button;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import io.github.taskdispatcher.gateway.test.TestRedis;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The worker test bench in a real browser, over two gateways. */
class PagesBenchIT {

    private static PagesBrowser browser;
    private static GatewayProcess a;
    private static GatewayProcess b;

    @BeforeAll
    static void start() {
        // First: without a browser the class is skipped, and nothing else need be started.
        browser = new PagesBrowser();
        String prefix = TestRedis.freshPrefix();
        a = GatewayProcess.on(TestRedis.url(), prefix, "MIN_TASK_TIMEOUT_MS", "1000");
        b = GatewayProcess.on(TestRedis.url(), prefix, "MIN_TASK_TIMEOUT_MS", "1000");
    }

    @AfterAll
    static void stop() {
        Closing.all(browser, Closing.killed(a), Closing.killed(b));
    }

    private static void connect(Page page, String group, String mode, int count) {
        Locator form = page.locator("form").first();
        form.locator("[name=group]").fill(group);
        form.locator("[name=mode]").selectOption(mode);
        form.locator("[name=count]").fill(Integer.toString(count));
        if (mode.equals("auto")) {
            form.locator("[name=delayFrom]").fill("10");
            form.locator("[name=delayTo]").fill("20");
        }
        button(page, "Connect").click();
        assertThat(page.locator(".robot.ready")).hasCount(count);
    }

    private static void submit(Page page, String group, int timeoutMs, int count) {
        Locator form = page.locator("form").last();
        form.locator("[name=group]").fill(group);
        form.locator("[name=timeout]").fill(Integer.toString(timeoutMs));
        form.locator("[name=howMany]").fill(Integer.toString(count));
        button(page, "Submit").click();
    }

    private static void clickStarting(Page page, String name) {
        page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name))
                .first()
                .click();
    }

    @Test
    void aTaskByHand() {
        try (PagesBrowser.Tab tab = browser.tab()) {
            Page page = tab.open(a, "/test-worker").page;
            connect(page, "hand", "manual", 1);
            submit(page, "hand", 30_000, 1);
            assertThat(page.locator(".robot.busy")).isVisible();
            page.locator(".work textarea").fill("{\"answer\": 42");
            assertThat(page.locator(".work")).containsText("This is no JSON");
            page.locator(".work textarea").fill("{\"answer\": 42}");
            clickStarting(page, "Complete");
            assertThat(page.locator(".answer")).containsText("\"result\":{\"answer\": 42}");
            assertThat(page.locator(".answer")).containsText("Delivered");
            submit(page, "hand", 30_000, 1);
            assertThat(page.locator(".robot.busy")).isVisible();
            clickStarting(page, "Fail");
            assertThat(page.locator(".answer").first()).containsText("it did not work");
            assertThat(page.locator(".frames")).containsText("{\"type\":\"task_error\"");
            tab.isAccessible();
            tab.forgiveFailedRequests();
            tab.screenshot("bench");
        }
    }

    @Test
    void theWaysToMisbehave() {
        try (PagesBrowser.Tab tab = browser.tab("en-US", ColorScheme.DARK, 1360)) {
            Page page = tab.open(b, "/test-worker").page;
            connect(page, "bad", "manual", 1);
            Locator frames = page.locator(".frames");
            page.getByText("Other messages and misbehaviour").click();
            button(page, "Send junk").click();
            assertThat(frames).containsText("bad_message");
            button(page, "Answer a foreign task").click();
            assertThat(frames).containsText("not_assigned");

            submit(page, "bad", 30_000, 1);
            button(page, "Answer twice").click();
            assertThat(page.locator(".answer")).containsText("{\"ok\": true}");
            assertThat(frames).containsText("the second answer");

            submit(page, "bad", 4_000, 1);
            button(page, "Answer late").click();
            assertThat(page.locator(".answer").first()).containsText("Task timeout");
            assertThat(frames).containsText("{\"type\":\"cancel\"");
            assertThat(page.locator(".robot.ready")).isVisible();

            submit(page, "bad", 30_000, 1);
            button(page, "Answer slowly").click();
            assertThat(page.locator(".robot")).containsText("answers in 10 s");
            button(page, "Drop the socket").click();
            assertThat(page.locator(".answer").first()).containsText("Worker disconnected");
            assertThat(page.locator(".robot.closed")).isVisible();
            button(page, "Connect again").click();
            assertThat(page.locator(".robot.ready")).isVisible();

            button(page, "Fall silent").click();
            submit(page, "bad", 1_000, 1);
            assertThat(page.locator(".robot")).containsText("Silent");
            assertThat(page.locator(".answer").first()).containsText("Task timeout");
            tab.isAccessible();
            tab.forgiveFailedRequests();
        }
    }

    @Test
    void oneClickConnectsWorkersThatWorkByThemselves() {
        try (PagesBrowser.Tab tab = browser.tab()) {
            Page page = tab.open(a, "/test-worker").page;
            Locator form = page.locator("form").first();
            form.locator("[name=group]").fill("preset");
            button(page, "Three workers").click();
            assertThat(page.locator(".robot.ready")).hasCount(3);
            assertThat(page.locator(".robot").first()).containsText("After 200 ms to 1.0 s");
            button(page, "A slow one").click();
            button(page, "A flaky one").click();
            assertThat(page.locator(".robot.ready")).hasCount(5);
            assertThat(page.locator(".robot").first()).containsText("30 % with an error");
            assertThat(page.locator(".robot").nth(1)).containsText("After 8.0 s to 15 s");
            tab.isAccessible();
        }
    }

    @Test
    void theBenchShowsWhatTheChosenWayNeeds() {
        try (PagesBrowser.Tab tab = browser.tab()) {
            Page page = tab.open(a, "/test-worker").page;
            Locator form = page.locator("form").first();
            assertThat(form).containsText("You answer each task yourself");
            assertThat(form.locator("[name=delayFrom]")).hasCount(0);
            form.locator("[name=mode]").selectOption("auto");
            assertThat(form).containsText("Each task is answered with its own payload");
            assertThat(form.locator("[name=delayFrom]")).isVisible();
            Locator task = page.locator("form").last();
            assertThat(task).containsText("The request stays open");
            task.getByText("async").click();
            assertThat(task).containsText("The gateway answers with the id at once");

            form.locator("[name=mode]").selectOption("manual");
            connect(page, "folded", "manual", 1);
            assertThat(button(page, "Send junk")).isHidden();
            page.getByText("Other messages and misbehaviour").click();
            assertThat(button(page, "Send junk")).isVisible();
            submit(page, "folded", 30_000, 1);
            assertThat(page.locator(".robot.busy")).isVisible();
            clickStarting(page, "Complete");
            Locator answer = page.locator(".answer");
            assertThat(answer.locator("summary")).containsText("{\"ok\":true}");
            assertThat(answer.locator(".command")).isHidden();
            answer.locator("summary").click();
            assertThat(answer.locator(".command")).isVisible();
        }
    }

    @Test
    void twoBenchesShareTheWork() {
        try (PagesBrowser.Tab onA = browser.tab();
                PagesBrowser.Tab onB = browser.tab("zh-CN", ColorScheme.DARK, 390)) {
            connect(onA.open(a, "/test-worker").page, "shared", "auto", 2);
            Page page = onB.open(b, "/test-worker").page;
            Locator form = page.locator("form").first();
            form.locator("[name=group]").fill("shared");
            form.locator("[name=mode]").selectOption("auto");
            form.locator("button.primary").click();
            assertThat(page.locator(".robot.ready")).hasCount(1);
            submit(onA.page, "shared", 30_000, 12);
            assertThat(onA.page.locator(".answer .badge.completed")).hasCount(12);
            assertThat(page.locator(".robot header")).not().containsText(": 0");
            assertThat(onA.page.locator(".robot header").first()).not().containsText(": 0");
            assertThat(onA.page.locator(".robot header").last()).not().containsText(": 0");
            onB.isAccessible();
            onB.hasNoSidewaysScroll();
            onB.screenshot("zh-dark-390-bench");
        }
    }
}
