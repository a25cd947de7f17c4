package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.taskdispatcher.gateway.it.EventClient.Event;
import io.github.taskdispatcher.gateway.test.TestRedis;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A task is followed from any gateway, nothing of it missed or told twice, across the death of one. */
class EventsIT {

    private static final String PREFIX = TestRedis.freshPrefix();
    private static GatewayProcess a;
    private static GatewayProcess b;

    @BeforeAll
    static void start() {
        a = GatewayProcess.on(TestRedis.url(), PREFIX, "STREAM_BUFFER", "200");
        b = GatewayProcess.on(TestRedis.url(), PREFIX, "STREAM_BUFFER", "200");
    }

    @AfterAll
    static void stop() {
        Closing.all(a, b);
    }

    private static String submit(GatewayProcess gateway, String group) {
        return gateway.submit("{\"data\":{},\"group\":\"" + group + "\",\"timeout\":60000}");
    }

    private static void say(TestWorker worker, String id, String chunk) {
        worker.send("{\"type\":\"task_chunk\",\"taskId\":\"" + id + "\",\"chunk\":" + chunk + "}");
    }

    /** The data of the event of a chunk. */
    private static String told(String chunk) {
        return "{\"chunk\":" + chunk + "}";
    }

    /** Whatever follows, up to the end. */
    private static List<Event> rest(EventClient client) throws IOException {
        List<Event> events = new ArrayList<>();
        Event event = client.event();
        while (!event.name().equals("EOF")) {
            events.add(event);
            event = client.event();
        }
        return events;
    }

    private static void expectNumbers(List<Event> events, int from, int to) {
        assertThat(events.stream()
                        .filter(event -> event.name().equals("chunk"))
                        .map(Event::id)
                        .toList())
                .isEqualTo(IntStream.rangeClosed(from, to)
                        .mapToObj(Integer::toString)
                        .toList());
    }

    @Test
    void aStreamedRequestTellsAllInOrder() throws IOException {
        try (TestWorker worker = TestWorker.ready(b, "all");
                EventClient client =
                        EventClient.post(a, "/api/openai", "{\"data\":{},\"group\":\"all\",\"stream\":true}")) {
            assertThat(client.status).isEqualTo(200);
            assertThat(client.headers)
                    .containsEntry("content-type", "text/event-stream; charset=utf-8")
                    .containsEntry("cache-control", "no-store")
                    .containsEntry("x-accel-buffering", "no")
                    .containsKey("x-request-id");
            assertThat(client.next().name()).isEqualTo("status");
            var task = worker.await("task");
            String id = task.path("taskId").asText();
            assertThat(task.path("payload").path("stream").asBoolean()).isTrue();
            assertThat(client.headers).containsEntry("x-task-id", id);
            say(worker, id, "\"one\"");
            worker.send("{\"type\":\"task_progress\",\"taskId\":\"" + id + "\",\"progress\":0.5}");
            assertThat(client.event("chunk")).isEqualTo(new Event("chunk", "1", "{\"chunk\":\"one\"}"));
            assertThat(client.event("progress").data()).isEqualTo("{\"progress\":0.5}");
            say(worker, id, "{\n \"n\" : 1e400 }");
            say(worker, id, "\"" + "x".repeat(20_000) + "\"");
            worker.complete(id, "[1,\n2]");
            List<Event> rest = rest(client);
            expectNumbers(rest, 2, 3);
            assertThat(rest.get(0).data()).isEqualTo("{\"chunk\":{  \"n\" : 1e400 }}");
            Event last = rest.get(rest.size() - 1);
            assertThat(last.name()).isEqualTo("completed");
            assertThat(last.id()).isEqualTo("end");
            assertThat(last.json().path("result").toString()).isEqualTo("[1,2]");
            worker.send("{\"type\":\"task_chunk\",\"taskId\":\"" + id + "\",\"chunk\":1}");
            assertThat(worker.await("error").path("code").asText()).isEqualTo("not_assigned");

            try (EventClient later = EventClient.events(a, id);
                    EventClient behind = EventClient.events(b, id, "Last-Event-ID", "2");
                    EventClient done = EventClient.events(b, id, "Last-Event-ID", "end")) {
                expectNumbers(rest(later), 1, 3);
                List<Event> two = rest(behind);
                expectNumbers(two, 3, 3);
                assertThat(two.get(two.size() - 1)).isEqualTo(last);
                assertThat(done.status).isEqualTo(204);
            }
        }
    }

