package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.args.AxeRunOptions;
import com.deque.html.axecore.playwright.AxeBuilder;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import io.github.taskdispatcher.testing.Tool;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** Chromium, with a profile of its own for each {@link Tab}. */
final class PagesBrowser implements AutoCloseable {

    static final Path SCREENSHOTS = Path.of("target", "screenshots");

    private final Playwright playwright;
    private final Browser browser;

    PagesBrowser() {
        String chromium = Tool.CHROMIUM.require();
        PlaywrightAssertions.setDefaultAssertionTimeout(30_000);
        playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        try {
            browser = playwright.chromium().launch(options(chromium));
        } catch (RuntimeException e) {
            playwright.close();
            throw e;
        }
    }

    private static BrowserType.LaunchOptions options(String chromium) {
        return new BrowserType.LaunchOptions()
                .setExecutablePath(Path.of(chromium))
                .setArgs(List.of(
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-quic",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync"));
    }

    /** The button with exactly this name. */
    static Locator button(Page page, String name) {
        return page.getByRole(
                AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
    }

    Tab tab(String locale, ColorScheme scheme, int width) {
        return new Tab(browser.newContext(new Browser.NewContextOptions()
                .setLocale(locale)
                .setColorScheme(scheme)
                .setViewportSize(width, 900)
                .setPermissions(List.of("clipboard-read", "clipboard-write"))));
    }

    Tab tab() {
        return tab("en-US", ColorScheme.LIGHT, 1360);
    }

    @Override
    public void close() {
        Closing.all(browser, playwright);
    }

    /** One reader's window. Whatever it has to complain of is an error of the page. */
    static final class Tab implements AutoCloseable {

        final Page page;
        private final BrowserContext context;
        private final List<String> complaints = new CopyOnWriteArrayList<>();

        private Tab(BrowserContext context) {
            this.context = context;
            context.setDefaultTimeout(30_000);
            page = context.newPage();
            page.onConsoleMessage(message -> {
                // Violations of the content policy are errors of the console, too.
                if (message.type().equals("error") || message.type().equals("warning")) {
                    complaints.add(message.text());
                }
            });
            page.onPageError(complaints::add);
            page.onDialog(dialog -> {
                complaints.add("a dialog: " + dialog.message());
                dialog.dismiss();
            });
            page.onRequest(request -> {
                if (!request.url().startsWith("http://127.0.0.1:")
                        && !request.url().startsWith("ws://127.0.0.1:")) {
                    complaints.add("a request to " + request.url());
                }
            });
        }

        Tab open(GatewayProcess gateway, String path) {
            page.navigate(gateway.uri(path).toString());
            return this;
        }

        /** Opens a page and waits until it shows the server's state. */
        Tab live(GatewayProcess gateway, String path) {
            open(gateway, path);
            page.locator(".connection.live").waitFor();
            page.waitForCondition(() -> page.locator(".loading").count() == 0);
            return this;
        }

        /** Forgives what a gateway that was killed, or a refusal, makes the browser say. */
        void forgiveFailedRequests() {
            complaints.removeIf(text -> text.startsWith("Failed to load resource"));
        }

        void screenshot(String name) {
            page.screenshot(new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve(name + ".png")));
        }

        void hasNoSidewaysScroll() {
            assertThat((boolean) page.evaluate(
                            "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"))
                    .as("%s has no sideways scroll", page.url())
                    .isTrue();
        }

        /** Nothing that would keep anybody from using it. */
        void isAccessible() {
            // There are no frames, so it need not open a page of its own; what it passes is not asked for.
            AxeBuilder axe = new AxeBuilder(page);
            axe.setLegacyMode(true);
            AxeRunOptions options = new AxeRunOptions();
            options.setResultTypes(List.of("violations"));
            axe.options(options);
            var serious = axe.analyze().getViolations().stream()
                    .filter(rule -> List.of("serious", "critical").contains(rule.getImpact()))
                    .map(rule -> rule.getId() + ": " + rule.getNodes().get(0).getHtml() + " "
                            + rule.getNodes().get(0).getFailureSummary())
                    .toList();
            assertThat(serious).as("axe at %s", page.url()).isEmpty();
        }

        @Override
        public void close() {
            context.close();
            assertThat(complaints).as("errors of the page").isEmpty();
        }
    }
}
