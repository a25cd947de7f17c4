package io.github.taskdispatcher.gateway.it;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.testing.Tool;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a page says and where it stands, in cases that an ordinary quiet system does not show. */
class PagesDetailsIT {

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

    private static Locator button(Page page, String name) {
        return page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    /** The row of a task, or of a worker. */
    private static Locator row(Page page, String id) {
        return page.locator("tbody tr")
                .filter(new Locator.FilterOptions().setHasText(id.startsWith("W") ? id : id.substring(0, 8)));
    }

    // ---- workers -----------------------------------------------------------------------------------------------

    @Test
    void aWorkerShowsWhatItSaysOfItself() {
        try (PagesBrowser.Tab tab = browser.tab();
                TestWorker plain = TestWorker.ready(b, "named");
                TestWorker named = TestWorker.silent(b, "named")) {
            named.send(
                    "{\"type\":\"hello\",\"protocol\":1,\"slots\":2,\"name\":\"render <b>box</b>\",\"models\":[\"sdxl-turbo\"],"
                            + "\"labels\":{\"gpu\":\"RTX 4090\",\"memory\":24}}");
            Page page = tab.live(a, "/dashboard/workers?group=named").page;
            assertThat(row(page, named.id)).containsText("render <b>box</b>");
            assertThat(row(page, named.id)).containsText("sdxl-turbo");
            assertThat(row(page, named.id)).containsText("gpu: RTX 4090");
            assertThat(row(page, named.id)).containsText("memory: 24");
            assertThat(row(page, named.id.replace("-", ".2-"))).containsText("render <b>box</b>");
            assertThat(row(page, plain.id)).not().containsText("render");
            for (String text : List.of("RENDER", "sdxl", "gpu: rtx")) {
                page.locator("[name=q]").fill(text);
                assertThat(page).hasURL(Pattern.compile("q="));
                assertThat(page.locator("tbody tr")).hasCount(2);
                assertThat(row(page, plain.id)).hasCount(0);
            }
            tab.isAccessible();
        }
    }

    @Test
    void aRunningTaskShowsHowFarItIs() {
        try (TestWorker worker = TestWorker.ready(b, "far");
                PagesBrowser.Tab tab = browser.tab()) {
            String id = a.submit("{\"data\":{\"n\":1},\"group\":\"far\"}");
            assertThat(worker.awaitTask()).isEqualTo(id);
            worker.send("{\"type\":\"task_progress\",\"taskId\":\"" + id
                    + "\",\"progress\":0.437,\"message\":\"step 13 of 30\"}");
            Page page = tab.live(a, "/dashboard/tasks?status=executing&group=far").page;
            assertThat(row(page, id)).containsText("43 %");
            assertThat(row(page, id)).containsText("step 13 of 30");
            page.navigate(a.uri("/dashboard/workers?q=STEP+13").toString());
            assertThat(row(page, id)).containsText("43 %");
            page.navigate(a.uri("/dashboard/tasks/" + id).toString());
            assertThat(page.locator(".facts")).containsText("step 13 of 30");
            worker.complete(id, "1");
            assertThat(page.locator(".badge.completed")).isVisible();
            assertThat(page.locator(".facts")).not().containsText("step 13 of 30");
        }
    }

    // ---- one task ----------------------------------------------------------------------------------------------

    @Test
    void aTaskShowsWhatItsClientSent() throws Exception {
        String body =
                "{\"model\":\"sent\",\"messages\":[{\"role\":\"user\",\"content\":\"it's me\"}],\"temperature\":0.20,\"n\":1}";
        try (TestWorker worker = TestWorker.silent(b, "sent");
                PagesBrowser.Tab tab = browser.tab()) {
            worker.send("{\"type\":\"hello\",\"protocol\":1,\"models\":[\"sent\"]}");
            worker.answering("{\"text\":\"hello\"}");
            await().until(() -> chat(body) == 200);
            String id = await().until(
                            () -> GatewayProcess.json(a.get("/api/dashboard/views/tasks?status=completed&group=sent"))
                                    .at("/tasks/0/id")
                                    .asText(),
                            text -> !text.isEmpty());
            Page page = tab.live(a, "/dashboard/tasks/" + id).page;
            Locator request = page.getByRole(AriaRole.REGION, new Page.GetByRoleOptions().setName("Request"));
            assertThat(request).containsText("it's me");
            assertThat(request).not().containsText("copies");
            assertThat(request).containsText("/v1/chat/completions");
            button(page, "Text").first().click();
            assertThat(request.locator("pre")).hasText(body);
            button(page, "Copy as curl").click();
            String curl = (String) page.evaluate("() => navigator.clipboard.readText()");
            Process shell = new ProcessBuilder(Tool.BASH.require(), "-c", curl).start();
            assertThat(shell.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(new String(shell.getInputStream().readAllBytes())).contains("chat.completion");
            page.navigate(a.uri("/dashboard/tasks?status=ended&group=sent").toString());
            assertThat(row(page, id)).containsText("it's me");
        }
    }

    /** The status of the answer to an OpenAI request. */
    private static int chat(String body) {
        HttpRequest request = HttpRequest.newBuilder(a.uri("/v1/chat/completions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return GatewayProcess.HTTP
                .sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .orTimeout(30, TimeUnit.SECONDS)
                .join()
                .statusCode();
    }

}
