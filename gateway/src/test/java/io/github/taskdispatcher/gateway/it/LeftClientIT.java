package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.taskdispatcher.gateway.test.TestRedis;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.net.Socket;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Clients close their connections in the middle. Clients are at one gateway, workers at the other. What is not cancelled is known
 * by its worker having heard nothing when another, whose client left at the same moment, was told.
 */
@Execution(ExecutionMode.CONCURRENT)
class LeftClientIT {

    private static final String LEFT = "Task cancelled: its client disconnected";

    private static final String PREFIX = TestRedis.freshPrefix();
    private static final RedisClient CLIENT = RedisClient.create(TestRedis.url());
    private static final RedisCommands<String, String> REDIS = CLIENT.connect().sync();
    private static GatewayProcess a;
    private static GatewayProcess b;

    @BeforeAll
    static void start() {
        a = GatewayProcess.on(TestRedis.url(), PREFIX);
        b = GatewayProcess.on(TestRedis.url(), PREFIX);
    }

    @AfterAll
    static void stop() {
        Closing.all(a, b);
        CLIENT.shutdown();
    }

    private static Socket request(GatewayProcess gateway, String head, String body) throws IOException {
        Socket socket = new Socket("127.0.0.1", gateway.port());
        socket.setSoTimeout(40_000);
        socket.getOutputStream().write(text(head, body).getBytes(UTF_8));
        return socket;
    }

    private static String text(String head, String body) {
        return head.replaceFirst("\n|$", " HTTP/1.1\r\nHost: localhost\r\n")
                + (head.contains("\n") ? "\r\n" : "")
                + (body.isEmpty()
                        ? "\r\n"
                        : "Content-Type: application/json\r\nContent-Length: " + body.getBytes(UTF_8).length
                                + "\r\n\r\n" + body);
    }

    private static String task(String group) {
        return "{\"data\":{},\"timeout\":60000,\"group\":\"" + group + "\"}";
    }

    /** Waits until the task of a client who leaves now is cancelled: then so is every other whose client left before. */
    private static void untilWhoLeftIsCancelled(String test) throws IOException {
        String group = test + "-clock";
        try (TestWorker worker = TestWorker.ready(b, group)) {
            Socket client = request(a, "POST /api/openai", task(group));
            worker.awaitTask();
            client.close();
            worker.await("cancel");
        }
    }

    private static void expectRunning(TestWorker worker, String id) {
        assertThat(worker.gotNothing()).as("told nothing").isTrue();
        assertThat(b.task(id).path("status").asText()).isEqualTo("executing");
    }

    /** What is to be true once all who left have had their time; the scene is set until then. */
    private interface Check {
        void hold() throws IOException;
    }

    private interface Scene {
        Check set() throws IOException;
    }

    /** Sets the scenes one after the other, waits once for all of them, then checks each. */
    private static List<DynamicTest> played(String name, Map<String, Scene> scenes) throws IOException {
        Map<String, Check> checks = new LinkedHashMap<>();
        for (Map.Entry<String, Scene> scene : scenes.entrySet()) {
            checks.put(scene.getKey(), scene.getValue().set());
        }
        untilWhoLeftIsCancelled(name);
        return checks.entrySet().stream()
                .map(check -> DynamicTest.dynamicTest(
                        check.getKey(), () -> check.getValue().hold()))
                .toList();
    }

    @TestFactory
    List<DynamicTest> whoLeavesCancels() throws IOException {
        String chat = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"group\":";
        return played(
                "cancels",
                Map.of(
                        "a task of the guide", () -> leaves("/api/openai", "sync", "{\"data\":{},\"group\":\"sync\"}"),
                        "its stream",
                                () -> leaves(
                                        "/api/openai", "stream", "{\"data\":{},\"group\":\"stream\",\"stream\":true}"),
                        "a chat", () -> leaves("/v1/chat/completions", "chat", chat + "\"chat\"}"),
                        "its stream on the OpenAI route",
                                () -> leaves(
                                        "/v1/chat/completions", "chatting", chat + "\"chatting\",\"stream\":true}"),
                        "a response",
                                () -> leaves(
                                        "/v1/responses",
                                        "responses",
                                        "{\"model\":\"m\",\"input\":\"hi\",\"group\":\"responses\",\"stream\":true}")));
    }

