package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.microsoft.playwright.CDPSession;
import com.microsoft.playwright.Page;
import io.github.taskdispatcher.gateway.test.TestRedis;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The dashboard while much goes on: 10,000 tasks wait, 2,000 workers in 50 groups, 200 tasks/s. Asserted is how much a page holds and
 * how often the browser lays it out and styles it for one update, which no slow or busy machine changes; the milliseconds this
 * took are added to {@code target/pages-load.txt} for people to read.
 */
class PagesLoadIT {

    private static final int GROUPS = 50;
    private static final int WORKERS = 2_000;
    private static final int WAITING = 10_000;
    private static final int TASKS_PER_SECOND = 200;
    private static final int PACE_MS = 50;
    private static final int UPDATES = 7;
    /** Elements of a page, whatever waits behind it: each list has pages of 50 rows. */
    private static final int ELEMENTS = 2_000;
    /** Layouts, and stylings, for one update; a page that reads back each of its 50 rows as it writes them makes as many. */
    private static final int PASSES = 25;

    private static final Path MEASURED = Path.of("target", "pages-load.txt");

    private static final String DEEP = "group-00";
    private static final String QUICK = "group-01";

    private static final ScheduledExecutorService LOAD = Executors.newSingleThreadScheduledExecutor();
    private static final List<TestWorker> WORKING = new ArrayList<>();
    private static PagesBrowser browser;
    private static GatewayProcess a;
    private static GatewayProcess b;

    @BeforeAll
    static void start() {
        // First: without a browser the class is skipped, and nothing else need be started.
        browser = new PagesBrowser();
        String prefix = TestRedis.freshPrefix();
        a = GatewayProcess.on(TestRedis.url(), prefix, "MAX_QUEUE_LENGTH", Integer.toString(2 * WAITING));
        b = GatewayProcess.on(TestRedis.url(), prefix, "MAX_QUEUE_LENGTH", Integer.toString(2 * WAITING));
        for (int i = 0; i < WORKERS; i++) {
            String group = String.format("group-%02d", i % GROUPS);
            GatewayProcess gateway = i / GROUPS % 2 == 0 ? a : b;
            WORKING.add(group.equals(QUICK) ? TestWorker.echo(gateway, group) : TestWorker.ready(gateway, group));
        }
        int busy = WORKERS / GROUPS;
        for (int sent = 0; sent < WAITING + busy; sent += 200) {
            List<CompletableFuture<?>> some = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                some.add(submit(DEEP, sent + i));
            }
            CompletableFuture.allOf(some.toArray(CompletableFuture[]::new)).join();
        }
        AtomicInteger number = new AtomicInteger();
        LOAD.scheduleAtFixedRate(
                () -> {
                    for (int i = 0; i < TASKS_PER_SECOND * PACE_MS / 1_000; i++) {
                        submit(QUICK, number.incrementAndGet());
                    }
                },
                0,
                PACE_MS,
                TimeUnit.MILLISECONDS);
        await().atMost(Duration.ofSeconds(60))
                .until(() -> GatewayProcess.json(a.get("/api/dashboard/views/tasks?status=ended&group=" + QUICK))
                                .path("total")
                                .asInt()
                        > 100);
    }

    private static CompletableFuture<?> submit(String group, int number) {
        return (number % 2 == 0 ? a : b)
                .postAsync("{\"messages\":[{\"role\":\"user\",\"content\":\"draw lighthouse number " + number
                        + " at dusk\"}],\"async\":true,\"timeout\":600000,\"group\":\"" + group + "\"}");
    }

    @AfterAll
    static void stop() {
        LOAD.shutdownNow();
        Closing.all(browser, Closing.killed(a), Closing.killed(b));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/groups",
                "/workers?page=20",
                "/tasks?status=queued&group=" + DEEP + "&page=150",
                "/tasks?status=ended",
                "/log"
            })
    void anUpdateIsSmall(String path) throws IOException {
        try (PagesBrowser.Tab tab = browser.tab()) {
            Page page = tab.live(a, "/dashboard" + path).page;
            CDPSession session = page.context().newCDPSession(page);
            JsonObject threadTime = new JsonObject();
            threadTime.addProperty("timeDomain", "threadTicks");
            session.send("Performance.enable", threadTime);
            nextUpdate(page);
            List<Spent> updates = new ArrayList<>();
            Spent before = Spent.soFar(session);
            for (int i = 0; i < UPDATES; i++) {
                nextUpdate(page);
                Spent now = Spent.soFar(session);
                updates.add(now.since(before));
                before = now;
            }
            updates.sort(Comparator.comparingDouble(Spent::ms));
            int elements = ((Number) page.evaluate("() => document.querySelectorAll('*').length")).intValue();
            String measured = String.format(
                    Locale.ROOT,
                    "/dashboard%s: %d elements; for an update %.0f ms of its thread (%.0f to %.0f), layouts %s, stylings %s%n",
                    path,
                    elements,
                    updates.get(UPDATES / 2).ms(),
                    updates.get(0).ms(),
                    updates.get(UPDATES - 1).ms(),
                    updates.stream().map(Spent::layouts).toList(),
                    updates.stream().map(Spent::stylings).toList());
            Files.writeString(MEASURED, measured, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            assertThat(elements).as("elements of the page").isLessThan(ELEMENTS);
            assertThat(updates).allSatisfy(update -> {
                assertThat(update.stylings()).as("something was drawn, once").isBetween(1, PASSES);
                assertThat(update.layouts()).as("layouts of an update").isLessThanOrEqualTo(PASSES);
            });
        }
    }

    /** Waits until the page has drawn something new. */
    private static void nextUpdate(Page page) {
        page.evaluate("() => new Promise((drawn) => { const watch = new MutationObserver(() => { watch.disconnect();"
                + " requestAnimationFrame(() => setTimeout(drawn)); });"
                + " watch.observe(document.getElementById('content'),"
                + " { subtree: true, childList: true, characterData: true, attributes: true }); })");
    }

    /** What the browser's main thread has done for the page: milliseconds of all its tasks, passes of layout and of style. */
    private record Spent(double ms, int layouts, int stylings) {

        static Spent soFar(CDPSession session) {
            Map<String, Double> metrics = new HashMap<>();
            for (JsonElement metric : session.send("Performance.getMetrics").getAsJsonArray("metrics")) {
                JsonObject one = metric.getAsJsonObject();
                metrics.put(one.get("name").getAsString(), one.get("value").getAsDouble());
            }
            return new Spent(
                    metrics.get("TaskDuration") * 1_000,
                    metrics.get("LayoutCount").intValue(),
                    metrics.get("RecalcStyleCount").intValue());
        }

        Spent since(Spent before) {
            return new Spent(ms - before.ms, layouts - before.layouts, stylings - before.stylings);
        }
    }
}