    @Test
    void theWorstEndsAreToldToo() throws IOException {
        try (TestWorker worker = TestWorker.ready(a, "ends")) {
            String failing = submit(a, "ends");
            try (EventClient client = EventClient.events(b, failing)) {
                worker.fail(worker.awaitTask(), "\"no luck\"");
                Event failed = client.event("failed");
                assertThat(failed.json().path("error").asText()).isEqualTo("no luck");
            }
            String running = submit(a, "ends");
            worker.awaitTask();
            String waiting = submit(b, "ends");
            try (EventClient client = EventClient.events(b, waiting)) {
                Event first = client.next();
                assertThat(first.name()).isEqualTo("status");
                assertThat(first.json().path("position").asInt()).isEqualTo(1);
                cancel(waiting);
                assertThat(client.event("cancelled").json().path("cancelledAt").asLong())
                        .isPositive();
                assertThat(client.event().name()).isEqualTo("EOF");
            }
            cancel(running);
        }
        try (EventClient none = EventClient.events(a, "c8e5c5c2-be4f-8b31-a1b6-b2b957a078f4");
                EventClient odd = EventClient.events(a, "c8e5c5c2-be4f-8b31-a1b6-b2b957a078f4", "Last-Event-ID", "x")) {
            assertThat(none.status).isEqualTo(404);
            assertThat(odd.status).isEqualTo(400);
        }
    }

    private static void cancel(String id) {
        GatewayProcess.HTTP
                .sendAsync(
                        java.net.http.HttpRequest.newBuilder(a.uri("/api/task/" + id))
                                .DELETE()
                                .build(),
                        java.net.http.HttpResponse.BodyHandlers.ofString())
                .join();
    }

    @Test
    void whatFellOutOfTheBufferIsAGap() throws IOException {
        try (TestWorker worker = TestWorker.ready(b, "gap")) {
            String id = submit(a, "gap");
            worker.awaitTask();
            for (int i = 1; i <= 1_000; i++) {
                say(worker, id, Integer.toString(i));
            }
            worker.complete(id, "1");
            await().atMost(Duration.ofSeconds(40))
                    .until(() -> a.task(id).path("status").asText().equals("completed"));
            try (EventClient client = EventClient.events(a, id)) {
                Event gap = client.event("gap");
                assertThat(gap.json().path("from").asInt()).isEqualTo(1);
                int first = gap.json().path("to").asInt() + 1;
                assertThat(first).isBetween(700, 801);
                List<Event> rest = rest(client);
                expectNumbers(rest, first, 1_000);
                assertThat(rest.get(rest.size() - 2).data()).isEqualTo("{\"chunk\":1000}");
            }
        }
    }

    @Test
    void aKilledGatewayCostsNothing() throws Exception {
        GatewayProcess dying = GatewayProcess.on(TestRedis.url(), PREFIX);
        try (TestWorker first = TestWorker.silent(dying, "kill")) {
            first.send("{\"type\":\"hello\",\"protocol\":1}");
            first.send("{\"type\":\"ready\"}");
            String id = submit(a, "kill");
            try (EventClient onDying = EventClient.events(dying, id);
                    EventClient onA = EventClient.events(a, id)) {
                first.awaitTask();
                for (int i = 1; i <= 50; i++) {
                    say(first, id, Integer.toString(i));
                }
                List<Event> seen = new ArrayList<>();
                while (seen.size() < 50) {
                    seen.add(onDying.event("chunk"));
                }
                expectNumbers(seen, 1, 50);
                dying.kill();
                try (TestWorker second = TestWorker.silent(b, "kill")) {
                    second.send("{\"type\":\"hello\",\"protocol\":1,\"resume\":[\"" + id + "\"]}");
                    for (int i = 51; i <= 80; i++) {
                        say(second, id, Integer.toString(i));
                    }
                    try (EventClient again = EventClient.events(a, id, "Last-Event-ID", "50")) {
                        second.complete(id, "\"whole\"");
                        List<Event> rest = rest(again);
                        expectNumbers(rest, 51, 80);
                        assertThat(rest.get(rest.size() - 1).name()).isEqualTo("completed");
                    }
                    expectNumbers(rest(onA), 1, 80);
                }
            }
        } finally {
            dying.kill();
        }
    }