    private static Check leaves(String path, String group, String body) throws IOException {
        TestWorker worker = TestWorker.ready(b, group);
        Socket client = request(a, "POST " + path, body);
        String id = worker.awaitTask();
        Socket waiting = request(a, "POST " + path, body);
        waitUntilOneWaits(group);
        String stays = b.submit(task(group));
        long since = System.nanoTime();
        client.close();
        waiting.close();
        return () -> {
            assertThat(worker.await("cancel").path("taskId").asText()).isEqualTo(id);
            assertThat(System.nanoTime() - since)
                    .as("he may come back for 10 s")
                    .isGreaterThan(TimeUnit.MILLISECONDS.toNanos(9_500));
            JsonNode task = b.task(id);
            assertThat(task.path("status").asText()).isEqualTo("cancelled");
            assertThat(task.path("cancelledAt").asLong()).isPositive();
            await().untilAsserted(
                            () -> assertThat(b.task(stays).path("position").asInt())
                                    .as("what waited is gone, too")
                                    .isEqualTo(1));
            worker.complete(id, "\"in vain\"");
            assertThat(worker.awaitTask()).isEqualTo(stays);
            worker.close();
        };
    }

    private static void waitUntilOneWaits(String group) {
        await().until(() -> GatewayProcess.json(b.get("/api/dashboard/views/tasks?status=queued&group=" + group))
                        .path("total")
                        .asInt()
                == 1);
    }

    @TestFactory
    List<DynamicTest> whatSomebodyWantsGoesOn() throws IOException {
        return played(
                "goes-on",
                Map.of(
                        "he comes back by his key", LeftClientIT::comesBack,
                        "another waited before", LeftClientIT::anotherWaits,
                        "he takes up his stream again", LeftClientIT::takesUpHisStream,
                        "he only looks", LeftClientIT::onlyLooks,
                        "it was asynchronous", LeftClientIT::wasAsynchronous,
                        "he was told so at once", () -> wasTold(0),
                        "he was told so after a second", () -> wasTold(1)));
    }

    private static Check comesBack() throws IOException {
        String head = "POST /api/openai\nIdempotency-Key: back";
        TestWorker worker = TestWorker.ready(b, "back");
        Socket client = request(a, head, task("back"));
        String id = worker.awaitTask();
        client.close();
        Socket again = request(b, head, task("back"));
        return () -> {
            expectRunning(worker, id);
            worker.complete(id, "7");
            assertThat(RawHttp.read(again.getInputStream()).body())
                    .contains("\"status\":\"completed\"", "\"result\":7");
            again.close();
            worker.close();
        };
    }

    private static Check anotherWaits() throws IOException {
        String head = "POST /api/openai\nIdempotency-Key: two";
        TestWorker worker = TestWorker.ready(b, "two");
        Socket client = request(a, head, task("two"));
        String id = worker.awaitTask();
        Socket other = request(b, head, task("two"));
        await().until(() -> watchers("two", id) == 2);
        client.close();
        return () -> {
            expectRunning(worker, id);
            worker.complete(id, "7");
            assertThat(RawHttp.read(other.getInputStream()).body()).contains("\"result\":7");
            other.close();
            worker.close();
        };
    }

