package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.taskdispatcher.gateway.test.TestRedis;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Where a model runs that no worker declared, and that no group is called like. */
class OpenAiModelsIT {

    private static final String CHAT = "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}";

    private GatewayProcess gateway;

    @BeforeEach
    void start() {
        gateway = GatewayProcess.on(TestRedis.url(), TestRedis.freshPrefix());
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    private RawHttp.Reply post(String path, String body) throws IOException {
        return RawHttp.send(
                gateway.port(),
                ("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                + "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n"
                                + body)
                        .getBytes(ISO_8859_1));
    }

    private static JsonNode error(RawHttp.Reply reply, int status, String code) throws IOException {
        assertThat(reply.status()).as(reply.body()).isEqualTo(status);
        JsonNode error = GatewayProcess.JSON.readTree(reply.body()).path("error");
        assertThat(error.path("code").asText()).isEqualTo(code);
        return error;
    }

    @Test
    void plainWorkersOfTheDefaultGroupTakeAnyModel() throws IOException {
        assertThat(error(post("/v1/chat/completions", CHAT.formatted("gpt-4o")), 503, "no_worker"))
                .isNotNull();
        try (TestWorker plain = TestWorker.echo(gateway, null)) {
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> post("/v1/chat/completions", CHAT.formatted("gpt-4o"))
                                    .status()
                            == 200);
        }
    }

    @Test
    void onceAWorkerDeclaresModelsAnUnknownOneIsNotFound() throws IOException {
        try (TestWorker plain = TestWorker.echo(gateway, null);
                TestWorker declaring = TestWorker.silent(gateway, "gpu")) {
            declaring.send("{\"type\":\"hello\",\"protocol\":1,\"models\":[\"org/llama\"]}");
            declaring.answering("\"from gpu\"");
            await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
                JsonNode error = error(post("/v1/chat/completions", CHAT.formatted("gpt-4o")), 404, "model_not_found");
                assertThat(error.path("param").asText()).isEqualTo("model");
                assertThat(error.path("message").asText()).contains("gpt-4o", "org/llama", "default", "gpu");
            });
            int before = plain.received.size();
            assertThat(post("/v1/embeddings", "{\"model\":\"text-embedding-3\",\"input\":\"x\"}")
                            .status())
                    .isEqualTo(404);
            assertThat(plain.received).hasSize(before);
            assertThat(post("/v1/chat/completions", CHAT.formatted("org/llama")).body())
                    .contains("from gpu");
            for (String plainly : new String[] {
                CHAT.formatted("default"),
                CHAT.formatted("gpt-4o@default"),
                CHAT.replace("\"model\":\"%s\",", ""),
                CHAT.formatted("gpt-4o").replace("{\"model", "{\"group\":\"default\",\"model")
            }) {
                assertThat(post("/v1/chat/completions", plainly).status())
                        .as(plainly)
                        .isEqualTo(200);
            }
        }
    }

    /** They may be on their way to another gateway; a 404 would end the client's patience. */
    @Test
    void aModelWhoseWorkersHaveJustLeftIsNotAskedForElsewhere() throws IOException {
        try (TestWorker plain = TestWorker.echo(gateway, null);
                TestWorker second = TestWorker.silent(gateway, "cpu")) {
            second.send("{\"type\":\"hello\",\"protocol\":1,\"models\":[\"phi\"]}");
            try (TestWorker gpu = TestWorker.silent(gateway, "gpu")) {
                gpu.send("{\"type\":\"hello\",\"protocol\":1,\"models\":[\"org/llama\"]}");
                gpu.answering("\"from gpu\"");
                await().atMost(Duration.ofSeconds(20))
                        .until(() -> post("/v1/chat/completions", CHAT.formatted("org/llama"))
                                        .status()
                                == 200);
            }
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> !gateway.get("/v1/models").body().contains("org/llama"));
            RawHttp.Reply left = post("/v1/chat/completions", CHAT.formatted("org/llama"));
            error(left, 503, "no_worker");
            assertThat(left.head()).contains("Retry-After");
        }
    }
}
