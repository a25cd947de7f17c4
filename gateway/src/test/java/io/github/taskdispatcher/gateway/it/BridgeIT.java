package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.taskdispatcher.gateway.test.TestRedis;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code examples/bridge/bridge.mjs} as a process on one gateway, an OpenAI-compatible server behind it, clients on the other. */
class BridgeIT {

    private static final String KEY = "a-key-for-every-group";
    private static final String NARROW_KEY = "a-key-for-one-group";

    @TempDir
    Path dir;

    private final List<BridgeProcess> bridges = new ArrayList<>();
    private GatewayProcess near;
    private GatewayProcess far;
    private UpstreamServer upstream;

    /** Before a gateway starts: the whole class is skipped if Node is missing. */
    @BeforeAll
    static void installLibrary() {
        GuideExamplesIT.npmPackage("ws");
    }

    @BeforeEach
    void start() throws IOException {
        upstream = new UpstreamServer(0);
        String prefix = TestRedis.freshPrefix();
        near = GatewayProcess.on(TestRedis.url(), prefix, "WORKER_KEYS", KEY + "," + NARROW_KEY + "=elsewhere");
        far = GatewayProcess.on(TestRedis.url(), prefix, "WORKER_KEYS", KEY);
    }

    @AfterEach
    void stop() {
        bridges.forEach(BridgeProcess::close);
        Closing.all(near, far, upstream);
    }

    /** A bridge for the group {@code gpu} with two slots; a variable set to nothing is not set. Returns what it prints. */
    private Path bridge(String... more) throws IOException {
        Map<String, String> environment = new HashMap<>(Map.of(
                "GATEWAY_URL",
                near.uri("") + "," + far.uri(""),
                "UPSTREAM_URL",
                upstream.url(),
                "GROUP",
                "gpu",
                "SLOTS",
                "2",
                "WORKER_KEY",
                KEY));
        for (int i = 0; i < more.length; i += 2) {
            environment.put(more[i], more[i + 1]);
        }
        environment.values().removeIf(String::isEmpty);
        Path log = dir.resolve("bridge" + bridges.size());
        bridges.add(BridgeProcess.start(log, environment));
        return log;
    }

