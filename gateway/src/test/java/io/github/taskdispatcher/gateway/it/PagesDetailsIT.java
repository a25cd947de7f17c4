package io.github.taskdispatcher.gateway.it;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static io.github.taskdispatcher.gateway.it.PagesBrowser.button;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a page says and where it stands, in cases that an ordinary quiet system does not show. */
class PagesDetailsIT {

    private static final int NARROW = 390;

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

    /** The row of a task, or of a worker. */
    private static Locator row(Page page, String id) {
        return page.locator("tbody tr")
                .filter(new Locator.FilterOptions().setHasText(id.startsWith("W") ? id : id.substring(0, 8)));
    }

    /** Shows a page this view, whatever the gateway has. */
    private static void show(PagesBrowser.Tab tab, JsonNode view) {
        tab.page.route(
                "**/api/dashboard/events?*",
                route -> route.fulfill(new Route.FulfillOptions()
                        .setContentType("text/event-stream")
                        .setBody("event: view\ndata: " + view + "\n\n")));
    }

    private static ObjectNode overview() {
        return (ObjectNode) GatewayProcess.json(a.get("/api/dashboard/views/overview"));
    }

    // ---- overview ----------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(ints = {1920, 1280, 900, NARROW})
    void tilesHoldLongTimes(int width) {
        ObjectNode view = overview();
        ArrayNode minutes = (ArrayNode) view.get("minutes");
        for (JsonNode minute : List.of(minutes.get(58), minutes.get(59))) {
            ((ObjectNode) minute).put("waitP95", 754_000).put("runP95", 86_340_000);
        }
        try (PagesBrowser.Tab tab = browser.tab("en-US", ColorScheme.LIGHT, width)) {
            show(tab, view);
            Page page = tab.open(a, "/dashboard").page;
            assertThat(page.locator(".figures")).containsText(Pattern.compile("12\\s*min\\s*34\\s*s"));
            assertThat(page.locator(".figures")).containsText(Pattern.compile("23\\s*h\\s*59\\s*min"));
            assertThat((List<?>) page.evaluate("() => [...document.querySelectorAll('.figure')].filter((figure) => {"
                            + " const text = document.createRange(); text.selectNodeContents(figure);"
                            + " return text.getBoundingClientRect().right > figure.getBoundingClientRect().right - 8;"
                            + " }).map((figure) => figure.innerText)"))
                    .as("tiles whose text leaves them")
                    .isEmpty();
            tab.hasNoSidewaysScroll();
        }
    }

    @Test
    void theGatewaysHaveTheWholeWidth() {
        try (PagesBrowser.Tab tab = browser.tab("en-US", ColorScheme.LIGHT, 1280)) {
            ObjectNode view = overview();
            ObjectNode gateway = (ObjectNode) view.at("/gateways/0");
            gateway.put("address", "gateway-01.example.org:3000")
                    .put("startedAt", gateway.get("beatAt").asLong() - 274_000);
            show(tab, view);
            Page page = tab.open(a, "/dashboard").page;
            page.getByText("gateway-01").waitFor();
            assertThat((List<?>) page.evaluate("() => [...document.querySelectorAll('.scroll')].filter((scroll) =>"
                            + " [...scroll.querySelectorAll('th, td')].some((cell) => { const text = document.createRange();"
                            + " text.selectNodeContents(cell); return text.getBoundingClientRect().right"
                            + " > scroll.getBoundingClientRect().right - 12; })).map((scroll) => scroll.ariaLabel)"))
                    .as("tables whose text touches the edge")
                    .isEmpty();
            assertThat((List<?>) page.evaluate(
                            "() => [...document.querySelectorAll('main .card:not(.chart)')].filter((card) =>"
                                    + " card.getBoundingClientRect().right < document.querySelector('.charts, .figures').getBoundingClientRect().right - 1)"
                                    + ".map((card) => card.innerText)"))
                    .as("cards that leave a hole beside or below them")
                    .isEmpty();
        }
    }

    /** How many minutes the first chart spans. */
    private static int span(Page page) {
        page.waitForFunction("() => document.querySelector('td-chart canvas')");
        return ((Number)
                        page.evaluate(
                                "() => { const { min, max } = document.querySelector('td-chart').plot.scales.x; return Math.round((max - min) / 60000); }"))
                .intValue();
    }

