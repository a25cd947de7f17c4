package io.github.taskdispatcher.gateway.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.config.GatewayConfig;
import io.github.taskdispatcher.gateway.config.Settings;
import io.github.taskdispatcher.gateway.store.GroupStore;
import io.github.taskdispatcher.gateway.store.GroupStore.Entry;
import io.github.taskdispatcher.gateway.store.GroupStore.Registry;
import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.lettuce.core.RedisClient;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The names of groups, read a page at a time. */
@Tag("redis")
class RedisGroupsTest {

    private static final GroupName A = new GroupName("a");
    private static final GroupName B = new GroupName("b");

    private final String prefix = TestRedis.freshPrefix();
    private final RedisClient client = RedisClient.create(TestRedis.url());
    private final RedisTaskStore store;
    private final GroupStore groups;

    RedisGroupsTest() throws Exception {
        GatewayConfig config = Settings.of(Map.of(
                        "REDIS_KEY_PREFIX",
                        prefix,
                        "MAX_GROUPS",
                        "3",
                        "MAX_GROUPS_PER_KEY",
                        "2",
                        "WORKER_KEYS",
                        "0123456789abcdef=named"))
                .config(TestRedis.url());
        store = new RedisTaskStore(config, "G-1");
        groups = store.groups();
    }

    @AfterEach
    void close() {
        store.close();
        client.shutdown();
    }

    private Entry enter(String group, String holder) {
        return groups.enter(new GroupName(group), holder, false).join();
    }

    @Test
    void newGroupsAreRefusedWhenThereAreTooMany() {
        assertThat(enter("a", "h")).isEqualTo(Entry.KEPT);
        assertThat(enter("b", "h")).isEqualTo(Entry.KEPT);
        assertThat(enter("c", "h")).isEqualTo(Entry.HOLDER_FULL);
        assertThat(enter("c", "i")).isEqualTo(Entry.KEPT);
        assertThat(enter("d", "j")).isEqualTo(Entry.FULL);
        assertThat(enter("named", "j")).as("the configuration names it").isEqualTo(Entry.KEPT);
        assertThat(groups.enter(new GroupName("d"), "h", true).join()).isEqualTo(Entry.KEPT);
        for (String left : List.of("a", "b", "d")) {
            groups.leave(new GroupName(left), "h").join();
        }
        assertThat(enter("e", "h")).as("after all of them were left").isEqualTo(Entry.KEPT);
    }

    @Test
    void whatOneLeavesBehindRefusesNoOther() {
        int entered = 0;
        for (; entered < 100 && enter("h" + entered, "h") == Entry.KEPT; entered++) {
            groups.leave(new GroupName("h" + entered), "h").join();
        }
        assertThat(enter("i1", "i"))
                .as("after " + entered + " names of another")
                .isEqualTo(Entry.KEPT);
        assertThat(enter("i2", "i")).isEqualTo(Entry.KEPT);
        assertThat(enter("h0", "h")).as("it is still there").isEqualTo(Entry.KEPT);
        assertThat(entered).as("ten times its quota").isEqualTo(20);
    }

    @Test
    void whatHoldsSomethingStaysAndTheRestIsForgotten() {
        try (var redis = client.connect()) {
            for (String name : List.of("a", "b")) {
                redis.sync().zadd(prefix + "{*}:groups", store.now() - 61_000, name);
                redis.sync().zadd(prefix + "{*}:busy", store.now() - 31_000, name);
            }
            store.join(A, "W1", 1, null).join();
            assertThat(groups.unused(Registry.ENTERED, 9).join()).containsExactlyInAnyOrder(A, B);
            assertThat(groups.unused(Registry.BUSY, 1).join()).hasSize(1);
            assertThat(groups.holding(Registry.ENTERED, List.of(A, B)).join()).containsExactly(A);
            assertThat(groups.holding(Registry.BUSY, List.of(A, B)).join()).isEmpty();
            groups.keep(Registry.ENTERED, List.of(A, new GroupName("none"))).join();
            groups.forget(Registry.ENTERED, List.of(A, B)).join();
            assertThat(redis.sync().zrange(prefix + "{*}:groups", 0, -1)).containsExactly("a");
            groups.forget(Registry.BUSY, List.of(A, B)).join();
            assertThat(redis.sync().exists(prefix + "{*}:busy")).isZero();
        }
    }

    @Test
    void aTaskIsFoundByItsIdAndItsGroupComesFirst() {
        assertThat(groups.accepted(B).join()).isTrue();
        assertThat(groups.withHash(B.hash16()).join()).containsExactly(B);
        assertThat(groups.withHash(B.hash16() ^ 1).join()).isEmpty();
        try (var redis = client.connect()) {
            for (int i = 0; i < 30; i++) {
                redis.sync().zadd(prefix + "{*}:groups", store.now(), "later" + i);
            }
        }
        GroupStore.Recent recent = groups.recent(10).join();
        assertThat(recent.groups()).hasSize(10).contains(B);
        assertThat(recent.total()).isEqualTo(30);
    }

    @Test
    void aTaskIsFoundAmongManyGroupsOrByANoteOfItsOwn() {
        TaskId id = TaskId.next(B);
        try (var redis = client.connect()) {
            String names = prefix + "{*}:names:" + id.text().substring(0, 4);
            for (int i = 0; i < 200; i++) {
                redis.sync().zadd(names, store.now(), "g" + i);
            }
            assertThat(groups.accepted(B).join()).isFalse();
            List<GroupName> candidates = groups.withHash(B.hash16()).join();
            assertThat(candidates).hasSize(200).doesNotContain(B);
            assertThat(groups.holderOf(id, candidates).join()).isEmpty();
            redis.sync().hset(prefix + "{g7}:task:" + id, "status", "queued");
            assertThat(groups.holderOf(id, candidates).join()).contains(new GroupName("g7"));
            assertThat(groups.placeOf(id).join()).isEmpty();
            groups.place(id, B, 60_000).join();
            assertThat(groups.placeOf(id).join()).contains(B);
            assertThat(redis.sync().pttl(prefix + "where:" + id))
                    .as("as long as the task can be read")
                    .isBetween(1_255_000L, 1_260_000L);
        }
    }

    @Test
    void manyNamesAreWalkedThroughAPageAtATime() {
        try (var redis = client.connect()) {
            for (int i = 0; i < 3_000; i++) {
                redis.sync().zadd(prefix + "{*}:busy", i, "g" + i);
            }
        }
        Set<GroupName> found = new HashSet<>();
        String cursor = null;
        int pages = 0;
        do {
            GroupStore.Page page = groups.scan(Registry.BUSY, cursor, 500).join();
            assertThat(page.groups()).hasSizeLessThan(1_500);
            found.addAll(page.groups());
            cursor = page.cursor();
            pages++;
        } while (cursor != null);
        assertThat(found).hasSize(3_000);
        assertThat(pages).isGreaterThan(1);
    }
}
