package io.github.taskdispatcher.gateway.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.config.GatewayConfig;
import io.github.taskdispatcher.gateway.config.ModelOwners;
import io.github.taskdispatcher.gateway.config.Settings;
import io.github.taskdispatcher.gateway.store.ModelStore.Declarer;
import io.github.taskdispatcher.gateway.store.redis.RedisTaskStore;
import io.github.taskdispatcher.gateway.test.ManualScheduler;
import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.task.GroupName;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Where a task for a model runs. */
@Tag("redis")
class ModelsTest {

    private static final GroupName GPU = new GroupName("gpu");

    @Test
    void aModelThatIsDeclaredWhileItIsLookedUpIsFound() throws Exception {
        GatewayConfig config =
                Settings.of(Map.of("REDIS_KEY_PREFIX", TestRedis.freshPrefix())).config(TestRedis.url());
        try (RedisTaskStore store = new RedisTaskStore(config, "G-1")) {
            Models models = new Models(
                    store.models(),
                    new ModelOwners(config.access().workerKeys()),
                    () -> CompletableFuture.completedFuture(List.of(GPU)),
                    new ManualScheduler());
            store.join(GPU, "W1-00000001", 1, null).join();
            assertThat(models.groupOf("llama3").join()).isEmpty();
            store.models()
                    .declare(new Declarer(GPU, "h"), Map.of("llama3", false))
                    .join();
            assertThat(models.elsewhere("llama3").join()).isEqualTo(new Models.Place.In(GPU));
            assertThat(models.elsewhere("other").join()).isInstanceOf(Models.Place.Nowhere.class);
        }
    }
}