    @Test
    void aSlowReaderHoldsUpNobodyAndReadsOnWhenHeCan() throws Exception {
        try (TestWorker worker = TestWorker.ready(b, "slow")) {
            String id = submit(a, "slow");
            worker.awaitTask();
            try (EventClient slow = EventClient.slow(b, id);
                    EventClient quick = EventClient.events(b, id)) {
                String kilobytes = "\"" + "x".repeat(64_000) + "\"";
                for (int i = 1; i <= 300; i++) {
                    say(worker, id, kilobytes);
                    assertThat(quick.event("chunk").id()).isEqualTo(Integer.toString(i));
                }
                worker.complete(id, "1");
                assertThat(quick.event("completed").id()).isEqualTo("end");
                List<Event> late = rest(slow);
                assertThat(late).extracting(Event::name).contains("gap").endsWith("completed");
            }
        }
    }

    /** With it the head of a stream is held back for half as many seconds, and not for 10. */
    private static final String PATIENCE = "X-Stainless-Read-Timeout";

    private static String chat(String group) {
        return "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"model\":\"m\",\"group\":\"" + group
                + "\",\"stream\":true}";
    }

    @Test
    void aStreamOfTheOpenAiFaceIsDataAndCommentsOnly() throws IOException {
        try (TestWorker worker = TestWorker.ready(b, "v1")) {
            String first = submit(a, "v1");
            worker.awaitTask();
            try (EventClient client = EventClient.post(a, "/v1/chat/completions", chat("v1"), PATIENCE, "1")) {
                assertThat(client.next()).isEqualTo(new Event(":", null, "queued, position 1"));
                worker.complete(first, "1");
                String id = worker.awaitTask();
                assertThat(client.headers).containsEntry("x-task-id", id).containsEntry("location", "/api/task/" + id);
                String object = "{ \"mine\" : [ 1e400 ] }";
                say(worker, id, object);
                say(worker, id, object);
                worker.complete(id, "null");
                assertThat(client.event()).isEqualTo(new Event("message", null, object));
                assertThat(client.event()).isEqualTo(new Event("message", null, object));
                assertThat(client.event()).isEqualTo(new Event("message", null, "[DONE]"));
                assertThat(client.event().name()).isEqualTo("EOF");
            }
        }
    }