    private static void awaitLine(Path log, String text) {
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() -> assertThat(Files.readString(log)).contains(text));
    }

    /** Until the gateway of the clients knows what it serves. */
    private void awaitServing(Path log) {
        awaitLine(log, "ready as W");
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(
                        GatewayProcess.json(far.get("/v1/models")).findValuesAsText("id"))
                .contains("llama3:8b", "gpu"));
    }

    private static String asking(String model, String content) {
        return "{\"model\": \"" + model + "\", \"messages\":[{\"role\":\"user\",\"content\":\"" + content
                + "\"}],\"temperature\":1.0, \"seed\":12345678901234567890, \"stop\":\"\\u00e9 \\\"model\\\":\"}";
    }

    private static String streaming(String content) {
        return asking("llama3:8b", content).replaceFirst("}$", ",\"stream\":true}");
    }

    private static void expectChunks(EventClient client, int from, int to) throws IOException {
        for (String chunk : UpstreamServer.CHUNKS.subList(from, to)) {
            assertThat(client.event().data()).isEqualTo(chunk);
        }
    }

    private HttpResponse<String> chat(String body, String... headers) {
        return send(HttpRequest.newBuilder(far.uri("/v1/chat/completions"))
                .header("Content-Type", "application/json")
                .headers(headers.length == 0 ? new String[] {"Accept", "*/*"} : headers)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    private static HttpResponse<String> send(HttpRequest request) {
        return GatewayProcess.HTTP
                .sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }

    /** The id of a task that is answered when the upstream is released. */
    private String submitSlow() {
        HttpResponse<String> accepted = chat(asking("llama3:8b", "slow"), "Prefer", "wait=0");
        assertThat(accepted.statusCode()).as(accepted.body()).isEqualTo(202);
        return accepted.headers().firstValue("X-Task-Id").orElseThrow();
    }

    private void awaitHeld(int count) {
        await().atMost(Duration.ofSeconds(30)).until(() -> upstream.held.get() == count);
    }

    private void awaitCompleted(String id) {
        await().atMost(Duration.ofSeconds(40)).untilAsserted(() -> {
            assertThat(far.task(id).path("status").asText()).isEqualTo("completed");
            assertThat(far.get("/api/task/" + id).body()).contains(UpstreamServer.ANSWER);
        });
    }

    private int exitOf() throws InterruptedException {
        return bridges.get(bridges.size() - 1).exitCode();
    }

    @Test
    void whatClientsSendAndTheServerAnswersPassesByteForByte() throws IOException {
        awaitServing(bridge());
        assertThat(GatewayProcess.json(far.get("/v1/models")).findValuesAsText("id"))
                .contains("llama3:8b", "org/embed", "gpu");
        HttpResponse<String> answer = chat(asking("llama3:8b", "hi"));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(UpstreamServer.ANSWER);
        assertThat(upstream.bodies.poll()).isEqualTo(asking("llama3:8b", "hi"));

        assertThat(chat(asking("other@gpu", "hi")).body()).isEqualTo(UpstreamServer.ANSWER);
        assertThat(upstream.bodies.poll()).isEqualTo(asking("other@gpu", "hi").replace("other@gpu", "other"));

        HttpResponse<String> failed = chat(asking("llama3:8b", "fail"));
        assertThat(failed.statusCode()).isEqualTo(404);
        assertThat(GatewayProcess.json(failed).at("/error/message").asText()).isEqualTo("model 'x' not found");
        assertThat(far.post("{\"data\":{},\"group\":\"gpu\"}").body()).contains("serves the OpenAI API only");
    }

    /** With and without a stream: nothing of one has come. */
    @Test
    void anErrorOfTheServerIsTheClients() throws IOException {
        awaitServing(bridge());
        for (boolean stream : new boolean[] {false, true}) {
            HttpResponse<String> tooLong = asked("too long", stream, 400);
            assertThat(tooLong.body())
                    .isEqualTo("{\"error\":{\"message\":\"4096 tokens at most\",\"type\":\"invalid_request_error\","
                            + "\"code\":\"context_length_exceeded\",\"param\":\"messages\"}}");
            HttpResponse<String> tooMany = asked("too many", stream, 429);
            assertThat(tooMany.headers().firstValue("Retry-After")).hasValue("7");
            assertThat(GatewayProcess.json(tooMany).at("/error/message").asText())
                    .isEqualTo("slow down");
            assertThat(asked("down", stream, 503).body()).contains("starting");
            assertThat(asked("wrong key", stream, 502).body()).contains("refuses the bridge");
            assertThat(asked("sound", stream, 400).body()).contains("binary answers are not supported", "audio/mpeg");
        }
    }

    private HttpResponse<String> asked(String content, boolean stream, int status) {
        HttpResponse<String> answer = chat(stream ? streaming(content) : asking("llama3:8b", content));
        assertThat(answer.statusCode()).as(content + answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("x-should-retry")).hasValue("false");
        return answer;
    }

    @Test
    void aStreamComesChunkByChunkAndItsResultIsTheWhole() throws IOException {
        awaitServing(bridge());
        try (EventClient client = EventClient.post(far, "/v1/chat/completions", streaming("slow"))) {
            expectChunks(client, 0, UpstreamServer.EARLY);
            assertThat(upstream.held).as("the server has not gone on").hasValue(1);
            assertThat(upstream.bodies).containsExactly(streaming("slow"));
            // The other slot serves one who did not ask for a stream.
            assertThat(chat(asking("llama3:8b", "hi")).body()).isEqualTo(UpstreamServer.ANSWER);
            upstream.release();
            expectChunks(client, UpstreamServer.EARLY, UpstreamServer.CHUNKS.size());
            assertThat(client.event().data()).isEqualTo("[DONE]");
            assertThat(client.event().name()).isEqualTo("EOF");

            JsonNode result = far.task(client.headers.get("X-Task-Id")).path("result");
            assertThat(result.path("object").asText()).isEqualTo("chat.completion");
            assertThat(result.at("/choices/0/message/content").asText()).isEqualTo("h\u00e9, 好");
            assertThat(result.at("/choices/0/finish_reason").asText()).isEqualTo("length");
            assertThat(result.at("/usage/total_tokens").asInt()).isEqualTo(7);
        }
    }

    @Test
    void aStreamThatIsCancelledIsGivenUpAtTheServer() throws IOException {
        awaitServing(bridge("SLOTS", "1"));
        try (EventClient client = EventClient.post(far, "/v1/chat/completions", streaming("slow"))) {
            expectChunks(client, 0, UpstreamServer.EARLY);
            awaitHeld(1);
            String id = client.headers.get("X-Task-Id");
            assertThat(send(HttpRequest.newBuilder(near.uri("/api/task/" + id))
                                    .DELETE()
                                    .build())
                            .statusCode())
                    .isEqualTo(200);
            assertThat(client.event().json().at("/error/code").asText()).isEqualTo("cancelled");
            assertThat(client.event().name()).isEqualTo("EOF");
            await().atMost(Duration.ofSeconds(30)).until(() -> upstream.aborted.get() == 1);
        }
        // Its slot is free again.
        assertThat(chat(asking("llama3:8b", "hi")).body()).isEqualTo(UpstreamServer.ANSWER);
    }

    @Test
    void aStreamThatBreaksOffIsNoSuccess() throws IOException {
        awaitServing(bridge());
        try (EventClient client = EventClient.post(far, "/v1/chat/completions", streaming("break"))) {
            expectChunks(client, 0, UpstreamServer.EARLY);
            JsonNode error = client.event().json().path("error");
            assertThat(error.path("code").asText()).isEqualTo("worker_error");
            assertThat(error.path("message").asText()).isEqualTo("the stream of the upstream broke off");
            assertThat(client.event().name()).isEqualTo("EOF");
        }
    }

    @Test
    void theNameOfTheGroupIsTheOnlyModelOfTheServer() throws IOException {
        try (UpstreamServer single = new UpstreamServer(0, "llama3:8b")) {
            awaitServing(bridge("UPSTREAM_URL", single.url()));
            for (String model : List.of("gpu", "gpu@gpu", "llama3:8b", "llama3:8b@gpu")) {
                assertThat(chat(asking(model, "hi")).body()).isEqualTo(UpstreamServer.ANSWER);
                assertThat(single.bodies.poll()).isEqualTo(asking("llama3:8b", "hi"));
            }
            assertThat(chat(asking("other@gpu", "hi")).statusCode()).isEqualTo(200);
            assertThat(single.bodies.poll()).isEqualTo(asking("other", "hi"));
        }
    }

    @Test
    void asManyAtOnceAsItHasSlotsAndACancelledOneIsGivenUpAtTheServer() throws IOException {
        awaitLine(bridge(), "ready as W");
        String cancelled = submitSlow();
        String kept = submitSlow();
        awaitHeld(2);
        String third = submitSlow();
        assertThat(far.task(third).path("status").asText()).isEqualTo("queued");

        assertThat(send(HttpRequest.newBuilder(far.uri("/api/task/" + cancelled))
                                .DELETE()
                                .build())
                        .statusCode())
                .isEqualTo(200);
        await().atMost(Duration.ofSeconds(30)).until(() -> upstream.aborted.get() == 1);
        await().atMost(Duration.ofSeconds(30)).until(() -> upstream.bodies.size() == 3);
        awaitHeld(2);
        upstream.release();
        awaitCompleted(kept);
        awaitCompleted(third);
        assertThat(far.task(cancelled).path("status").asText()).isEqualTo("cancelled");
    }

    @Test
    void itsGatewayIsKilledAndTheAnswerCountsThroughTheOther() throws IOException {
        Path log = bridge();
        awaitLine(log, "ready as W");
        String one = submitSlow();
        String two = submitSlow();
        awaitHeld(2);
        near.kill();
        awaitLine(log, "disconnected (1006");
        await().atMost(Duration.ofSeconds(30))
                .untilAsserted(() ->
                        assertThat(Files.readString(log).split("ready as W")).hasSize(3));
        upstream.release();
        awaitCompleted(one);
        awaitCompleted(two);
        assertThat(upstream.bodies).as("nothing ran twice").hasSize(2);
        assertThat(chat(asking("llama3:8b", "hi")).body()).isEqualTo(UpstreamServer.ANSWER);
    }

    @Test
    void stoppingItEndsWhatRunsAndTakesNothingNew() throws Exception {
        Path log = bridge();
        awaitLine(log, "ready as W");
        String one = submitSlow();
        String two = submitSlow();
        awaitHeld(2);
        String waits = submitSlow();
        bridges.get(0).terminate();
        awaitLine(log, "stopping after 2 running");
        upstream.release();
        awaitCompleted(one);
        awaitCompleted(two);
        assertThat(exitOf()).isZero();
        assertThat(upstream.bodies).hasSize(2);
        assertThat(far.task(waits).path("status").asText()).isEqualTo("queued");
        awaitLine(bridge(), "ready as W");
        awaitCompleted(waits);
    }

    @Test
    void itIsReadyWhenTheServerIsAndWaitsForOneThatRestarts() throws IOException {
        int port = TestRedis.freePort();
        Path log = bridge("UPSTREAM_URL", "http://127.0.0.1:" + port + "/v1/", "SLOTS", "");
        awaitLine(log, "again in 2000 ms");
        assertThat(Files.readString(log)).doesNotContain("ready as");
        try (UpstreamServer late = new UpstreamServer(port)) {
            awaitLine(log, "ready as W");
            assertThat(chat(asking("llama3:8b", "hi")).body()).isEqualTo(UpstreamServer.ANSWER);
        }
        String id = chat(asking("llama3:8b", "hi"), "Prefer", "wait=0")
                .headers()
                .firstValue("X-Task-Id")
                .orElseThrow();
        awaitLine(log, "a task waits for it");
        try (UpstreamServer again = new UpstreamServer(port)) {
            awaitCompleted(id);
        }
    }

    @Test
    void whatCannotWorkIsToldAtOnce() throws Exception {
        Path noKey = bridge("WORKER_KEY", "");
        assertThat(exitOf()).isEqualTo(1);
        assertThat(Files.readString(noKey)).contains("the gateway asks for a key: set WORKER_KEY");
        Path wrongKey = bridge("WORKER_KEY", "a-key-that-was-guessed");
        assertThat(exitOf()).isEqualTo(1);
        assertThat(Files.readString(wrongKey)).contains("does not know this WORKER_KEY");
        Path otherGroup = bridge("WORKER_KEY", NARROW_KEY);
        assertThat(exitOf()).isEqualTo(1);
        assertThat(Files.readString(otherGroup)).contains("this WORKER_KEY does not serve the group gpu");
        Path badGroup = bridge("GROUP", "no group");
        assertThat(exitOf()).isEqualTo(1);
        assertThat(Files.readString(badGroup)).contains("GROUP must be 1 to 64 characters");
        Path badSlots = bridge("SLOTS", "many");
        assertThat(exitOf()).isEqualTo(1);
        assertThat(Files.readString(badSlots)).contains("SLOTS must be 1 to 256, not many");
    }
}
