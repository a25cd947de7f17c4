package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.taskdispatcher.gateway.test.TestRedis;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The settings of {@code examples/bridge}: keys, models, addresses and proxies, on one gateway. */
class BridgeSettingsIT {

    @TempDir
    Path dir;

    private final List<AutoCloseable> parts = new ArrayList<>();
    private GatewayProcess gateway;
    private UpstreamServer upstream;

    @BeforeAll
    static void installLibrary() {
        GuideExamplesIT.npmPackage("ws");
    }

    @BeforeEach
    void start() throws IOException {
        upstream = new UpstreamServer(0, "llama3:8b", "org/embed");
        gateway = GatewayProcess.on(TestRedis.url(), TestRedis.freshPrefix());
    }

    @AfterEach
    void stop() {
        Closing.all(parts.toArray(AutoCloseable[]::new));
        Closing.all(Closing.killed(gateway), upstream);
    }

    private <T extends AutoCloseable> T part(T part) {
        parts.add(part);
        return part;
    }

    /** A bridge for the group {@code gpu}. */
    private BridgeProcess bridge(String... more) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "GATEWAY_URL",
                gateway.uri("").toString(),
                "UPSTREAM_URL",
                upstream.url(),
                "GROUP",
                "gpu",
                "SLOTS",
                "2"));
        for (int i = 0; i < more.length; i += 2) {
            environment.put(more[i], more[i + 1]);
        }
        return part(BridgeProcess.start(dir.resolve("bridge" + parts.size()), environment));
    }

    private List<String> models() {
        return GatewayProcess.json(gateway.get("/v1/models")).findValuesAsText("id");
    }

    private HttpResponse<String> chat(String model, String content, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(gateway.uri("/v1/chat/completions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"model\":\"" + model
                        + "\",\"messages\":[{\"role\":\"user\",\"content\":\"" + content + "\"}]}"));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return GatewayProcess.HTTP
                .sendAsync(request.build(), HttpResponse.BodyHandlers.ofString())
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }

    /** The gateway may still be declaring the model when the bridge says that it is ready. */
    private void expectAnswer(String model) {
        HttpResponse<String> answer =
                await().atMost(Duration.ofSeconds(20)).until(() -> chat(model, "hi"), it -> it.statusCode() != 404);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(UpstreamServer.ANSWER);
    }

    @Test
    void aKeyOpensAServerThatAsksForOne() {
        upstream.key = "sk-upstream";
        BridgeProcess without = bridge();
        without.awaitLine("it asks for a key: set UPSTREAM_KEY (");
        bridge("UPSTREAM_KEY", "sk-wrong").awaitLine("it does not take this UPSTREAM_KEY (");
        bridge("UPSTREAM_KEY", "sk-upstream").awaitLine("ready as W");
        expectAnswer("llama3:8b");
        upstream.key = "sk-changed";
        HttpResponse<String> refused = chat("llama3:8b", "hi");
        assertThat(refused.statusCode()).isEqualTo(502);
        assertThat(refused.body())
                .contains("refuses the bridge with status 401")
                .doesNotContain("Unauthorized");
        assertThat(without.output()).doesNotContain("ready as W");
    }

    @Test
    void namedModelsAreDeclaredInsteadOfTheServersAndAServerWithoutAListIsServed() {
        upstream.models = null;
        bridge("MODELS", "mine, org/other,").awaitLine("models: mine, org/other");
        expectAnswer("mine");
        assertThat(upstream.bodies.poll()).contains("\"model\":\"mine\"");
        assertThat(models()).contains("mine", "org/other");
        // The first example of the README: it works without a group that is called default.
        expectAnswer(models().get(0));
        assertThat(chat("default", "hi").statusCode()).isEqualTo(503);
    }

    @Test
    void aServerWithoutAListIsServedUnderTheGroupAndGetsItsModelsLater() {
        upstream.models = null;
        BridgeProcess bridge = bridge();
        bridge.awaitLine("there is no list of models. Check UPSTREAM_URL, or name the models in MODELS.");
        bridge.awaitLine("ready as W");
        expectAnswer("gpu");
        expectAnswer("any@gpu");
        upstream.models = List.of("late");
        bridge.awaitLine("models: late");
        await().atMost(Duration.ofSeconds(20)).until(() -> models().contains("late"));
        expectAnswer("late");
    }

    /** Two tasks run and one waits when the bridge connects again; none is lost or runs twice. */
    @Test
    void newModelsAreDeclaredWithoutARestartAndNoTaskIsLost() {
        BridgeProcess bridge = bridge();
        bridge.awaitLine("ready as W");
        await().atMost(Duration.ofSeconds(20)).until(() -> models().contains("llama3:8b"));
        List<String> ids = Stream.of("slow 1", "slow 2", "slow 3")
                .map(content -> chat("llama3:8b", content, "Prefer", "wait=0")
                        .headers()
                        .firstValue("X-Task-Id")
                        .orElseThrow())
                .toList();
        await().atMost(Duration.ofSeconds(20)).until(() -> upstream.held.get() == 2);
        upstream.models = List.of("llama3:8b", "qwen3");
        bridge.awaitLine("the models of the upstream have changed: llama3:8b, qwen3");
        await().atMost(Duration.ofSeconds(20)).until(() -> bridge.count("ready as W") == 2);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> models().contains("qwen3") && !models().contains("org/embed"));
        assertThat(upstream.held).as("both still run").hasValue(2);
        upstream.release();
        for (String id : ids) {
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() ->
                            assertThat(gateway.task(id).path("status").asText()).isEqualTo("completed"));
        }
        assertThat(upstream.bodies).hasSize(3);
        expectAnswer("qwen3");
        // The same list in another order, or none for a while, changes nothing.
        upstream.models = List.of("qwen3", "llama3:8b");
        int seen = upstream.listed.get();
        await().atMost(Duration.ofSeconds(40)).until(() -> upstream.listed.get() > seen + 1);
        assertThat(bridge.count("ready as W")).isEqualTo(2);
    }

    @Test
    void laterDeltasOfAToolCallKeepItsIdAndName() throws IOException {
        bridge().awaitLine("ready as W");
        try (EventClient client = EventClient.post(
                gateway,
                "/v1/chat/completions",
                "{\"model\":\"gpu\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"tools\"}]}")) {
            for (String chunk : UpstreamServer.TOOL_CHUNKS) {
                assertThat(client.event().data()).isEqualTo(chunk);
            }
            assertThat(client.event().data()).isEqualTo("[DONE]");
            JsonNode choice = gateway.task(client.headers.get("X-Task-Id")).at("/result/choices/0");
            assertThat(choice.at("/message/tool_calls").toString())
                    .isEqualTo(
                            "[{\"id\":\"call_1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}},"
                                    + "{\"id\":\"call_2\",\"type\":\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"[]\"}}]");
            assertThat(choice.path("finish_reason").asText()).isEqualTo("tool_calls");
        }
    }

    @Test
    void theAddressOfTheGatewayMayEndLikeThatOfItsApi() {
        for (String end : List.of("/v1", "/v1/", "/ws", "/ws/", "/", "/v1/chat/completions")) {
            BridgeProcess bridge = bridge("GATEWAY_URL", gateway.uri("") + end);
            bridge.awaitLine("ready as W");
            bridge.close();
        }
        bridge("GATEWAY_URL", gateway.uri("/elsewhere").toString())
                .awaitLine("GATEWAY_URL must be the address of the gateway");
    }

    @Test
    void bothSidesAreReachedThroughTheProxiesOfTheEnvironment() throws Exception {
        ForwardProxy proxy = part(new ForwardProxy(basic("name:pass word")));
        String address = "http://name:pass%20word@127.0.0.1:" + proxy.port();
        bridge("HTTP_PROXY", address).awaitLine("ready as W");
        expectAnswer("llama3:8b");
        assertThat(proxy.requests)
                .contains(
                        "CONNECT 127.0.0.1:" + gateway.port() + " HTTP/1.1",
                        "GET " + upstream.url() + "/v1/models HTTP/1.1",
                        "POST " + upstream.url() + "/v1/chat/completions HTTP/1.1");
        proxy.requests.clear();

        TlsFront publicGateway = part(new TlsFront(dir, gateway.port()));
        TlsFront publicUpstream = part(new TlsFront(dir, upstream.port()));
        Path certificates = Files.writeString(
                dir.resolve("certificates.pem"),
                Files.readString(publicGateway.certificate()) + Files.readString(publicUpstream.certificate()));
        bridge(
                        "https_proxy",
                        address,
                        "GROUP",
                        "tls",
                        "MODELS",
                        "tls-model",
                        "NODE_EXTRA_CA_CERTS",
                        certificates.toString(),
                        "GATEWAY_URL",
                        "https://localhost:" + publicGateway.port(),
                        "UPSTREAM_URL",
                        "https://localhost:" + publicUpstream.port())
                .awaitLine("ready as W");
        expectAnswer("tls-model");
        assertThat(proxy.requests)
                .contains(
                        "CONNECT localhost:" + publicGateway.port() + " HTTP/1.1",
                        "CONNECT localhost:" + publicUpstream.port() + " HTTP/1.1");
    }

    @Test
    void whatNeedsNoProxyIsReachedDirectly() throws Exception {
        ForwardProxy proxy = part(new ForwardProxy(null));
        String address = "127.0.0.1:" + proxy.port();
        for (String direct : List.of("*", "127.0.0.0/8", "example.com, 127.0.0.1")) {
            BridgeProcess bridge = bridge("HTTP_PROXY", address, "NO_PROXY", direct);
            bridge.awaitLine("ready as W");
            bridge.close();
            assertThat(proxy.requests).isEmpty();
        }
        // A proxy on another machine does not reach what runs on this one.
        bridge("HTTP_PROXY", "http://proxy.invalid:3128").awaitLine("ready as W");
        bridge("HTTP_PROXY", address, "NO_PROXY", "127.0.0.1:" + upstream.port())
                .awaitLine("ready as W");
        assertThat(proxy.requests).containsExactly("CONNECT 127.0.0.1:" + gateway.port() + " HTTP/1.1");
    }

    @Test
    void aProxyThatRefusesIsNamed() throws Exception {
        ForwardProxy proxy = part(new ForwardProxy(basic("name:password")));
        String address = "http://127.0.0.1:" + proxy.port();
        bridge("HTTP_PROXY", address, "NO_PROXY", "127.0.0.1:" + upstream.port())
                .awaitLine("the proxy " + address + " answered 407 Proxy Authentication Required to CONNECT 127.0.0.1:"
                        + gateway.port());
        bridge("HTTP_PROXY", address).awaitLine("the proxy refuses the bridge (407)");
        BridgeProcess wrong = bridge("HTTPS_PROXY", "socks5://127.0.0.1:1080");
        assertThat(wrong.exitCode()).isEqualTo(1);
        assertThat(wrong.output()).contains("HTTPS_PROXY must be an address such as http://proxy.example.com:3128");
    }

    private static String basic(String credentials) {
        return "Basic " + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void whatIsWrongIsToldBeforeItConnects() throws Exception {
        Path copy = Files.createDirectory(dir.resolve("copy"));
        try (Stream<Path> files = Files.list(Path.of(BridgeProcess.SCRIPT).getParent())) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName().toString()));
            }
        }
        BridgeProcess bare =
                part(BridgeProcess.start(copy.resolve("bridge.mjs").toString(), dir.resolve("bare"), Map.of()));
        assertThat(bare.exitCode()).isEqualTo(1);
        assertThat(bare.output())
                .isEqualTo("the package ws is missing: run \"npm install ws\" in " + copy.toRealPath()
                        + ", then start the bridge again\n");

        expectRefused("UPSTREAM_KEY must be one key", "UPSTREAM_KEY", "two words");
        expectRefused("MODELS must be at most 256 names of at most 200 characters", "MODELS", "m".repeat(201));
        expectRefused(
                "GATEWAY_URL must be an address such as https://gateway.example.com, not gateway.example.com",
                "GATEWAY_URL",
                "gateway.example.com");
    }

    private void expectRefused(String why, String... settings) throws InterruptedException {
        BridgeProcess bridge = bridge(settings);
        assertThat(bridge.exitCode()).isEqualTo(1);
        assertThat(bridge.output()).startsWith(why);
    }
}