    private static Check takesUpHisStream() throws IOException {
        TestWorker worker = TestWorker.ready(b, "resumed");
        EventClient client = EventClient.post(a, "/api/openai", "{\"data\":{},\"group\":\"resumed\",\"stream\":true}");
        String id = worker.awaitTask();
        worker.send("{\"type\":\"task_chunk\",\"taskId\":\"" + id + "\",\"chunk\":\"one\"}");
        assertThat(client.event("chunk").id()).isEqualTo("1");
        client.close();
        EventClient again = EventClient.events(b, id, "Last-Event-ID", "1");
        return () -> {
            expectRunning(worker, id);
            worker.complete(id, "7");
            assertThat(again.event("completed").json().path("result").asInt()).isEqualTo(7);
            again.close();
            worker.close();
        };
    }

    private static Check onlyLooks() throws IOException {
        TestWorker worker = TestWorker.ready(b, "polled");
        EventClient client = EventClient.post(a, "/api/openai", "{\"data\":{},\"group\":\"polled\",\"stream\":true}");
        String id = worker.awaitTask();
        client.close();
        await().until(() -> REDIS.hexists(key("polled", id), "abandonedAt"));
        assertThat(b.task(id).path("status").asText()).isEqualTo("executing");
        return () -> {
            expectRunning(worker, id);
            worker.close();
        };
    }

    private static Check wasAsynchronous() throws IOException {
        TestWorker worker = TestWorker.ready(b, "async");
        String id = a.submit(task("async"));
        worker.awaitTask();
        Socket waiting = request(a, "GET /api/task/" + id + "?wait=60", "");
        EventClient follower = EventClient.events(a, id);
        follower.event("status");
        waiting.close();
        follower.close();
        return () -> {
            expectRunning(worker, id);
            worker.close();
        };
    }

    private static Check wasTold(int seconds) throws IOException {
        String group = "preferred" + seconds;
        String head = "POST /api/openai\nIdempotency-Key: " + group;
        TestWorker worker = TestWorker.ready(b, group);
        try (Socket client = request(a, head + "\nPrefer: wait=" + seconds, task(group))) {
            assertThat(RawHttp.read(client.getInputStream()).status()).isEqualTo(202);
        }
        String id = worker.awaitTask();
        // One more, who may stay and leaves all the same.
        request(a, head, task(group)).close();
        return () -> {
            expectRunning(worker, id);
            worker.close();
        };
    }

    private static String key(String group, String id) {
        return PREFIX + "{" + group + "}:task:" + id;
    }

    private static long watchers(String group, String id) {
        return REDIS.hget(key(group, id), "watchers").split(" ").length;
    }

    @Test
    void whoLeavesFollowingCancelsWhatNobodyElseWants() throws IOException {
        try (TestWorker worker = TestWorker.ready(b, "second")) {
            EventClient first =
                    EventClient.post(a, "/api/openai", "{\"data\":{},\"group\":\"second\",\"stream\":true}");
            String id = worker.awaitTask();
            EventClient second = EventClient.events(b, id);
            second.event("status");
            first.close();
            second.close();
            assertThat(worker.await("cancel").path("taskId").asText()).isEqualTo(id);
        }
    }

    @Test
    void aStoppingGatewayCancelsNothing() throws IOException {
        try (TestWorker worker = TestWorker.ready(b, "stopping")) {
            GatewayProcess c = GatewayProcess.on(TestRedis.url(), PREFIX, "SHUTDOWN_GRACE_MS", "20000");
            Socket client = request(c, "POST /api/openai", task("stopping"));
            String id = worker.awaitTask();
            client.close();
            await().until(() -> REDIS.hexists(key("stopping", id), "abandonedAt"));
            Socket held = request(c, "POST /api/openai", task("stopping"));
            waitUntilOneWaits("stopping");
            c.process.destroy();
            held.close();
            c.process.onExit().join();
            untilWhoLeftIsCancelled("stopping");
            expectRunning(worker, id);
            worker.complete(id, "1");
            assertThat(worker.awaitTask()).as("so does what waited").isNotEqualTo(id);
        }
    }

