package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.taskdispatcher.gateway.test.TestRedis;
import io.lettuce.core.RedisClient;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Workers that say what they are: several slots, models, tasks they come back with, answers until they are heard. */
class HelloIT {

    private static final String PREFIX = TestRedis.freshPrefix();
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
    }

    private static TestWorker hello(GatewayProcess gateway, String group, String members) {
        TestWorker worker = TestWorker.silent(gateway, group);
        worker.send("{\"type\":\"hello\",\"protocol\":1" + members + "}");
        return worker;
    }

    private static String submit(GatewayProcess gateway, String group) {
        return gateway.submit("{\"data\":{},\"group\":\"" + group + "\",\"timeout\":60000}");
    }

    private static void awaitStatus(String id, String status) {
        await().atMost(Duration.ofSeconds(40))
                .untilAsserted(
                        () -> assertThat(b.task(id).path("status").asText()).isEqualTo(status));
    }

    /** A worker that said hello hears that its answer is recorded, and may get its next task just before or after. */
    private static JsonNode completeAndAwaitNext(TestWorker worker, String id) throws Exception {
        worker.complete(id, "1");
        JsonNode one = GatewayProcess.JSON.readTree(worker.awaitRaw());
        JsonNode two = GatewayProcess.JSON.readTree(worker.awaitRaw());
        JsonNode ack = one.path("type").asText().equals("ack") ? one : two;
        assertThat(ack.path("type").asText()).isEqualTo("ack");
        assertThat(ack.path("taskId").asText()).isEqualTo(id);
        return ack == one ? two : one;
    }

    @Test
    void aWorkerWithThreeSlotsWorksOnThreeTasks() throws Exception {
        try (TestWorker worker = hello(a, "slots", ",\"slots\":3")) {
            List<String> ids = List.of(submit(a, "slots"), submit(b, "slots"), submit(b, "slots"), submit(b, "slots"));
            await().during(Duration.ofMillis(1_500))
                    .until(() -> a.task(ids.get(0)).path("status").asText().equals("queued"));
            worker.send("{\"type\":\"ready\"}");
            Set<String> got = new TreeSet<>(List.of(worker.awaitTask(), worker.awaitTask(), worker.awaitTask()));
            assertThat(got).isEqualTo(new TreeSet<>(ids.subList(0, 3)));
            assertThat(b.task(ids.get(3)).path("position").asInt()).isEqualTo(1);
            Set<String> workers = new TreeSet<>();
            got.forEach(id -> workers.add(b.task(id).path("workerId").asText()));
            assertThat(workers)
                    .hasSize(3)
                    .contains(worker.id, worker.id.replace("-", ".2-"), worker.id.replace("-", ".3-"));
            worker.send("{\"type\":\"ready\"}");
            assertThat(worker.await("error").path("code").asText()).isEqualTo("busy");
            JsonNode next = completeAndAwaitNext(worker, ids.get(1));
            assertThat(next.path("taskId").asText()).isEqualTo(ids.get(3));
            awaitStatus(ids.get(1), "completed");
        }
    }

    @Test
    void aHelloThatIsNotOneChangesNothing() {
        try (TestWorker worker = hello(a, "bad", ",\"slots\":0")) {
            JsonNode refused = worker.await("error");
            assertThat(refused.path("code").asText()).isEqualTo("bad_message");
            assertThat(refused.path("message").asText()).contains("slots must be");
            String id = submit(b, "bad");
            assertThat(worker.awaitTask())
                    .as("a plain worker is ready by itself")
                    .isEqualTo(id);
            worker.send("{\"type\":\"hello\"}");
            assertThat(worker.await("error").path("code").asText()).isEqualTo("bad_message");
            worker.complete(id, "1");
            awaitStatus(id, "completed");
            assertThat(worker.gotNothing()).as("no ack for a plain worker").isTrue();
        }
    }

    @Test
    void aWorkerWhoseLinkBrokeGoesOnThroughAnotherGateway() {
        TestWorker worker = hello(a, "resume", ",\"slots\":2");
        worker.send("{\"type\":\"ready\"}");
        String one = submit(b, "resume");
        String two = submit(b, "resume");
        assertThat(List.of(worker.awaitTask(), worker.awaitTask())).containsExactlyInAnyOrder(one, two);
        worker.abort();
        String foreign = "1e9651fd-6aa1-8b2c-9d5e-0242ac120002";
        try (TestWorker again =
                hello(b, "resume", ",\"slots\":2,\"resume\":[\"" + one + "\",\"" + two + "\",\"" + foreign + "\"]")) {
            assertThat(again.await("cancel").path("taskId").asText()).isEqualTo(foreign);
            again.complete(one, "\"went on\"");
            assertThat(again.await("ack").path("taskId").asText()).isEqualTo(one);
            JsonNode done = a.task(one);
            assertThat(done.path("result").asText()).isEqualTo("went on");
            JsonNode running = a.task(two);
            assertThat(running.path("status").asText()).isEqualTo("executing");
            assertThat(running.path("workerId").asText()).isEqualTo(again.id.replace("-", ".2-"));
            // A second try is known as such, here and on another connection.
            again.complete(one, "\"went on\"");
            assertThat(again.await("ack").path("taskId").asText()).isEqualTo(one);
            try (TestWorker third = hello(a, "resume", ",\"resume\":[\"" + one + "\"]")) {
                assertThat(third.await("cancel").path("taskId").asText()).isEqualTo(one);
                third.complete(one, "\"went on\"");
                assertThat(third.await("ack").path("taskId").asText()).isEqualTo(one);
                third.complete(one, "\"otherwise\"");
                assertThat(third.await("error").path("code").asText()).isEqualTo("not_assigned");
            }
            again.complete(two, "2");
            assertThat(again.await("ack").path("taskId").asText()).isEqualTo(two);
        }
    }

    @Test
    void aTaskNobodyComesBackForFailsAndAPlainWorkersFailsAtOnce() {
        TestWorker plain = TestWorker.ready(a, "plain");
        String lost = submit(b, "plain");
        plain.awaitTask();
        TestWorker kept = hello(a, "kept", "");
        kept.send("{\"type\":\"ready\"}");
        String waits = submit(b, "kept");
        kept.awaitTask();
        plain.abort();
        kept.abort();
        awaitStatus(lost, "failed");
        assertThat(b.task(waits).path("status").asText()).isEqualTo("executing");
        awaitStatus(waits, "failed");
        assertThat(b.task(waits).path("error").asText()).isEqualTo("Worker disconnected");
    }

    @Test
    void progressIsSeenThroughAnotherGatewayUntilTheEnd() {
        try (TestWorker worker = TestWorker.ready(a, "progress")) {
            String id = submit(b, "progress");
            worker.awaitTask();
            for (int i = 1; i <= 99; i++) {
                worker.send("{\"type\":\"task_progress\",\"taskId\":\"" + id + "\",\"progress\":0."
                        + (i < 10 ? "0" : "") + i + ",\"message\":\"第 " + i + " 步\"}");
            }
            await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> assertThat(
                            b.task(id).path("progressMessage").asText())
                    .isEqualTo("第 99 步"));
            assertThat(b.task(id).path("progress").asDouble()).isEqualTo(0.99);
            worker.send("{\"type\":\"task_progress\",\"taskId\":\"" + id + "\",\"progress\":2}");
            assertThat(worker.await("error").path("code").asText()).isEqualTo("bad_message");
            worker.complete(id, "1");
            awaitStatus(id, "completed");
            assertThat(b.task(id).has("progress")).isFalse();
        }
    }

    @Test
    void modelsAreDeclaredAsLongAsAWorkerServesThem() {
        RedisClient client = RedisClient.create(TestRedis.url());
        try (var redis = client.connect()) {
            TestWorker one = hello(a, "models", ",\"models\":[\"m\",\"a model\"]");
            TestWorker two = hello(a, "models", ",\"models\":[\"m\"]");
            await().atMost(Duration.ofSeconds(20))
                    .until(() ->
                            redis.sync().zrange(PREFIX + "{*}:models", 0, -1).size() == 2);
            one.close();
            await().atMost(Duration.ofSeconds(20))
                    .until(() ->
                            redis.sync().zrange(PREFIX + "{*}:models", 0, -1).size() == 1);
            two.close();
            await().atMost(Duration.ofSeconds(20))
                    .until(() ->
                            redis.sync().zrange(PREFIX + "{*}:models", 0, -1).isEmpty());
        } finally {
            client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
        }
    }
}
