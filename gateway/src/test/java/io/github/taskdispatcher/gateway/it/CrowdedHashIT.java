package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.task.GroupName;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The id of a task begins with a hash of its group's name, 16 bits. Many groups with the same hash hide no task. */
class CrowdedHashIT {

    private static final String VICTIM = "victim";

    private final String prefix = TestRedis.freshPrefix();
    private final RedisClient client = RedisClient.create(TestRedis.url());
    private final RedisCommands<String, String> redis = client.connect().sync();
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void stop() {
        open.add(client::shutdown);
        Closing.all(open.toArray(AutoCloseable[]::new));
    }

    private GatewayProcess gateway() {
        GatewayProcess gateway = GatewayProcess.on(TestRedis.url(), prefix);
        open.add(Closing.killed(gateway));
        return gateway;
    }

    /** Looks at once: there are hundreds to look at. */
    private static ConditionFactory soon() {
        return await().atMost(Duration.ofSeconds(10)).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(10));
    }

    private TestWorker ready(GatewayProcess gateway, String group) {
        TestWorker worker = TestWorker.ready(gateway, group);
        open.add(0, worker);
        soon().until(() -> redis.zscore(prefix + "{" + group + "}:idle", worker.id) != null);
        return worker;
    }

    private static String submit(GatewayProcess gateway, String group) {
        return gateway.submit("{\"data\":{},\"timeout\":600000,\"group\":\"" + group + "\"}");
    }

    private static void sees(GatewayProcess gateway, String id, String status) {
        HttpResponse<String> answer = gateway.get("/api/task/" + id);
        assertThat(answer.statusCode()).as(id + " " + answer.body()).isEqualTo(200);
        assertThat(GatewayProcess.json(answer).path("status").asText()).isEqualTo(status);
    }

    private static List<String> namesLike(String name, int count) {
        int hash = new GroupName(name).hash16();
        return IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> "g" + i)
                .filter(other -> new GroupName(other).hash16() == hash)
                .limit(count)
                .toList();
    }

    @Test
    void aTaskOfEachOfFourHundredGroupsWithOneHashIsFound() {
        GatewayProcess a = gateway();
        GatewayProcess b = gateway();
        TestWorker victim = ready(a, VICTIM);
        String first = submit(a, VICTIM);
        Map<String, TestWorker> workers = new LinkedHashMap<>();
        List<String> names = namesLike(VICTIM, 401);
        for (String group : names.subList(0, 400)) {
            TestWorker worker = ready(a, group);
            workers.put(submit(a, group), worker);
        }
        // After all of them, of a group whose name nobody has noted.
        String newcomer = names.get(400);
        workers.put(submit(a, VICTIM), null);
        TestWorker late = ready(b, newcomer);
        String newest = submit(b, newcomer);

        sees(b, first, "executing");
        sees(a, newest, "executing");
        workers.forEach((id, worker) -> sees(b, id, worker == null ? "queued" : "executing"));
        GatewayProcess c = gateway();
        victim.complete(first, "1");
        late.complete(newest, "1");
        workers.forEach((id, worker) -> {
            TestWorker its = worker == null ? victim : worker;
            soon().until(() -> its.received.contains(id));
            its.complete(id, "1");
        });
        for (GatewayProcess gateway : List.of(c, b, a)) {
            List<String> all = new ArrayList<>(workers.keySet());
            all.addAll(List.of(first, newest));
            for (String id : all) {
                soon().untilAsserted(() -> sees(gateway, id, "completed"));
            }
        }
        String hash = first.substring(0, 4);
        assertThat(redis.zcard(prefix + "{*}:names:" + hash)).isEqualTo(200);
        List<String> alone = redis.keys(prefix + "where:*");
        assertThat(alone).hasSize(202);
        assertThat(alone).allSatisfy(key -> assertThat(redis.pttl(key)).isPositive());
        assertThat(c.get("/api/task/" + hash + "0000-0000-8000-8000-000000000000")
                        .statusCode())
                .isEqualTo(404);
    }
}
