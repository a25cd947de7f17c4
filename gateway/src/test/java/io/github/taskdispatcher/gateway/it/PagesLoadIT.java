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
import java.util.List;
import java.util.Locale;
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
 * The dashboard while much goes on: 10,000 tasks wait, 2,000 workers in 50 groups, 200 tasks/s. What a page does for one update is
 * taken in the time of its thread, which does not pass while others have the processor, and of several updates the middle
 * one counts: so a busy machine changes nothing of what is asserted. What was measured is added to
 * {@code target/pages-load.txt}.
 */
class PagesLoadIT {

    private static final int GROUPS = 50;
    private static final int WORKERS = 2_000;
    private static final int WAITING = 10_000;
    private static final int TASKS_PER_SECOND = 200;
    private static final int PACE_MS = 50;
    private static final int UPDATES = 7;
    /** What a browser calls a long task that is felt. */
    private static final double FELT_MS = 100;

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
        browser = new PagesBrowser();
    }

    private static CompletableFuture<?> submit(String group, int number) {
        return (number % 2 == 0 ? a : b)
                .postAsync("{\"messages\":[{\"role\":\"user\",\"content\":\"draw lighthouse number " + number
                        + " at dusk\"}],\"async\":true,\"timeout\":600000,\"group\":\"" + group + "\"}");
    }

    @AfterAll
    static void stop() {
        LOAD.shutdownNow();
        browser.close();
        a.kill();
        b.kill();
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
    void noUpdateIsFelt(String path) throws IOException {
        try (PagesBrowser.Tab tab = browser.tab()) {
            tab.page.addInitScript("window.longTasks = []; new PerformanceObserver((list) =>"
                    + " window.longTasks.push(...list.getEntries().map((task) => task.duration)))"
                    + ".observe({ type: 'longtask', buffered: true });");
            Page page = tab.live(a, "/dashboard" + path).page;
            CDPSession session = page.context().newCDPSession(page);
            JsonObject threadTime = new JsonObject();
            threadTime.addProperty("timeDomain", "threadTicks");
            session.send("Performance.enable", threadTime);
            nextUpdate(page);
            List<Double> work = new ArrayList<>();
            List<Double> longest = new ArrayList<>();
            double before = workMs(session);
            for (int i = 0; i < UPDATES; i++) {
                page.evaluate("() => { longTasks.length = 0; }");
                nextUpdate(page);
                double now = workMs(session);
                work.add(now - before);
                before = now;
                longest.add(((Number) page.evaluate("() => Math.max(0, ...longTasks)")).doubleValue());
            }
            work.sort(null);
            longest.sort(null);
            String measured = String.format(
                    Locale.ROOT,
                    "/dashboard%s: %.0f ms of its thread for an update (%.0f to %.0f); long tasks by the clock: %.0f ms (at most %.0f)%n",
                    path,
                    work.get(UPDATES / 2),
                    work.get(0),
                    work.get(UPDATES - 1),
                    longest.get(UPDATES / 2),
                    longest.get(UPDATES - 1));
            Files.writeString(MEASURED, measured, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            assertThat(work.get(0)).as("something was drawn").isPositive();
            // The lower quartile: the upper ones tell how busy the machine was with other things.
            assertThat(work.get(UPDATES / 4)).as("all an update does").isLessThan(FELT_MS);
        }
    }

    /** Waits until the page has drawn something new. */
    private static void nextUpdate(Page page) {
        page.evaluate("() => new Promise((drawn) => { const watch = new MutationObserver(() => { watch.disconnect();"
                + " requestAnimationFrame(() => setTimeout(drawn)); });"
                + " watch.observe(document.getElementById('content'),"
                + " { subtree: true, childList: true, characterData: true, attributes: true }); })");
    }

    /** What all tasks of the page have taken so far. */
    private static double workMs(CDPSession session) {
        for (JsonElement metric : session.send("Performance.getMetrics").getAsJsonArray("metrics")) {
            if (metric.getAsJsonObject().get("name").getAsString().equals("TaskDuration")) {
                return metric.getAsJsonObject().get("value").getAsDouble() * 1_000;
            }
        }
        throw new AssertionError("the browser does not measure");
    }
}
