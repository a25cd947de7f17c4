package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.testing.Tool;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A page of a name that an attacker lets point to 127.0.0.1 reaches nothing of a gateway without keys, in a real browser. */
class PagesRebindingIT {

    private static final String STATUS =
            "async ([path, body]) => (await fetch(path, body == null ? {} : {method: 'POST',"
                    + " headers: {'Content-Type': 'application/json'}, body})).status";
    private static final String OPENS = "() => new Promise(done => {"
            + " const socket = new WebSocket('ws://' + location.host + '/ws');"
            + " socket.onopen = () => done(true); socket.onclose = () => done(false); })";

    @Test
    void aPageOfAForeignNameIsRefused() {
        String chromium = Tool.CHROMIUM.require();
        try (GatewayProcess gateway = GatewayProcess.on(TestRedis.url(), TestRedis.freshPrefix());
                Playwright playwright = Playwright.create(
                        new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
                Browser browser = playwright
                        .chromium()
                        .launch(new BrowserType.LaunchOptions()
                                .setExecutablePath(Path.of(chromium))
                                .setArgs(List.of(
                                        "--headless",
                                        "--no-sandbox",
                                        "--disable-gpu",
                                        "--host-resolver-rules=MAP evil.example 127.0.0.1")))) {
            Page page = browser.newPage();
            // Any page of this origin will do: a browser only sees that its name and port are the gateway's.
            page.navigate("http://evil.example:" + gateway.port() + "/livez");
            assertThat(page.evaluate("() => location.hostname")).isEqualTo("evil.example");
            assertThat(status(page, "/v1/models", null)).isEqualTo(403);
            assertThat(status(page, "/api/openai", "{\"data\":{},\"async\":true}"))
                    .isEqualTo(403);
            assertThat(status(page, "/api/dashboard/session", null)).isEqualTo(403);
            assertThat(status(page, "/api/dashboard/views/tasks", null)).isEqualTo(403);
            assertThat(status(page, "/dashboard", null)).isEqualTo(403);
            assertThat(page.evaluate(OPENS)).isEqualTo(false);

            page.navigate("http://127.0.0.1:" + gateway.port() + "/livez");
            assertThat(status(page, "/v1/models", null)).isEqualTo(200);
            assertThat(page.evaluate(OPENS)).isEqualTo(true);
        }
    }

    private static Object status(Page page, String path, String body) {
        return page.evaluate(STATUS, java.util.Arrays.asList(path, body));
    }
}
