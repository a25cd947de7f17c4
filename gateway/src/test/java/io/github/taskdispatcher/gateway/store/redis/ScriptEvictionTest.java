package io.github.taskdispatcher.gateway.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Hashes that vanished, by a wrong eviction policy or an operator's hand, while their ids still stand in the queue and
 * elsewhere: the scripts pass over them, and nothing of them stays.
 */
@Tag("redis")
class ScriptEvictionTest {

    private final ScriptRunner run = new ScriptRunner();

    @AfterEach
    void close() {
        run.close();
    }

    private void evict(String key) {
        assertThat(run.redis.del(run.base + key)).isEqualTo(1);
    }

    /** Time goes by, swept all along: after a gap the sweep waits. */
    private void pass(long ms) {
        for (long passed = 0; passed < ms; passed += 2_000) {
            run.now += 2_000;
            run.sweep("C");
        }
    }

    /** W1 has left in good order: then only tasks that ended, a tombstone and counters may be left. */
    private void nothingSticks() {
        run.gone("A", "W1", 9, "closed", "");
        pass(ScriptRunner.LEASE + ScriptRunner.GRACE + 10_000);
        assertThat(run.submit("A", "T9", 5_000, 5)).containsExactly("no-worker");
        assertThat(run.world().keySet()).allMatch(key -> key.matches("task:.*|worker:.*|meta|pace|round"));
        for (String key : run.keysOf(run.base)) {
            assertThat(run.redis.pttl(key)).as(key).isPositive();
        }
        assertThat(run.redis.hget(run.base + "meta", "bytes")).isIn(null, "0");
    }

    @Test
    void queuedTasksThatVanishedArePassedOver() {
        run.join("A", "W1", 1, "", "");
        for (int i = 1; i <= 4; i++) {
            run.submit("A", "T" + i, 5_000, 9);
        }
        evict("task:T1");
        evict("task:T3");
        assertThat(run.look("T1")).containsExactly("unknown");
        assertThat(run.look("T4")).startsWith("task", "queued");
        assertThat(run.withdraw("A", "T3")).containsExactly("unknown");
        assertThat(run.submit("A", "T5", 5_000, 9)).containsExactly("queued");
        assertThat(run.ready("A", "W1")).startsWith("task", "T2");
        assertThat(run.complete("A", "T2", "W1", "1", "completed", "2")).startsWith("recorded", "T4");
        assertThat(run.complete("A", "T4", "W1", "1", "completed", "4")).startsWith("recorded", "T5");
        assertThat(run.complete("A", "T5", "W1", "1", "completed", "5")).containsExactly("recorded");
        assertThat(run.queue()).isEmpty();
        assertThat(run.idle()).containsExactly("W1");
        run.now += 5_001;
        assertThat(run.sweep("A")).containsExactly("swept", "0");
        assertThat(run.world()).doesNotContainKeys("queue", "deadlines");
        nothingSticks();
    }

    @Test
    void moreOfThemThanOneCallLooksAt() {
        run.join("A", "W1", 1, "", "");
        for (int i = 1; i <= 300; i++) {
            run.submit("A", "T" + i, 5_000, 400);
        }
        for (int i = 1; i <= 299; i++) {
            evict("task:T" + i);
        }
        assertThat(run.ready("A", "W1")).containsExactly("idle");
        assertThat(run.sweep("A")).startsWith("swept");
        assertThat(run.task("T300")).containsEntry("status", "executing").containsEntry("worker", "W1");
        run.complete("A", "T300", "W1", "1", "completed", "1");
        nothingSticks();
    }

    @Test
    void anExecutingTaskThatVanishedFreesItsWorkerAllTheSame() {
        run.idleWorker("A", "W1");
        run.submit("A", "T1", 5_000, 5);
        run.submit("A", "T2", 5_000, 5);
        evict("task:T1");
        assertThat(run.look("T1")).containsExactly("unknown");
        assertThat(run.complete("A", "T1", "W1", "1", "completed", "1")).startsWith("unknown", "T2");
        assertThat(run.complete("A", "T2", "W1", "1", "completed", "2")).containsExactly("recorded");
        assertThat(run.idle()).containsExactly("W1");
        nothingSticks();
    }

    @Test
    void anUnclaimedTaskThatVanishedIsRefusedAndForgotten() {
        run.idleWorker("B", "W1");
        assertThat(run.submit("A", "T1", 5_000, 5)).containsExactly("remote");
        evict("task:T1");
        assertThat(run.claim("B", "T1", "1")).containsExactly("refused");
        assertThat(run.beat("B")).containsExactly("held");
        assertThat(run.world()).doesNotContainKey("unclaimed:B");
        assertThat(run.ready("B", "W1")).containsExactly("idle");
        assertThat(run.submit("A", "T2", 5_000, 5)).containsExactly("remote");
        assertThat(run.claim("B", "T2", "1")).startsWith("task", "T2");
        run.complete("B", "T2", "W1", "1", "completed", "2");
        assertThat(run.gone("B", "W1", 1, "closed", "")).containsExactly("gone");
        nothingSticks();
    }

    @Test
    void anIdleWorkerThatVanishedGetsNothingUntilItJoinsAnew() {
        run.idleWorker("A", "W1");
        evict("worker:W1");
        assertThat(run.submit("A", "T1", 5_000, 5)).containsExactly("queued");
        assertThat(run.idle()).isEmpty();
        assertThat(run.ready("A", "W1")).containsExactly("unknown");
        assertThat(run.join("A", "W1", 2, "", "")).containsExactly("joined");
        assertThat(run.ready("A", "W1")).startsWith("task", "T1");
        run.complete("A", "T1", "W1", "1", "completed", "1");
        nothingSticks();
    }

    @Test
    void aWorkerThatVanishedAtWorkStillAnswers() {
        run.idleWorker("A", "W1");
        run.submit("A", "T1", 5_000, 5);
        evict("worker:W1");
        assertThat(run.complete("A", "T1", "W1", "1", "completed", "1")).containsExactly("recorded");
        assertThat(run.submit("A", "T2", 5_000, 5)).containsExactly("queued");
        run.now += 5_001;
        run.sweep("A");
        assertThat(run.task("T2")).containsEntry("error", "Task timeout");
        nothingSticks();
    }

    @Test
    void aWorkerThatVanishedAndLeavesIsNoWorkerAnyMore() {
        run.idleWorker("A", "W1");
        evict("worker:W1");
        assertThat(run.gone("A", "W1", 1, "closed", "")).containsExactly("unknown");
        assertThat(run.submit("A", "T1", 5_000, 5)).containsExactly("no-worker");
        assertThat(run.world()).doesNotContainKeys("workers", "workers:A", "idle");
        nothingSticks();
    }

    @Test
    void aWorkerThatVanishedAndItsGatewayToo() {
        run.idleWorker("A", "W2");
        evict("worker:W2");
        pass(ScriptRunner.LEASE + 2_000);
        assertThat(run.world()).doesNotContainKeys("workers", "workers:A", "idle", "leases");
        nothingSticks();
    }
}
