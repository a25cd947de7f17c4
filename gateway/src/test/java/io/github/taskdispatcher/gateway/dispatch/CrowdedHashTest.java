package io.github.taskdispatcher.gateway.dispatch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.Engine;
import io.github.taskdispatcher.gateway.config.GatewayConfig;
import io.github.taskdispatcher.gateway.config.Settings;
import io.github.taskdispatcher.gateway.journal.Journal;
import io.github.taskdispatcher.gateway.store.NewTask;
import io.github.taskdispatcher.gateway.store.TaskAccess;
import io.github.taskdispatcher.gateway.store.redis.RedisTaskStore;
import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.gateway.waiting.WaitPolicy;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two dispatchers on a real Redis, and hundreds of groups whose names have one hash: each finds the tasks of the other. */
@Tag("redis")
class CrowdedHashTest {

    private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(1);
    private final List<RedisTaskStore> stores = new ArrayList<>();
    private final GatewayConfig config;

    CrowdedHashTest() throws Exception {
        config =
                Settings.of(Map.of("REDIS_KEY_PREFIX", TestRedis.freshPrefix())).config(TestRedis.url());
    }

    @AfterEach
    void stop() {
        timer.shutdownNow();
        stores.forEach(RedisTaskStore::close);
    }

    private Dispatcher dispatcher(String name) {
        RedisTaskStore store = new RedisTaskStore(config, name);
        stores.add(store);
        return new Engine(
                        store,
                        store.records(),
                        new Journal(store.records(), store::now, name, true, true),
                        config,
                        "00000000",
                        timer)
                .dispatcher();
    }

    private static List<GroupName> namesLike(String name, int count) {
        int hash = new GroupName(name).hash16();
        return IntStream.iterate(0, i -> i + 1)
                .mapToObj(i -> new GroupName("g" + i))
                .filter(group -> group.hash16() == hash)
                .limit(count)
                .toList();
    }

    private TaskId submit(Dispatcher dispatcher, GroupName group) {
        stores.get(0).join(group, "W1-" + group, 1, null).join();
        NewTask task = NewTask.of(group, "{}".getBytes(UTF_8), 60_000);
        Submission submission =
                dispatcher.submit(task, WaitPolicy.NONE, () -> {}).join();
        assertThat(submission).isInstanceOf(Submission.Accepted.class);
        return task.id();
    }

    @Test
    void theTasksOfAllGroupsAreFound() {
        Dispatcher a = dispatcher("a");
        Dispatcher b = dispatcher("b");
        Map<TaskId, GroupName> tasks = new LinkedHashMap<>();
        GroupName victim = new GroupName("victim");
        tasks.put(submit(a, victim), victim);
        namesLike("victim", 400).forEach(group -> tasks.put(submit(a, group), group));
        tasks.put(submit(a, victim), victim);
        for (Dispatcher reader : List.of(b, a, dispatcher("c"))) {
            assertThat(tasks.keySet())
                    .filteredOn(id -> reader.look(id, TaskAccess.ALL).join().isEmpty())
                    .as("tasks that are not found")
                    .isEmpty();
        }
        TaskId none = new TaskId(
                tasks.keySet().iterator().next().text().substring(0, 4) + "0000-0000-8000-8000-000000000000");
        assertThat(b.look(none, TaskAccess.ALL).join()).isEmpty();
    }
}