    @Test
    void whoOnlySendsNothingMoreIsAnswered() throws IOException {
        try (TestWorker worker = TestWorker.ready(b, "half");
                Socket served = request(a, "POST /api/openai", task("half"))) {
            served.shutdownOutput();
            worker.complete(worker.awaitTask(), "7");
            assertThat(RawHttp.read(served.getInputStream()).body()).contains("\"result\":7");
            try (Socket late = request(a, "POST /api/openai", task("half"))) {
                worker.send("{\"type\":\"ready\"}");
                worker.awaitTask();
                late.shutdownOutput();
                RawHttp.Reply reply = RawHttp.read(late.getInputStream());
                assertThat(reply.status()).isEqualTo(409);
                assertThat(reply.body()).contains(LEFT, "\"code\":\"cancelled\"");
            }
        }
    }

    /** The word of the end may be slower than what is asked when the client seems to leave: here it never comes. */
    @Test
    void whoseTaskHasEndedUntoldIsAnsweredWithItsEnd() throws IOException {
        try (TestWorker worker = TestWorker.ready(b, "untold");
                Socket client = request(a, "POST /api/openai", task("untold"))) {
            String id = worker.awaitTask();
            REDIS.hset(key("untold", id), "watchers", "");
            worker.complete(id, "7");
            await().until(() -> REDIS.hexists(key("untold", id), "endedAt"));
            client.shutdownOutput();
            assertThat(RawHttp.read(client.getInputStream()).body()).contains("\"result\":7");
        }
    }

    @Test
    void whoPollsForAnEndThatIsUntoldIsAnsweredWithIt() throws IOException {
        try (TestWorker worker = TestWorker.ready(b, "polled")) {
            String id = b.submit(task("polled"));
            worker.awaitTask();
            try (Socket client = request(a, "GET /api/task/" + id + "?wait=30", "")) {
                await().until(() -> !REDIS.hget(key("polled", id), "watchers").isEmpty());
                REDIS.hset(key("polled", id), "watchers", "");
                worker.complete(id, "7");
                await().until(() -> REDIS.hexists(key("polled", id), "endedAt"));
                client.shutdownOutput();
                assertThat(RawHttp.read(client.getInputStream()).body()).contains("\"result\":7");
            }
        }
    }

    @Test
    void whoWaitsNoLongerIsAnsweredWithAnEndThatIsUntold() throws IOException {
        try (TestWorker worker = TestWorker.ready(b, "short");
                Socket client = request(a, "POST /api/openai\nPrefer: wait=1", task("short"))) {
            String id = worker.awaitTask();
            REDIS.hset(key("short", id), "watchers", "");
            worker.complete(id, "7");
            RawHttp.Reply reply = RawHttp.read(client.getInputStream());
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.body()).contains("\"result\":7");
        }
    }

    /** What comes behind a held request is not lost by watching for its end. */
    @Test
    void requestsThatAreSentAheadAreAnsweredInOrder() throws IOException {
        try (TestWorker worker = TestWorker.ready(b, "ahead");
                Socket client = request(a, "POST /api/openai", task("ahead"))) {
            String first = worker.awaitTask();
            client.getOutputStream()
                    .write((text("GET /api/task/" + first, "") + text("POST /api/openai", task("ahead")))
                            .getBytes(UTF_8));
            worker.complete(first, "1");
            assertThat(RawHttp.read(client.getInputStream()).body()).contains("\"result\":1");
            assertThat(RawHttp.read(client.getInputStream()).body()).contains(first, "\"result\":1");
            String second = worker.awaitTask();
            worker.complete(second, "2");
            assertThat(RawHttp.read(client.getInputStream()).body()).contains("\"result\":2");
            // And the connection is like any other after that.
            client.getOutputStream().write(text("GET /api/task/" + second, "").getBytes(UTF_8));
            assertThat(RawHttp.read(client.getInputStream()).body()).contains("\"result\":2");
        }
    }
}
