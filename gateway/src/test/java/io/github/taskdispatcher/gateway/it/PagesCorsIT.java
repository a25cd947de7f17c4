package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.taskdispatcher.gateway.test.TestRedis;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The official SDK in a page of another origin, in a real browser: answers, streams, errors and their headers. */
class PagesCorsIT {

    private static final String KEY = "client-key-number-1";

    private static final String ASKS =
            """
            async ([base, key]) => {
              const { default: OpenAI } = await import('/openai/index.mjs');
              const client = new OpenAI({ baseURL: base, apiKey: key, dangerouslyAllowBrowser: true, maxRetries: 0 });
              const ask = { model: 'gpu', messages: [{ role: 'user', content: 'hello' }] };
              const gave = {};
              try {
                const { data, response } = await client.chat.completions.create(ask).withResponse();
                gave.content = data.choices[0].message.content;
                gave.taskId = response.headers.get('x-task-id');
                gave.requestId = response.headers.get('x-request-id');
                gave.streamed = '';
                const stream = await client.chat.completions.create(
                  { ...ask, messages: [{ role: 'user', content: 'words a b' }], stream: true });
                for await (const chunk of stream) gave.streamed += chunk.choices[0].delta.content ?? '';
                gave.models = (await client.models.list()).data.map((model) => model.id);
                await client.chat.completions.create({ ...ask, group: 'nobody' });
              } catch (error) {
                gave.thrown = { name: error.constructor.name, status: error.status, code: error.code,
                  retryAfter: error.headers?.get('retry-after'), requestId: error.requestID, message: error.message };
              }
              return JSON.stringify(gave);
            }""";

    private HttpServer site;
    private GatewayProcess gateway;
    private ModelWorker worker;

    @BeforeEach
    void start() throws Exception {
        Path sdk = NodeClients.install().resolve("node_modules");
        site = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        site.createContext("/", exchange -> serve(exchange, sdk));
        site.start();
        gateway = GatewayProcess.on(
                TestRedis.url(), TestRedis.freshPrefix(), "API_KEYS", KEY, "ALLOWED_ORIGINS", origin("127.0.0.1"));
        worker = new ModelWorker(gateway, "gpu");
    }

    @AfterEach
    void stop() {
        Closing.all(worker, gateway, site == null ? null : () -> site.stop(0));
    }

    private String origin(String host) {
        return "http://" + host + ":" + site.getAddress().getPort();
    }

    /** An empty page, and the files of the SDK. */
    private static void serve(HttpExchange exchange, Path files) throws IOException {
        Path file =
                files.resolve(exchange.getRequestURI().getPath().substring(1)).normalize();
        boolean code = file.startsWith(files) && Files.isRegularFile(file);
        byte[] body = code ? Files.readAllBytes(file) : "<!doctype html><link rel=icon href=data:,>".getBytes(UTF_8);
        exchange.getResponseHeaders().add("Content-Type", code ? "text/javascript" : "text/html");
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private JsonNode ask(PagesBrowser.Tab tab, String host, String key) throws IOException {
        tab.page.navigate(origin(host) + "/");
        Object gave =
                tab.page.evaluate(ASKS, java.util.List.of(gateway.uri("/v1").toString(), key));
        return GatewayProcess.JSON.readTree((String) gave);
    }

    @Test
    void theSdkWorksInAPageOfAListedOrigin() throws Exception {
        try (PagesBrowser browser = new PagesBrowser();
                PagesBrowser.Tab tab = browser.tab()) {
            JsonNode gave = ask(tab, "127.0.0.1", KEY);
            assertThat(gave.path("content").asText()).as(gave.toString()).isEqualTo("echo: hello");
            assertThat(gave.path("taskId").asText()).hasSize(36);
            assertThat(gave.path("requestId").asText()).startsWith("req_");
            assertThat(gave.path("streamed").asText()).isEqualTo("a b ");
            assertThat(gave.path("models").toString()).isEqualTo("[\"gpu\"]");
            assertThat(gave.at("/thrown/status").asInt()).isEqualTo(503);
            assertThat(gave.at("/thrown/code").asText()).isEqualTo("no_worker");
            assertThat(gave.at("/thrown/retryAfter").asText()).isEqualTo("5");
            assertThat(gave.at("/thrown/requestId").asText()).startsWith("req_");

            JsonNode wrongKey = ask(tab, "127.0.0.1", "client-key-number-2");
            assertThat(wrongKey.at("/thrown/name").asText()).isEqualTo("AuthenticationError");
            assertThat(wrongKey.at("/thrown/status").asInt()).isEqualTo(401);
            tab.forgiveFailedRequests();
        }
    }

    @Test
    void aPageOfAnotherOriginReadsNothing() throws Exception {
        try (PagesBrowser browser = new PagesBrowser()) {
            PagesBrowser.Tab tab = browser.tab();
            JsonNode gave = ask(tab, "localhost", KEY);
            assertThat(gave.at("/thrown/name").asText()).as(gave.toString()).isEqualTo("APIConnectionError");
            assertThat(worker.asked).isEmpty();
        }
    }
}
