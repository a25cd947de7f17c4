package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.InternalServerException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIServiceException;
import com.openai.errors.SseException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.images.ImageGenerateParams;
import com.openai.models.models.Model;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStatus;
import com.openai.models.responses.ResponseStreamEvent;
import com.openai.models.responses.ResponseTextDeltaEvent;
import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.testkit.FaultProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The official SDKs, unchanged, on one gateway; the worker is on the other. */
class OpenAiSdkIT {

    private final String prefix = TestRedis.freshPrefix();
    private GatewayProcess a;
    private GatewayProcess b;
    private ModelWorker worker;

    @BeforeEach
    void start() {
        a = GatewayProcess.on(TestRedis.url(), prefix);
        b = GatewayProcess.on(TestRedis.url(), prefix);
        worker = new ModelWorker(b, "gpu");
    }

    @AfterEach
    void stop() {
        Closing.all(worker, Closing.killed(a), Closing.killed(b));
    }

    // ---- Node -----------------------------------------------------------------------------------------------------

    @Test
    void node() throws Exception {
        JsonNode gave = runNode();

        JsonNode chat = gave.path("chat");
        assertThat(chat.path("object").asText()).isEqualTo("chat.completion");
        assertThat(chat.path("model").asText()).isEqualTo("gpu");
        assertThat(chat.at("/choices/0/message/content").asText()).isEqualTo("echo: hello");
        assertThat(chat.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
        assertThat(gave.at("/suffix/choices/0/message/content").asText()).isEqualTo("echo: by suffix");
        assertThat(worker.frames.get("by suffix")).contains("\"payload\":{\"model\":\"llama\"");
        assertThat(gave.at("/completion/choices/0/text").asText()).isEqualTo("echo: once upon");
        assertThat(gave.at("/embedding/data/0/embedding").toString()).isEqualTo("[0.5,0.25]");
        assertThat(gave.at("/image/data/0/url").asText()).isEqualTo("https://example.com/cat.png");
        assertThat(gave.at("/response/status").asText()).isEqualTo("completed");
        assertThat(gave.path("output_text").asText()).isEqualTo("echo: text");
        assertThat(gave.at("/background/first").asText()).isIn("queued", "in_progress");
        assertThat(gave.at("/background/last").asText()).isEqualTo("completed");
        assertThat(gave.at("/background/text").asText()).isEqualTo("echo: later");
        assertThat(gave.at("/background failed/last").asText()).isEqualTo("failed");
        assertThat(gave.at("/background failed/error/message").asText()).isEqualTo("no luck");
        assertThat(gave.path("models").toString()).isEqualTo("[\"gpu\"]");
        assertThat(gave.at("/model/owned_by").asText()).isEqualTo("gpu");
        error(gave, "no model", "NotFoundError", 404, "model_not_found");
        error(gave, "worker error", "InternalServerError", 500, "worker_error");
        error(gave, "worker lost", "InternalServerError", 502, "worker_lost");
        error(gave, "timeout", "InternalServerError", 504, "task_timeout");
        error(gave, "impatient", "InternalServerError", 504, "wait_timeout");
        error(gave, "bad request", "BadRequestError", 400, "invalid_request");
        assertThat(gave.at("/bad request/param").asText()).isEqualTo("messages");
        error(gave, "no response", "NotFoundError", 404, "not_found");
        error(gave, "no path", "NotFoundError", 404, "unsupported_endpoint");
        error(gave, "no worker", "InternalServerError", 503, "no_worker");
        assertThat(gave.at("/repeated/answer/choices/0/message/content").asText())
                .isEqualTo("echo: repeated");
        JsonNode attempts = gave.at("/repeated/attempts");
        assertThat(attempts).hasSize(2);
        assertThat(attempts.at("/0/0").asText()).isEqualTo("0");
        assertThat(attempts.at("/1/0").asText()).isEqualTo("1");
        assertThat(attempts.at("/1/1").asText())
                .isNotEmpty()
                .isEqualTo(attempts.at("/0/1").asText());
        eachRanOnce("hello", "slow", "impatient", "lost", "later", "repeated");
        assertThat(worker.asked).containsEntry("fail", 2);
        streams(gave);
    }

    private void streams(JsonNode gave) {
        JsonNode chunks = gave.at("/stream/events");
        assertThat(chunks.findValuesAsText("content")).containsExactly("one ", "two ", "three ");
        assertThat(chunks.at("/0/object").asText()).isEqualTo("chat.completion.chunk");
        assertThat(chunks.at("/0/choices/0/delta/role").asText()).isEqualTo("assistant");
        assertThat(chunks.findValuesAsText("role")).hasSize(1);
        assertThat(chunks.findValuesAsText("finish_reason")).containsExactly("null", "null", "null", "stop");
        assertThat(chunks.findValuesAsText("id"))
                .containsOnly(chunks.at("/0/id").asText());
        assertThat(gave.at("/stream/thrown").isMissingNode()).isTrue();

        JsonNode plain = gave.at("/stream of a plain worker/events");
        assertThat(plain.findValuesAsText("content")).containsExactly("echo: streamed");
        assertThat(plain.at("/1/choices/0/finish_reason").asText()).isEqualTo("stop");
        JsonNode whole = gave.at("/stream of a whole object/events");
        assertThat(whole).hasSize(1);
        assertThat(whole.at("/0/choices/0/delta/content").asText()).isEqualTo("all");
        assertThat(whole.at("/0/choices/0/finish_reason").asText()).isEqualTo("length");
        assertThat(whole.at("/0/usage/total_tokens").asInt()).isEqualTo(3);
        assertThat(gave.at("/stream helper/choices/0/message/content").asText()).isEqualTo("a b ");
        assertThat(gave.at("/objects/events").findValuesAsText("content")).containsExactly("a", "b");
        assertThat(gave.at("/objects/events")).hasSize(2);
        for (String broken : List.of("stream fails", "stream lost")) {
            assertThat(gave.path(broken).path("events").findValuesAsText("content"))
                    .as(broken)
                    .containsExactly("then ");
            assertThat(gave.path(broken).path("thrown").asText()).isEqualTo("APIError");
        }
        assertThat(gave.at("/stream fails/code").asText()).isEqualTo("worker_error");
        assertThat(gave.at("/stream lost/code").asText()).isEqualTo("worker_lost");
        assertThat(gave.at("/stream of completions/events").findValuesAsText("text"))
                .containsExactly("x ", "y ", "");

        JsonNode response = gave.at("/stream of a response/events");
        assertThat(response.findValuesAsText("type").stream()
                        .filter(type -> type.startsWith("response."))
                        .toList())
                .containsExactly(
                        "response.created",
                        "response.in_progress",
                        "response.output_item.added",
                        "response.content_part.added",
                        "response.output_text.delta",
                        "response.output_text.delta",
                        "response.output_text.done",
                        "response.content_part.done",
                        "response.output_item.done",
                        "response.completed");
        assertThat(response.findValuesAsText("delta")).containsExactly("\u00e9 ", "z ");
        assertThat(response.findValuesAsText("sequence_number"))
                .containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
        assertThat(gave.at("/response helper/output_text").asText()).isEqualTo("p q ");
        assertThat(gave.at("/response helper/status").asText()).isEqualTo("completed");
        assertThat(gave.at("/response fails/thrown").asText()).isEqualTo("APIError");
        assertThat(gave.at("/response fails/code").asText()).isEqualTo("worker_error");
        assertThat(gave.at("/response fails/events").findValuesAsText("type")).contains("response.failed");
        error(gave, "background stream", "BadRequestError", 400, "invalid_request");
        eachRanOnce("words one two three", "streamed", "objects", "words a b", "words then lost", "words p q");
        assertThat(worker.asked).containsEntry("words then fail", 2);
    }

    private static void error(JsonNode gave, String call, String thrown, int status, String code) {
        JsonNode error = gave.path(call);
        assertThat(error.path("thrown").asText()).as("%s: %s", call, error).isEqualTo(thrown);
        assertThat(error.path("status").asInt()).as(call).isEqualTo(status);
        assertThat(error.path("code").asText()).as(call).isEqualTo(code);
        assertThat(error.path("requestID").asText()).as(call).startsWith("req_");
    }

    /** Neither of the SDK's two retries has made another task. */
    private void eachRanOnce(String... contents) {
        for (String content : contents) {
            assertThat(worker.asked).containsEntry(content, 1);
        }
    }

    private JsonNode runNode() throws Exception {
        return GatewayProcess.JSON.readTree(NodeClients.run("sdk.mjs", a, b));
    }

    // ---- Java -----------------------------------------------------------------------------------------------------

    @Test
    void java() {
        OpenAIClient client = client();
        assertThat(client.chat()
                        .completions()
                        .create(chat("hello").build())
                        .choices()
                        .get(0)
                        .message()
                        .content())
                .contains("echo: hello");
        assertThat(client.embeddings()
                        .create(EmbeddingCreateParams.builder()
                                .model("gpu")
                                .input("words")
                                .build())
                        .data()
                        .get(0)
                        .embedding())
                .containsExactly(0.5f, 0.25f);
        assertThat(client.images()
                        .generate(ImageGenerateParams.builder()
                                .model("gpu")
                                .prompt("a cat")
                                .build())
                        .data()
                        .orElseThrow()
                        .get(0)
                        .url())
                .contains("https://example.com/cat.png");
        assertThat(text(client.responses().create(response("say").build()))).isEqualTo("echo: say");
        Response background =
                client.responses().create(response("later").background(true).build());
        assertThat(background.status().orElseThrow()).isIn(ResponseStatus.QUEUED, ResponseStatus.IN_PROGRESS);
        Response ended = Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(
                        () -> client.responses().retrieve(background.id()),
                        it -> it.status().orElseThrow().equals(ResponseStatus.COMPLETED));
        assertThat(text(ended)).isEqualTo("echo: later");
        assertThat(client.models().list().data()).extracting(Model::id).containsExactly("gpu");
        assertThat(client.models().retrieve("gpu").ownedBy()).isEqualTo("gpu");

        refused(client, chat("fail"), InternalServerException.class, 500, "worker_error");
        refused(client, chat("lost"), InternalServerException.class, 502, "worker_lost");
        refused(
                client,
                chat("slow").putAdditionalBodyProperty("timeout", JsonValue.from(5_000)),
                InternalServerException.class,
                504,
                "task_timeout");
        refused(
                client,
                chat("x").putAdditionalBodyProperty("stream", JsonValue.from("perhaps")),
                BadRequestException.class,
                400,
                "invalid_request");
        OpenAIServiceException missing = catchThrowableOfType(
                NotFoundException.class, () -> client.models().retrieve("none"));
        assertThat(missing.code()).contains("model_not_found");
        eachRanOnce("hello", "later", "fail", "lost", "slow");
    }

    @Test
    void aBrokenConnectionIsNotNoticedByTheSdksUser() throws Exception {
        try (FaultProxy link = new FaultProxy(a.port());
                TestWorker slow = TestWorker.ready(b, "slow-gpu")) {
            OpenAIClient client = OpenAIOkHttpClient.builder()
                    .baseUrl("http://127.0.0.1:" + link.port() + "/v1")
                    .apiKey("any")
                    .build();
            var answer = CompletableFuture.supplyAsync(() -> client.chat()
                    .completions()
                    .create(chat("patience").model("any@slow-gpu").build()));
            String id = slow.awaitTask();
            link.cut();
            // Longer than a task is kept for a client who does not come back.
            TimeUnit.SECONDS.sleep(12);
            slow.complete(id, "\"worth it\"");
            assertThat(answer.get(20, TimeUnit.SECONDS)
                            .choices()
                            .get(0)
                            .message()
                            .content())
                    .contains("worth it");
            assertThat(slow.received).containsExactly(id);
        }
    }

    @Test
    void javaChatStreams() {
        OpenAIClient client = client();
        List<ChatCompletionChunk> spoken = new ArrayList<>();
        chatInto(spoken, client, "words one two three");
        assertThat(contents(spoken)).containsExactly("one ", "two ", "three ");
        ChatCompletion.Choice whole = whole(spoken);
        assertThat(whole.message().content()).contains("one two three ");
        assertThat(whole.finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.STOP);

        List<ChatCompletionChunk> plain = new ArrayList<>();
        chatInto(plain, client, "plain");
        assertThat(contents(plain)).containsExactly("echo: plain");
        assertThat(whole(plain).finishReason()).isEqualTo(ChatCompletion.Choice.FinishReason.STOP);

        List<ChatCompletionChunk> objects = new ArrayList<>();
        chatInto(objects, client, "objects");
        assertThat(contents(objects)).containsExactly("a", "b");

        List<ChatCompletionChunk> failed = new ArrayList<>();
        cut("worker_error", () -> chatInto(failed, client, "words then fail"));
        assertThat(contents(failed)).containsExactly("then ");
        List<ChatCompletionChunk> lost = new ArrayList<>();
        cut("worker_lost", () -> chatInto(lost, client, "words then lost"));
        assertThat(contents(lost)).containsExactly("then ");
        assertThat(worker.asked).hasSize(5).values().containsOnly(1);
    }

    @Test
    void javaResponseStreams() {
        OpenAIClient client = client();
        List<ResponseStreamEvent> spoken = new ArrayList<>();
        responseInto(spoken, client, "words p q");
        assertThat(deltas(spoken)).containsExactly("p ", "q ");
        assertThat(spoken.get(0).isCreated()).isTrue();
        assertThat(spoken.get(spoken.size() - 1).isCompleted()).isTrue();
        spoken.forEach(ResponseStreamEvent::validate);
        ResponseAccumulator whole = ResponseAccumulator.create();
        spoken.forEach(whole::accumulate);
        assertThat(text(whole.response())).isEqualTo("p q ");
        assertThat(whole.response().status()).contains(ResponseStatus.COMPLETED);

        List<ResponseStreamEvent> plain = new ArrayList<>();
        responseInto(plain, client, "plain");
        assertThat(deltas(plain)).containsExactly("echo: plain");
        assertThat(plain.get(plain.size() - 1).isCompleted()).isTrue();

        List<ResponseStreamEvent> failed = new ArrayList<>();
        cut("worker_error", () -> responseInto(failed, client, "words then fail"));
        assertThat(deltas(failed)).containsExactly("then ");
        assertThat(failed.get(failed.size() - 1).isFailed()).isTrue();
        assertThat(worker.asked).hasSize(3).values().containsOnly(1);
    }

    private OpenAIClient client() {
        return OpenAIOkHttpClient.builder()
                .baseUrl(a.uri("/v1").toString())
                .apiKey("any")
                .build();
    }

    /** Until the end of the stream; what came before an error is in the list. */
    private static void chatInto(List<ChatCompletionChunk> chunks, OpenAIClient client, String content) {
        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(chat(content).build())) {
            stream.stream().forEach(chunks::add);
        }
    }

