package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.taskdispatcher.gateway.store.redis.ScriptSha;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.testkit.FaultProxy;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The link to Redis breaks exactly when a script runs: before, so that the request is lost, or after, so that its reply is.
 * Either way the script has its effect once, and the task one outcome.
 */
class LostRepliesIT {

    private static FaultStage stage;
    private static GatewayProcess a;
    private static GatewayProcess b;

    /** A is the client's gateway, B the worker's. */
    @BeforeAll
    static void start(@TempDir Path dir) throws Exception {
        stage = new FaultStage(dir);
        a = stage.gateway();
        b = stage.gateway();
        stage.rehearse(a, b);
    }

    @AfterAll
    static void stop() throws Exception {
        stage.close();
    }

    @ParameterizedTest(name = "{0} lost: {1}")
    @CsvSource({
        "request,JOIN", "reply,JOIN",
        "request,READY", "reply,READY",
        "request,SUBMIT", "reply,SUBMIT",
        "request,CLAIM", "reply,CLAIM",
        "request,COMPLETE", "reply,COMPLETE",
        "request,GONE", "reply,GONE"
    })
    void hasItsEffectOnce(String lost, String script) throws Exception {
        FaultProxy link = stage.linkOf(script.equals("SUBMIT") ? a : b);
        CompletableFuture<Void> sprung = lost.equals("request")
                ? link.stallBefore(ScriptSha.of(script))
                : link.swallowRepliesAfter(ScriptSha.of(script));
        CompletableFuture<Void> mended = sprung.thenRunAsync(() -> {
            // Long enough for an answer of Redis to be swallowed, shorter than the time of a call.
            pause(300);
            link.cut();
            link.heal();
        });
        TestWorker worker = stage.silent(b);
        worker.send("{\"type\":\"ready\"}");
        String id = stage.submit(a, "{\"data\":{\"n\":1}}");
        // Soon, not only with the half-minute's look at idle workers.
        await().atMost(Duration.ofSeconds(8)).until(() -> worker.received.contains(id));
        assertThat(worker.awaitTask()).isEqualTo(id);
        worker.complete(id, "1");
        stage.awaitStatus(a, id, "completed");
        worker.close();
        mended.get(20, TimeUnit.SECONDS);
        stage.settled(a, b);
    }

    /** Refused for want of an answer, repeated by the SDK, and withdrawn by nobody. */
    @Test
    void aRetryJoinsTheAttemptWhoseReplyIsLost() throws Exception {
        FaultProxy link = stage.linkOf(a);
        TestWorker worker = stage.ready(b);
        String before = stage.submit(a, "{\"data\":{\"n\":1}}");
        assertThat(worker.awaitTask()).isEqualTo(before);
        link.swallowRepliesAfter(ScriptSha.of("SUBMIT"));
        assertThat(chat(a, "0").get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(503);
        CompletableFuture<HttpResponse<String>> again = chat(b, "1");
        await().until(() -> stage.queue().size() == 1
                && stage.ask(redis ->
                        redis.hexists("td:{default}:task:" + stage.queue().get(0), "shared")));
        link.cut();
        link.heal();
        await().until(() -> a.get("/readyz").statusCode() == 200);
        worker.complete(before, "0");
        String id = worker.awaitTask();
        worker.complete(id, "\"once\"");
        HttpResponse<String> answer = again.get(20, TimeUnit.SECONDS);
        assertThat(answer.body()).contains("once");
        assertThat(answer.headers().firstValue("x-task-id")).contains(id);
        assertThat(worker.received).containsExactly(before, id);
        worker.close();
        stage.settled(a, b);
    }

    /** The client holds the id of an accepted task, so each gateway finds it as soon as Redis answers again. */
    @ParameterizedTest
    @CsvSource({"noted-late,0", "noted-late-and-alone,200"})
    void aTaskIsFoundThoughTheNameOfItsGroupIsNotedLate(String group, int othersOfItsHash) throws Exception {
        FaultProxy link = stage.linkOf(a);
        String names = "td:{*}:names:" + HexFormat.of().toHexDigits((short) new GroupName(group).hash16());
        try (TestWorker worker = TestWorker.echo(b, group)) {
            await().until(() -> stage.ask(redis -> redis.zscore("td:{" + group + "}:idle", worker.id)) != null);
            for (int i = 0; i < othersOfItsHash; i++) {
                double now = System.currentTimeMillis();
                String other = "other-" + i;
                stage.ask(redis -> redis.zadd(names, now, other));
            }
            link.stallBefore(ScriptSha.of("ACCEPT"));
            String id = a.submit("{\"data\":{\"n\":1},\"group\":\"" + group + "\"}");
            assertThat(busy(group)).isFalse();
            link.cut();
            link.heal();
            stage.ledger.accepted(id);
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> b.get("/api/task/" + id).body().contains("completed"));
            assertThat(busy(group)).isTrue();
            boolean named = stage.ask(redis -> redis.zscore(names, group) != null);
            assertThat(named).isEqualTo(othersOfItsHash == 0);
        }
        stage.settled(a, b);
    }

    private static boolean busy(String group) {
        return stage.ask(redis -> redis.zscore("td:{*}:busy", group) != null);
    }

    private static CompletableFuture<HttpResponse<String>> chat(GatewayProcess gateway, String retryCount) {
        return GatewayProcess.HTTP.sendAsync(
                HttpRequest.newBuilder(gateway.uri("/v1/chat/completions"))
                        .header("Content-Type", "application/json")
                        .header("Authorization", "Bearer somebody")
                        .header("X-Stainless-Retry-Count", retryCount)
                        .POST(HttpRequest.BodyPublishers.ofString(
                                "{\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static void pause(long ms) {
        try {
            TimeUnit.MILLISECONDS.sleep(ms);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