    @Test
    void freshChartsShowWhatThereIs() {
        ObjectNode view = overview();
        ArrayNode minutes = (ArrayNode) view.get("minutes");
        for (int i = 0; i < minutes.size(); i++) {
            ((ObjectNode) minutes.get(i)).put("accepted", i < 58 ? 0 : 3).put("depth", i < 58 ? -1 : 0);
        }
        try (PagesBrowser.Tab tab = browser.tab()) {
            show(tab, view);
            Page page = tab.open(a, "/dashboard").page;
            assertThat(span(page)).as("two minutes hold something").isBetween(3, 5);
            for (int i = 0; i < minutes.size(); i++) {
                ((ObjectNode) minutes.get(i)).put("accepted", 3);
            }
        }
        try (PagesBrowser.Tab tab = browser.tab()) {
            show(tab, view);
            Page page = tab.open(a, "/dashboard").page;
            assertThat(span(page)).as("an hour is full").isEqualTo(59);
            button(page, "15 min").click();
            page.waitForCondition(() -> span(page) == 14);
            button(page, "5 min").click();
            page.waitForCondition(() -> span(page) == 4);
            page.reload();
            assertThat(page.locator(".range")).containsText("last 5 min");
            assertThat(span(page)).as("the choice is remembered").isEqualTo(4);
            tab.isAccessible();
        }
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
    void aTaskThatEndedWithoutAResultSaysWhy() {
        try (TestWorker worker = TestWorker.ready(b, "ends");
                PagesBrowser.Tab tab = browser.tab()) {
            String failed = a.submit("{\"data\":{\"n\":1},\"group\":\"ends\"}");
            assertThat(worker.awaitTask()).isEqualTo(failed);
            String cancelled = a.submit("{\"data\":{\"n\":2},\"group\":\"ends\"}");
            Page page = tab.live(a, "/dashboard/tasks/" + failed).page;
            Locator result = page.getByRole(AriaRole.REGION, new Page.GetByRoleOptions().setName("Result"));
            assertThat(result).containsText("The task has not ended yet");
            worker.fail(failed, "\"out of memory\"");
            assertThat(page.locator("h1")).hasText("Task " + failed.substring(0, 8));
            assertThat(page).hasTitle("Task " + failed.substring(0, 8) + " · Task Dispatcher");
            assertThat(result).containsText("The task failed");
            assertThat(result).not().containsText("yet");
            assertThat(
                            (String)
                                    page.evaluate(
                                            "() => getComputedStyle(document.querySelector('.timeline li:last-child .dot')).backgroundColor"))
                    .as("the colour of the end is that of the status")
                    .isEqualTo(page.evaluate("() => getComputedStyle(document.querySelector('.badge.failed')).color"));

            page.navigate(a.uri("/dashboard/tasks/" + cancelled).toString());
            button(page, "Cancel task").click();
            page.getByRole(AriaRole.DIALOG).locator("button.primary").click();
            assertThat(result).containsText("The task was cancelled");
        }
    }

    @Test
    void aTaskThatTimedOutInTheQueueTellsItsWait() {
        try (TestWorker worker = TestWorker.ready(b, "late");
                PagesBrowser.Tab tab = browser.tab()) {
            String first = a.submit("{\"data\":{\"n\":1},\"group\":\"late\"}");
            assertThat(worker.awaitTask()).isEqualTo(first);
            String late = a.submit("{\"data\":{\"n\":2},\"group\":\"late\",\"timeout\":1000}");
            await().until(() -> a.task(late).path("status").asText().equals("failed"));
            Page page = tab.live(a, "/dashboard/tasks?status=failed&group=late").page;
            assertThat(row(page, late)).containsText("Task timeout");
            assertThat(row(page, late)).containsText(Pattern.compile("[12]\\.\\d s"));
            page.navigate(a.uri("/dashboard/log?kind=failures&group=late").toString());
            assertThat(row(page, late)).containsText(Pattern.compile("waited [12]\\.\\d s"));
        }
    }

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

    // ---- narrow ------------------------------------------------------------------------------------------------

    /** Where the middle of it is, from the left, in px. */
    private static double middle(Locator what) {
        return (double) what.evaluate(
                "(it) => { const box = it.getBoundingClientRect(); return (box.left + box.right) / 2 + 0.01; }");
    }

    @Test
    void onATelephoneTheChosenTabAndTheErrorAreInSight() {
        try (TestWorker worker = TestWorker.ready(b, "narrow");
                PagesBrowser.Tab tab = browser.tab("en-US", ColorScheme.LIGHT, NARROW)) {
            String id = a.submit("{\"data\":{\"n\":1},\"group\":\"narrow\"}");
            assertThat(worker.awaitTask()).isEqualTo(id);
            worker.fail(id, "\"out of memory\"");
            Page page = tab.live(a, "/dashboard/tasks?status=failed&group=narrow").page;
            assertThat(row(page, id)).containsText("out of memory");
            assertThat(middle(page.locator(".tabs [aria-current=page]"))).isBetween(0.0, (double) NARROW);
            assertThat(middle(row(page, id).locator(".error-text"))).isBetween(0.0, (double) NARROW);
            page.navigate(a.uri("/dashboard/log?kind=failures&group=narrow").toString());
            assertThat(middle(row(page, id).locator(".error-text"))).isBetween(0.0, (double) NARROW);
            tab.hasNoSidewaysScroll();
            tab.open(a, "/test-worker");
            page.locator(".bench").waitFor();
            assertThat(middle(page.locator(".side [aria-current=page]"))).isBetween(0.0, (double) NARROW);
        }
    }
}
