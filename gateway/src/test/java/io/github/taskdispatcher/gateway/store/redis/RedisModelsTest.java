package io.github.taskdispatcher.gateway.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.config.GatewayConfig;
import io.github.taskdispatcher.gateway.config.Settings;
import io.github.taskdispatcher.gateway.store.Departure;
import io.github.taskdispatcher.gateway.store.ModelStore;
import io.github.taskdispatcher.gateway.store.ModelStore.Declarer;
import io.github.taskdispatcher.gateway.store.ModelStore.Model;
import io.github.taskdispatcher.gateway.store.ModelStore.Reason;
import io.github.taskdispatcher.gateway.store.ModelStore.Refusal;
import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.task.GroupName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two gateways declare models: a model belongs to the group that declared it first, whichever gateway asks. */
@Tag("redis")
class RedisModelsTest {

    private static final GroupName A = new GroupName("a");
    private static final GroupName B = new GroupName("b");

    private final String prefix = TestRedis.freshPrefix();

    private GatewayConfig config(String... settings) throws Exception {
        Map<String, String> environment = new HashMap<>(Map.of("REDIS_KEY_PREFIX", prefix));
        for (int i = 0; i < settings.length; i += 2) {
            environment.put(settings[i], settings[i + 1]);
        }
        return Settings.of(environment).config(TestRedis.url());
    }

    private static List<Refusal> declare(RedisTaskStore store, GroupName group, String holder, String... models) {
        Map<String, Boolean> wanted = new HashMap<>();
        for (String model : models) {
            wanted.put(model, false);
        }
        return store.models().declare(new Declarer(group, holder), wanted).join();
    }

    @Test
    void aModelBelongsToTheGroupThatDeclaredItFirstAsLongAsItDoes() throws Exception {
        try (RedisTaskStore one = new RedisTaskStore(config(), "G-1");
                RedisTaskStore two = new RedisTaskStore(config(), "G-2")) {
            assertThat(declare(two, B, "h", "m")).isEmpty();
            assertThat(declare(one, A, "h", "a model", "m")).containsExactly(new Refusal("m", Reason.TAKEN, B));
            assertThat(declare(one, B, "h", "m")).isEmpty();
            for (ModelStore models : List.of(one.models(), two.models())) {
                assertThat(models.models().join()).containsExactly(new Model(A, "a model"), new Model(B, "m"));
                assertThat(models.owner("m").join()).hasValue(B);
                assertThat(models.owner("none").join()).isEmpty();
            }
            two.models().retract(new Declarer(B, "h"), List.of("m")).join();
            assertThat(two.models().owner("m").join())
                    .as("gateway 1 has such a worker")
                    .hasValue(B);
            one.models().retract(new Declarer(B, "h"), List.of("m")).join();
            assertThat(two.models().owner("m").join()).isEmpty();
            assertThat(declare(one, A, "h", "m")).isEmpty();
            assertThat(two.models().owner("m").join()).hasValue(A);
        }
    }

    @Test
    void aHolderThatLeavesTakesNoModelFromTheOthersOfItsGroup() throws Exception {
        try (RedisTaskStore one = new RedisTaskStore(config(), "G-1");
                RedisTaskStore two = new RedisTaskStore(config(), "G-2")) {
            assertThat(declare(one, A, "honest", "m")).isEmpty();
            assertThat(declare(one, A, "other", "m")).isEmpty();
            one.models().retract(new Declarer(A, "other"), List.of("m")).join();
            assertThat(two.models().owner("m").join()).hasValue(A);
            assertThat(declare(two, B, "other", "m")).containsExactly(new Refusal("m", Reason.TAKEN, A));
            one.models().retract(new Declarer(A, "honest"), List.of("m")).join();
            assertThat(two.models().owner("m").join()).isEmpty();
        }
    }

    @Test
    void theConfigurationTakesAModelFromWhoeverHasIt() throws Exception {
        try (RedisTaskStore store = new RedisTaskStore(config(), "G-1")) {
            assertThat(declare(store, A, "h", "m")).isEmpty();
            assertThat(store.models()
                            .declare(new Declarer(B, "h"), Map.of("m", true))
                            .join())
                    .isEmpty();
            assertThat(store.models().models().join()).containsExactly(new Model(B, "m"));
            assertThat(declare(store, A, "h", "m")).containsExactly(new Refusal("m", Reason.TAKEN, B));
        }
    }

    @Test
    void namesHaveABoundForEachHolderAndForAll() throws Exception {
        GatewayConfig config = config("MAX_MODELS", "5", "MAX_MODELS_PER_KEY", "3");
        try (RedisTaskStore store = new RedisTaskStore(config, "G-1")) {
            assertThat(declare(store, A, "flood", "1", "2", "3", "4", "5"))
                    .hasSize(2)
                    .allMatch(refusal -> refusal.reason() == Reason.HOLDER_FULL);
            assertThat(declare(store, B, "other", "x", "y")).isEmpty();
            assertThat(declare(store, B, "third", "z")).containsExactly(new Refusal("z", Reason.FULL, null));
            assertThat(declare(store, B, "other", "x"))
                    .as("what is declared stays so")
                    .isEmpty();
        }
    }

    @Test
    void aGroupLivesWhileAWorkerIsConnectedOrOnItsWay() throws Exception {
        try (RedisTaskStore store = new RedisTaskStore(config(), "G-1")) {
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
