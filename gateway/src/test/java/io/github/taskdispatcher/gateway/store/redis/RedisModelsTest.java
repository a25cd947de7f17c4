package io.github.taskdispatcher.gateway.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.config.GatewayConfig;
import io.github.taskdispatcher.gateway.config.Settings;
import io.github.taskdispatcher.gateway.store.Departure;
import io.github.taskdispatcher.gateway.store.ModelStore.Model;
import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.task.GroupName;
import io.lettuce.core.RedisClient;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Two gateways declare models; each sees those of both, and none of a gateway that said nothing for 15 s. */
class RedisModelsTest {

    private static final GroupName A = new GroupName("a");
    private static final GroupName B = new GroupName("b");

    @Test
    void whatIsDeclaredIsSeenUntilItIsTakenBackOrTooOld() throws Exception {
        String prefix = TestRedis.freshPrefix();
        GatewayConfig config = Settings.of(Map.of("REDIS_KEY_PREFIX", prefix)).config(TestRedis.url());
        RedisClient client = RedisClient.create(TestRedis.url());
        try (RedisTaskStore one = new RedisTaskStore(config, "G-1");
                RedisTaskStore two = new RedisTaskStore(config, "G-2");
                var redis = client.connect()) {
            one.models().declare(Map.of(A, Set.of("a model", "m"))).join();
            two.models().declare(Map.of(A, Set.of("m"), B, Set.of("m"))).join();
            assertThat(one.models().models().join())
                    .containsExactly(new Model(A, "a model"), new Model(A, "m"), new Model(B, "m"));
            two.models().withdraw(Map.of(A, Set.of("m"), B, Set.of("m"))).join();
            assertThat(two.models().models().join()).containsExactly(new Model(A, "a model"), new Model(A, "m"));
            // Each store has its own reading of Redis' clock, some milliseconds apart.
            redis.sync().zadd(prefix + "models", one.now() - 1_000, "G-1 a m");
            assertThat(two.models().models().join()).containsExactly(new Model(A, "a model"));
            two.models().declare(Map.of(B, Set.of("n"))).join();
            assertThat(redis.sync().zrange(prefix + "models", 0, -1))
                    .containsExactlyInAnyOrder("G-1 a a model", "G-2 b n");
            assertThat(redis.sync().pttl(prefix + "models")).isPositive();
        } finally {
            client.shutdown();
        }
    }

    @Test
    void aGroupLivesWhileAWorkerIsConnectedOrOnItsWay() throws Exception {
        GatewayConfig config =
                Settings.of(Map.of("REDIS_KEY_PREFIX", TestRedis.freshPrefix())).config(TestRedis.url());
        try (RedisTaskStore store = new RedisTaskStore(config, "G-1")) {
            assertThat(store.models().live(List.of()).join()).isEmpty();
            store.join(B, "W1-1", 1, null).join();
            assertThat(store.models().live(List.of(A, B)).join()).containsExactly(B);
            store.gone(B, "W1-1", 1, Departure.RELEASED, "left", "").join();
            assertThat(store.models().live(List.of(A, B)).join()).containsExactly(B);
            store.join(A, "W2-1", 1, null).join();
            store.gone(A, "W2-1", 1, Departure.CLOSED, "left", "").join();
            assertThat(store.models().live(List.of(A)).join()).isEmpty();
        }
    }
}
