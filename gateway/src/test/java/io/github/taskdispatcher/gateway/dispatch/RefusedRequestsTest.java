package io.github.taskdispatcher.gateway.dispatch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.taskdispatcher.gateway.Engine;
import io.github.taskdispatcher.gateway.config.GatewayConfig;
import io.github.taskdispatcher.gateway.config.Settings;
import io.github.taskdispatcher.gateway.journal.Journal;
import io.github.taskdispatcher.gateway.store.NewTask;
import io.github.taskdispatcher.gateway.store.redis.RedisTaskStore;
import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.gateway.waiting.WaitPolicy;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Requests that come with a key and are refused, on a real Redis: what they leave, and what a retry becomes. */
@Tag("redis")
class RefusedRequestsTest {

    private static final GroupName GROUP = new GroupName("g");

    private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(1);
    private final String prefix = TestRedis.freshPrefix();
    private final RedisClient client = RedisClient.create(TestRedis.url());
    private final RedisCommands<String, String> redis = client.connect().sync();
    private final RedisTaskStore store;
    private final Dispatcher dispatcher;

    RefusedRequestsTest() throws Exception {
        GatewayConfig config = Settings.of(Map.of("REDIS_KEY_PREFIX", prefix)).config(TestRedis.url());
        store = new RedisTaskStore(config, "a");
        dispatcher = new Engine(
                        store,
                        store.records(),
                        new Journal(store.records(), store::now, "a", true, true),
                        config,
                        "00000000",
                        timer)
                .dispatcher();
    }

    @AfterEach
    void stop() {
        timer.shutdownNow();
        store.close();
        client.shutdown();
    }

    private CompletableFuture<Submission> once(String key) {
        return dispatcher.submitOnce(key, "f", task(), WaitPolicy.NONE, () -> {});
    }

    private static NewTask task() {
        return NewTask.of(GROUP, "{}".getBytes(UTF_8), 60_000);
    }

    private TaskId accepted(CompletableFuture<Submission> submission) {
        assertThat(submission.join()).isInstanceOf(Submission.Accepted.class);
        return ((Submission.Accepted) submission.join()).id();
    }

    private void refused(CompletableFuture<Submission> submission) {
        assertThat(submission.join()).isInstanceOf(Submission.NoWorker.class);
    }

    @Test
    void tenThousandRefusedRequestsLeaveNothing() {
        for (int from = 0; from < 10_000; from += 50) {
            List<CompletableFuture<Submission>> answers = IntStream.range(from, from + 50)
                    .mapToObj(i -> i % 2 == 0
                            ? once("key-" + i)
                            : dispatcher.submitFirst("first-" + i, task(), WaitPolicy.NONE, () -> {}))
                    .toList();
            answers.forEach(this::refused);
        }
        await().atMost(Duration.ofSeconds(12))
                .untilAsserted(() -> assertThat(redis.keys(prefix + "*")).isEmpty());
    }

    @Test
    void retriesOfARefusedRequestAreOneTaskAndItsKeyStays() {
        for (int i = 0; i < 20; i++) {
            String key = "again-" + i;
            String kept = prefix + "once:" + key;
            refused(once(key));
            await().until(() -> redis.pttl(kept) <= 10_000);
            refused(once(key));
            await().until(() -> redis.pttl(kept) <= 10_000);
            // The worker comes while the retries are under way: some are refused, others are not.
            List<CompletableFuture<Submission>> before =
                    IntStream.range(0, 5).mapToObj(n -> once(key)).toList();
            CompletableFuture<?> joined = store.join(GROUP, "W" + i, 1, null);
            List<CompletableFuture<Submission>> after =
                    IntStream.range(0, 5).mapToObj(n -> once(key)).toList();
            joined.join();
            TaskId id = accepted(once(key));
            for (CompletableFuture<Submission> one : before) {
                assertRefusedOr(id, one.join());
            }
            for (CompletableFuture<Submission> one : after) {
                assertRefusedOr(id, one.join());
            }
            assertThat(redis.keys(prefix + "{g}:task:*")).containsExactly(prefix + "{g}:task:" + id);
            await().during(Duration.ofMillis(50)).until(() -> redis.pttl(kept) > 600_000);
            redis.del(prefix + "{g}:task:" + id, prefix + "{g}:workers", prefix + "{g}:worker:W" + i);
            redis.del(prefix + "{g}:queue", prefix + "{g}:deadlines", prefix + "{g}:meta");
        }
    }

    private static void assertRefusedOr(TaskId accepted, Submission submission) {
        if (submission instanceof Submission.Accepted task) {
            assertThat(task.id()).isEqualTo(accepted);
        } else {
            assertThat(submission).isEqualTo(new Submission.NoWorker());
        }
    }

    @Test
    void aRetryOfAnSdkAfterARefusalIsTheTaskOfTheNextOne() {
        refused(dispatcher.submitFirst("sdk", task(), WaitPolicy.NONE, () -> {}));
        await().until(() -> redis.pttl(prefix + "once:sdk") <= 10_000);
        store.join(GROUP, "W1", 1, null).join();
        TaskId id = accepted(dispatcher.submitAgain("sdk", task(), WaitPolicy.NONE, () -> {}));
        assertThat(accepted(dispatcher.submitAgain("sdk", task(), WaitPolicy.NONE, () -> {})))
                .isEqualTo(id);
        assertThat(redis.pttl(prefix + "once:sdk")).isGreaterThan(60_000);
    }
}