    /** The same of a response. */
    private static void responseInto(List<ResponseStreamEvent> events, OpenAIClient client, String input) {
        try (StreamResponse<ResponseStreamEvent> stream =
                client.responses().createStreaming(response(input).build())) {
            stream.stream().forEach(events::add);
        }
    }

    private static List<String> contents(List<ChatCompletionChunk> chunks) {
        return chunks.stream()
                .flatMap(chunk -> chunk.choices().stream())
                .flatMap(choice -> choice.delta().content().stream())
                .toList();
    }

    private static List<String> deltas(List<ResponseStreamEvent> events) {
        return events.stream()
                .map(ResponseStreamEvent::outputTextDelta)
                .flatMap(Optional::stream)
                .map(ResponseTextDeltaEvent::delta)
                .toList();
    }

    /** As the SDK puts it together, which needs a finish reason. */
    private static ChatCompletion.Choice whole(List<ChatCompletionChunk> chunks) {
        ChatCompletionAccumulator whole = ChatCompletionAccumulator.create();
        chunks.forEach(whole::accumulate);
        return whole.chatCompletion().choices().get(0);
    }

    private static void cut(String code, Runnable reading) {
        SseException error = catchThrowableOfType(SseException.class, reading::run);
        assertThat(error).as(code).isNotNull();
        assertThat(error.code()).contains(code);
    }

    private static String text(Response response) {
        return response.output()
                .get(0)
                .asMessage()
                .content()
                .get(0)
                .asOutputText()
                .text();
    }

    private static ChatCompletionCreateParams.Builder chat(String content) {
        return ChatCompletionCreateParams.builder().model("gpu").addUserMessage(content);
    }

    private static ResponseCreateParams.Builder response(String input) {
        return ResponseCreateParams.builder().model("gpu").input(input);
    }

    private static void refused(
            OpenAIClient client,
            ChatCompletionCreateParams.Builder params,
            Class<? extends OpenAIServiceException> thrown,
            int status,
            String code) {
        OpenAIServiceException error =
                catchThrowableOfType(thrown, () -> client.chat().completions().create(params.build()));
        assertThat(error).as(code).isNotNull();
        assertThat(error.statusCode()).isEqualTo(status);
        assertThat(error.code()).contains(code);
        assertThat(error.headers().values("x-request-id")).isNotEmpty();
    }
}