    /** A poll, a follower and a stream may come when all is over. */
    @Test
    void theFirstEventIsTheStatusAlsoOfATaskThatHasEnded() throws IOException {
        try (TestWorker worker = TestWorker.ready(b, "over")) {
            String id = submit(a, "over");
            worker.awaitTask();
            say(worker, id, "1");
            worker.complete(id, "{\"large\":true}");
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> b.task(id).path("status").asText().equals("completed"));
            for (GatewayProcess gateway : List.of(a, b)) {
                try (EventClient client = EventClient.events(gateway, id)) {
                    assertThat(client.next())
                            .isEqualTo(
                                    new Event("status", "0", "{\"taskId\":\"" + id + "\",\"status\":\"completed\"}"));
                    assertThat(client.next().name()).isEqualTo("chunk");
                    assertThat(client.next().json().at("/result/large").asBoolean())
                            .isTrue();
                    assertThat(client.next().name()).isEqualTo("EOF");
                }
            }
        }
    }

    /** Some clients take the blank line behind a comment for an event without data. */
    @Test
    void aSilentStreamBeginsWithOneLineOfComment() throws IOException {
        try (TestWorker worker = TestWorker.ready(b, "silent")) {
            RawHttp.Reply[] reply = new RawHttp.Reply[1];
            Thread client = new Thread(() -> reply[0] = stream(a, "silent"));
            client.start();
            String id = worker.awaitTask();
            await().pollDelay(Duration.ofMillis(1_500))
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> a.task(id).path("status").asText().equals("executing"));
            worker.complete(id, "\"late\"");
            await().atMost(Duration.ofSeconds(20)).until(() -> !client.isAlive());
            String body = reply[0].body();
            assertThat(body).contains(": executing\n");
            assertThat(body.replaceAll("(?m)^[0-9a-f]+\r\n|\r\n", "")).doesNotContain(": executing\n\n");
        }
    }

    private static RawHttp.Reply stream(GatewayProcess gateway, String group) {
        String body = chat(group);
        try {
            return RawHttp.send(
                    gateway.port(),
                    ("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + PATIENCE
                                    + ": 1\r\nContent-Type: application/json\r\nContent-Length: " + body.length()
                                    + "\r\n\r\n" + body)
                            .getBytes(UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void theSameKeyIsTheSameStream() throws IOException {
        String body = "{\"data\":{},\"group\":\"key\",\"stream\":true}";
        try (TestWorker worker = TestWorker.ready(b, "key");
                EventClient one = EventClient.post(a, "/api/openai", body, "Idempotency-Key", PREFIX)) {
            String id = worker.awaitTask();
            say(worker, id, "1");
            assertThat(one.event("chunk").id()).isEqualTo("1");
            try (EventClient two = EventClient.post(b, "/api/openai", body, "Idempotency-Key", PREFIX)) {
                assertThat(two.headers).containsEntry("x-task-id", id);
                say(worker, id, "2");
                worker.complete(id, "3");
                expectNumbers(rest(one), 2, 2);
                expectNumbers(rest(two), 1, 2);
            }
        }
    }

    @Test
    void aPictureInPiecesArrivesWhole() throws IOException {
        String partial = "{\"type\":\"image_generation.partial_image\",\"b64_json\":\"" + "A".repeat(2 << 20) + "\"}";
        String largest = "{\"b64_json\":\"" + "B".repeat((8 << 20) - 15) + "\"}";
        try (TestWorker worker = TestWorker.ready(b, "pictures");
                EventClient here = EventClient.post(b, "/v1/chat/completions", chat("pictures"))) {
            String id = worker.awaitTask();
            try (EventClient there = EventClient.events(a, id)) {
                for (int i = 0; i < 3; i++) {
                    say(worker, id, partial);
                }
                say(worker, id, "{\"n\":4}");
                for (int i = 0; i < 3; i++) {
                    assertThat(here.event().data().equals(partial)).isTrue();
                    assertThat(there.event("chunk").data().equals(told(partial)))
                            .isTrue();
                }
                assertThat(there.event("chunk").id()).isEqualTo("4");
                assertThat(here.event().data()).isEqualTo("{\"n\":4}");
                say(worker, id, largest);
                assertThat(here.event().data().equals(largest)).isTrue();
                assertThat(there.event("chunk").data().equals(told(largest))).isTrue();
                worker.complete(id, "1");
                assertThat(there.event().name()).isEqualTo("completed");
                // Who comes late reads what is kept, a few of the largest.
                try (EventClient late = EventClient.events(a, id)) {
                    expectNumbers(rest(late), 2, 5);
                }
            }
        }
    }

    @Test
    void aLargeChunkWaitsForMemoryAndThenArrives() throws IOException {
        // A third for what goes out: one such chunk at a time.
        GatewayProcess small =
                GatewayProcess.on(TestRedis.url(), PREFIX + "small:", "MAX_BUFFERED_BYTES", Integer.toString(36 << 20));
        String large = "\"" + "x".repeat(7 << 20) + "\"";
        try (TestWorker worker = TestWorker.ready(small, "default")) {
            String id = submit(small, "default");
            assertThat(worker.awaitTask()).isEqualTo(id);
            List<EventClient> clients = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                clients.add(EventClient.events(small, id));
            }
            say(worker, id, large);
            List<CompletableFuture<String>> chunks = new ArrayList<>();
            for (EventClient client : clients) {
                // All of them read: whichever has the memory gives it to the next.
                chunks.add(CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return client.event("chunk").data();
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        },
                        reader -> new Thread(reader, "client").start()));
            }
            for (CompletableFuture<String> chunk : chunks) {
                assertThat(chunk.orTimeout(60, TimeUnit.SECONDS).join().equals(told(large)))
                        .isTrue();
            }
            worker.complete(id, "1");
            for (EventClient client : clients) {
                assertThat(client.event("completed").name()).isEqualTo("completed");
                client.close();
            }
        } finally {
            small.kill();
        }
    }

    @Test
    void aChunkThatIsTooLargeIsAGap() throws IOException {
        try (TestWorker worker = TestWorker.ready(b, "large");
                EventClient chat = EventClient.post(a, "/v1/chat/completions", chat("large"), PATIENCE, "1")) {
            String id = worker.awaitTask();
            say(worker, id, "\"" + "x".repeat(8 << 20) + "\"");
            assertThat(worker.await("error").path("code").asText()).isEqualTo("too_large");
            try (EventClient client = EventClient.events(a, id)) {
                say(worker, id, "\"small\"");
                assertThat(client.event("gap").data()).isEqualTo("{\"from\":1,\"to\":1}");
                assertThat(client.event("chunk").id()).isEqualTo("2");
                Event error = chat.event();
                assertThat(error.json().at("/error/code").asText()).isEqualTo("stream_cut");
                assertThat(chat.event().name()).isEqualTo("EOF");
                say(worker, id, "\"" + "x".repeat(8 << 20) + "\"");
                worker.complete(id, "1");
                assertThat(client.event("gap").data()).isEqualTo("{\"from\":3,\"to\":3}");
                assertThat(client.event().name()).isEqualTo("completed");
            }
        }
    }

    /** So that none is lost because too many wait for Redis. */
    private static void awaitStored(RedisCommands<String, String> redis, String task, int count) {
        await().atMost(Duration.ofSeconds(20)).until(() -> {
            String chunks = redis.hget(task, "chunks");
            return chunks != null && Integer.parseInt(chunks.split(" ")[2]) >= count;
        });
    }

    @Test
    void whoTakesNothingIsCutOffWithAnError() throws Exception {
        GatewayProcess alone = GatewayProcess.on(TestRedis.url(), PREFIX + "alone:");
        RedisClient redis = RedisClient.create(TestRedis.url());
        try (TestWorker worker = TestWorker.ready(alone, "cut");
                EventClient client = EventClient.slowPost(alone, "/v1/chat/completions", chat("cut"));
                var connection = redis.connect()) {
            String id = worker.awaitTask();
            String object = "{\"x\":\"" + "x".repeat(60_000) + "\"}";
            for (int i = 1; i <= 200; i++) {
                say(worker, id, object);
                if (i % 10 == 0) {
                    awaitStored(connection.sync(), PREFIX + "alone:{cut}:task:" + id, i);
                }
            }
            await().atMost(Duration.ofSeconds(55)).until(() -> connection
                    .sync()
                    .hvals(PREFIX + "alone:board:gateways")
                    .toString()
                    .contains("\"held\":1,"));
            await().atMost(Duration.ofSeconds(55)).until(() -> connection
                    .sync()
                    .hvals(PREFIX + "alone:board:gateways")
                    .toString()
                    .contains("\"held\":0,"));
            List<Event> events = rest(client);
            Event last = events.remove(events.size() - 1);
            assertThat(last.json().at("/error/code").asText()).isEqualTo("stream_cut");
            assertThat(events).isNotEmpty().extracting(Event::data).containsOnly(object);
            assertThat(alone.task(id).path("status").asText()).isEqualTo("executing");
        } finally {
            redis.shutdown(Duration.ZERO, Duration.ofSeconds(1));
            alone.kill();
        }
    }
}
