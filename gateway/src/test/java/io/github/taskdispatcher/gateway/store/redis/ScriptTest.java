package io.github.taskdispatcher.gateway.store.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.RedisCommandExecutionException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Each script, word by word: what it answers, what it changed, and that a second run changes nothing more. */
@Tag("redis")
class ScriptTest {

    private final ScriptRunner run = new ScriptRunner();

    @AfterEach
    void close() {
        run.close();
    }

    @TestFactory
    List<DynamicTest> scenarios() {
        return ScriptScenarios.ALL.stream()
                .map(scenario -> DynamicTest.dynamicTest("scenario " + ScriptScenarios.ALL.indexOf(scenario), () -> {
                    try (ScriptRunner fresh = new ScriptRunner()) {
                        scenario.play(fresh);
                    }
                }))
                .toList();
    }

    @Test
    void submitWithoutAnyWorkerStoresNothing() {
        assertThat(run.submit("A", "T1", 5_000, 5)).containsExactly("no-worker");
        assertThat(run.world()).isEmpty();
    }

    @Test
    void submitToAWorkerOfTheCaller() {
        run.idleWorker("A", "W1");
        assertThat(run.submit("A", "T1", 5_000, 5)).containsExactly("assigned", "W1", "1");
        assertThat(run.world())
                .containsEntry(
                        "task:T1",
                        Map.ofEntries(
                                        Map.entry("status", "executing"),
                                        Map.entry("payload", "{\"n\":1}"),
                                        Map.entry("enqueuedAt", "1000000"),
                                        Map.entry("deadline", "1005000"),
                                        Map.entry("seq", "1"),
                                        Map.entry("watchers", "A"),
                                        Map.entry("token", "1"),
                                        Map.entry("worker", "W1"),
                                        Map.entry("startedAt", "1000000"))
                                .entrySet()
                                .stream()
                                .sorted(Map.Entry.comparingByKey())
                                .map(Map.Entry::toString)
                                .reduce((a, b) -> a + ", " + b)
                                .map(all -> "{" + all + "}")
                                .orElseThrow())
                .doesNotContainKeys("queue", "idle", "unclaimed:A");
        assertThat(run.redis.pttl(run.base + "task:T1")).isBetween(800_000L, 905_000L);
    }

    @Test
    void aReplayedSubmitChangesNothing() {
        run.idleWorker("A", "W1");
        run.submit("A", "T1", 5_000, 5);
        run.submit("A", "T2", 5_000, 5);
        Map<String, String> world = run.world();
        assertThat(run.submit("A", "T1", 5_000, 5)).containsExactly("exists", "executing", "W1", "1");
        assertThat(run.submit("A", "T2", 5_000, 5)).containsExactly("exists", "queued", "", "");
        assertThat(run.submit("B", "T1", 5_000, 5)).containsExactly("exists", "executing", "", "");
        assertThat(run.world()).isEqualTo(world);
    }

    @Test
    void aSubmitTellsWhenTheTaskWasAccepted() {
        Object[] args = {"T1", "{}", 60_000, "1", 5, 1_000, "", "", "", "", ""};
        run.idleWorker("B", "W1");
        assertThat(run.call(Script.SUBMIT, "A", run.now + 2_000, args)).containsExactly("remote", "1000000");
        run.idleWorker("A", "W2");
        args[0] = "T2";
        assertThat(run.call(Script.SUBMIT, "A", run.now + 2_000, args))
                .containsExactly("assigned", "W2", "1", "1000000");
        args[0] = "T3";
        assertThat(run.call(Script.SUBMIT, "A", run.now + 2_000, args)).containsExactly("queued", "1000000");
        run.now += 1_500;
        assertThat(run.call(Script.SUBMIT, "A", run.now + 2_000, args))
                .containsExactly("exists", "queued", "", "", "1000000");
        args[0] = "T2";
        assertThat(run.call(Script.SUBMIT, "A", run.now + 2_000, args))
                .containsExactly("exists", "executing", "W2", "1", "1000000");
    }

    @Test
    void theQueueIsFullExactlyAtItsLength() {
        run.join("A", "W1", 1, "", "");
        for (int i = 0; i < 3; i++) {
            assertThat(run.submit("A", "T" + i, 5_000, 3)).containsExactly("queued");
        }
        Map<String, String> world = run.world();
        assertThat(run.submit("A", "T3", 5_000, 3)).containsExactly("full");
        assertThat(run.world()).isEqualTo(world);
        assertThat(run.queue()).containsExactly("T0", "T1", "T2");
    }

    @Test
    void submitIsRefusedWholeWhenMemoryIsFull() {
        run.idleWorker("A", "W1");
        Map<String, String> world = run.world();
        run.withFullMemory(() -> {
            assertThatThrownBy(() -> run.submit("A", "T1", 5_000, 5))
                    .isInstanceOf(RedisCommandExecutionException.class)
                    .hasMessageContaining("OOM");
        });
        assertThat(run.world()).isEqualTo(world);
    }

    @Test
    void aRemoteTaskIsClaimedAnsweredAndReplayed() {
        run.idleWorker("B", "W1");
        run.submit("A", "T1", 5_000, 5);
        assertThat(run.beat("B")).containsExactly("held", "T1", "W1", "1");
        assertThat(run.claim("B", "T1", "1")).containsExactly("task", "T1", "1", "5000", "{\"n\":1}");
        assertThat(run.claim("B", "T1", "1")).containsExactly("task", "T1", "1", "5000", "{\"n\":1}");
        assertThat(run.beat("B")).containsExactly("held");
        run.submit("A", "T2", 5_000, 5);
        assertThat(run.complete("B", "T1", "W1", "1", "completed", "1"))
                .containsExactly("recorded", "T2", "1", "5000", "{\"n\":1}");
        Map<String, String> world = run.world();
        assertThat(run.complete("B", "T1", "W1", "1", "completed", "1"))
                .containsExactly("replayed", "T2", "1", "5000", "{\"n\":1}");
        assertThat(run.world()).isEqualTo(world);
        assertThat(run.task("T1")).containsEntry("result", "1").doesNotContainKey("payload");
        assertThat(run.redis.pttl(run.base + "task:T1")).isBetween(200_000L, ScriptRunner.TTL);
    }

    @Test
    void answersThatDoNotCount() {
        run.idleWorker("A", "W1");
        run.idleWorker("A", "W2");
        run.submit("A", "T1", 5_000, 5);
        Map<String, String> world = run.world();
        String holder = run.task("T1").get("worker");
        String other = holder.equals("W1") ? "W2" : "W1";
        assertThat(run.complete("A", "T1", other, "1", "completed", "x")).containsExactly("stale");
        assertThat(run.complete("A", "T1", holder, "2", "completed", "x")).containsExactly("stale");
        // Whoever answers something else than his current task may have missed that one: its gateway knows what it
        // sent.
        assertThat(run.complete("A", "T9", holder, "1", "completed", "x")).startsWith("unknown", "T1", "1");
        assertThat(run.world()).isEqualTo(world);
    }

    @Test
    void aLateAnswerFreesItsWorkerAndChangesNothingElse() {
        run.idleWorker("A", "W1");
        run.submit("A", "T1", 5_000, 5);
        run.now += 5_000;
        assertThat(run.sweep("A")).containsExactly("swept", "0", "T1");
        assertThat(run.idle()).isEmpty();
        Map<String, String> failed = run.task("T1");
        assertThat(run.complete("A", "T1", "W1", "1", "completed", "x")).containsExactly("stale");
        assertThat(run.task("T1")).isEqualTo(failed).containsEntry("error", "Task timeout");
        assertThat(run.idle()).containsExactly("W1");
    }

    @Test
    void anAnswerLongAfterTheDeadlineDoesNotCountEvenUnswept() {
        run.idleWorker("A", "W1");
        run.submit("A", "T1", 5_000, 5);
        run.now += 6_501;
        assertThat(run.complete("A", "T1", "W1", "1", "completed", "x")).containsExactly("stale");
        assertThat(run.task("T1")).containsEntry("status", "failed").containsEntry("error", "Task timeout");
    }

    @Test
    void aWorkerThatLeavesWhileItWorksFailsItsTask() {
        run.idleWorker("A", "W1");
        run.submit("A", "T1", 5_000, 5);
        assertThat(run.gone("A", "W1", 1, "closed", "T1 1")).containsExactly("gone");
        assertThat(run.task("T1")).containsEntry("status", "failed").containsEntry("error", "Worker disconnected");
        Map<String, String> world = run.world();
        assertThat(run.gone("A", "W1", 1, "closed", "T1 1")).containsExactly("unknown");
        assertThat(run.world()).isEqualTo(world).doesNotContainKeys("workers", "workers:A", "idle");
    }

    @Test
    void whatWasClaimedButNeverWrittenIsQueuedAgain() {
        run.idleWorker("A", "W1");
        run.submit("A", "T1", 5_000, 5);
        run.gone("A", "W1", 1, "closed", "T0 1");
        assertThat(run.queue()).containsExactly("T1");
        assertThat(run.task("T1")).containsEntry("status", "queued").doesNotContainKeys("worker", "startedAt");
    }

    @Test
    void aReleasedWorkersTaskWaitsForItsAnswer() {
        run.idleWorker("A", "W1");
        run.submit("A", "T1", 60_000, 5);
        run.gone("A", "W1", 1, "released", "T1 1");
        assertThat(run.task("T1")).containsEntry("status", "executing").containsKey("orphanedAt");
        run.now += 100;
        run.join("B", "W2", 1, "", "");
        assertThat(run.offer("B", "T1", "W2", "back", 0)).containsExactly("recorded");
    }

    @Test
    void whoComesBackFromAStoppingGatewayIsWaitedFor() {
        run.idleWorker("A", "W1");
        run.gone("A", "W1", 1, "released", "");
        assertThat(run.submit("B", "T1", 60_000, 5)).containsExactly("queued");
        assertThat(run.redis.pttl(run.base + "returning")).isBetween(1L, ScriptRunner.GRACE);
        run.redis.del(run.base + "returning");
        assertThat(run.submit("B", "T2", 60_000, 5)).as("but not for ever").containsExactly("no-worker");
    }

    @Test
    void anOrphanNobodyComesBackForFails() {
        run.idleWorker("A", "W1");
        run.submit("A", "T1", 60_000, 5);
        run.gone("A", "W1", 1, "released", "T1 1");
        run.now += ScriptRunner.GRACE - 1;
        run.sweep("B");
        assertThat(run.task("T1")).containsEntry("status", "executing");
        run.now += 400;
        run.sweep("B");
        assertThat(run.task("T1")).containsEntry("error", "Worker disconnected");
    }

    @Test
    void joinTwiceAndAfterLeaving() {
        assertThat(run.join("A", "W1", 1, "", "")).containsExactly("joined");
        Map<String, String> world = run.world();
        assertThat(run.join("A", "W1", 1, "", "")).containsExactly("known");
        assertThat(run.world()).isEqualTo(world);
        run.gone("A", "W1", 1, "closed", "");
        world = run.world();
        assertThat(run.join("A", "W1", 1, "", "")).containsExactly("gone");
        assertThat(run.ready("A", "W1")).containsExactly("gone");
        assertThat(run.world()).isEqualTo(world);
        assertThat(run.join("A", "W1", 2, "", "")).containsExactly("joined");
        assertThat(run.redis.pttl(run.base + "worker:W1")).isEqualTo(-1);
    }

    @Test
    void aFrozenGatewayTakesItsWorkersTaskBack() {
        run.idleWorker("A", "W1");
        run.submit("A", "T1", 60_000, 5);
        run.sweep("B");
        for (int i = 0; i < 4; i++) {
            run.now += 4_000;
            run.sweep("B");
        }
        assertThat(run.worker("W1")).containsKey("gone");
        assertThat(run.task("T1")).containsKey("orphanedAt");
        assertThat(run.beat("A")).containsExactly("lapsed");
        assertThat(run.join("A", "W1", 2, "T1", "1")).containsExactly("joined");
        assertThat(run.task("T1")).doesNotContainKey("orphanedAt");
        assertThat(run.complete("A", "T1", "W1", "1", "completed", "1")).containsExactly("recorded");
    }

    @Test
    void readyOfAWorkerNobodyKnowsOrThatIsBusy() {
        assertThat(run.ready("A", "W1")).containsExactly("unknown");
        assertThat(run.world()).isEmpty();
        run.idleWorker("B", "W1");
        assertThat(run.ready("B", "W1")).containsExactly("idle");
        run.submit("A", "T1", 5_000, 5);
        Map<String, String> world = run.world();
        assertThat(run.ready("B", "W1")).containsExactly("busy");
        assertThat(run.world()).isEqualTo(world);
        run.claim("B", "T1", "1");
        assertThat(run.ready("B", "W1")).startsWith("task", "T1", "1");
    }

    @Test
    void lateCallsChangeNothing() {
        run.join("A", "W1", 1, "", "");
        Map<String, String> world = run.world();
        assertThat(run.call(Script.READY, "A", run.now - 1, "W1")).containsExactly("late");
        assertThat(run.call(Script.CLAIM, "A", run.now - 1, "T1", "1")).containsExactly("late");
        assertThat(run.call(Script.RESUME, "A", run.now - 1, "W1", "T1")).containsExactly("late");
        assertThat(run.call(Script.ABANDON, "A", run.now - 1, "T1")).containsExactly("late");
        assertThat(run.call(Script.PROGRESS, "A", run.now - 1, "T1", "W1", "1", "1", ""))
                .containsExactly("late");
        assertThat(run.call(Script.JOIN, "A", run.now - 1, "W2", 1, ScriptRunner.LEASE, "", ""))
                .containsExactly("late");
        assertThat(run.world()).isEqualTo(world);
    }

    @Test
    void sweepSkipsWhatWasJustSwept() {
        run.join("A", "W1", 1, "", "");
        assertThat(run.sweep("A")).containsExactly("swept", "0");
        run.now += 299;
        assertThat(run.sweep("B")).containsExactly("fresh");
        run.now += 1;
        assertThat(run.sweep("B")).containsExactly("swept", "0");
    }

    @Test
    void sweepGoesOnWhileMoreIsOverdue() {
        run.idleWorker("A", "W1");
        for (int i = 0; i < 150; i++) {
            run.submit("A", "T" + i, 5_000, 200);
        }
        run.now += 5_000;
        assertThat(run.sweep("A")).startsWith("more", "0").hasSize(2 + 100);
        assertThat(run.sweep("B")).startsWith("swept", "0").hasSize(2 + 50);
        assertThat(run.sweep("A")).containsExactly("fresh");
        assertThat(run.world()).doesNotContainKeys("queue", "deadlines");
    }

    @Test
    void withdrawTakesBackWhatHasNotRun() {
        run.join("A", "W1", 1, "", "");
        Map<String, String> world = run.world();
        run.submit("A", "T1", 5_000, 5);
        assertThat(run.withdraw("A", "T1")).containsExactly("withdrawn");
        run.redis.hdel(run.base + "meta", "seq");
        assertThat(run.world()).isEqualTo(world);
        assertThat(run.withdraw("A", "T1")).containsExactly("unknown");
        run.idleWorker("B", "W2");
        run.submit("A", "T2", 5_000, 5);
        assertThat(run.withdraw("A", "T2")).containsExactly("withdrawn");
        assertThat(run.idle()).containsExactly("W2");
        run.submit("A", "T3", 5_000, 5);
        run.claim("B", "T3", "1");
        assertThat(run.withdraw("A", "T3")).containsExactly("running");
    }

    @Test
    void lookTellsThePositionWhateverLeftTheQueue() {
        assertThat(run.look("T0")).containsExactly("unknown");
        run.join("A", "W1", 1, "", "");
        for (int i = 0; i < 200; i++) {
            run.submit("A", "T" + i, 60_000, 1_000);
        }
        for (int i : new int[] {0, 3, 4, 5, 50, 51, 120, 198}) {
            run.withdraw("A", "T" + i);
        }
        List<String> queue = run.queue();
        for (int i = 0; i < queue.size(); i++) {
            assertThat(run.look(queue.get(i)))
                    .containsExactly(
                            "task", "queued", "1000000", "", "", "", "", Integer.toString(i + 1), "0", "", "", "", "");
        }
        run.ready("A", "W1");
        run.complete("A", queue.get(0), "W1", "1", "failed", "broken");
        assertThat(run.look(queue.get(0)))
                .containsExactly(
                        "task", "failed", "1000000", "1000000", "W1", "1000000", "answer", "", "6", "broken", "", "",
                        "");
        run.complete("A", queue.get(1), "W1", "1", "completed", "1234567");
        assertThat(run.look(queue.get(1))).as("larger than asked for").endsWith("answer", "", "7", "", "", "", "");
    }

    /** The words that each header names are those that the tests of this class have seen; see also {@link ScriptRunner#call}. */
    @AfterAll
    static void everyReplyWordWasSeen() {
        Set<String> named = new TreeSet<>();
        for (Script script : Script.values()) {
            ScriptHeader.of(script)
                    .words()
                    .forEach(word -> named.add(script.name().toLowerCase(Locale.ROOT) + ' ' + word));
        }
        assertThat(named).hasSizeGreaterThan(60);
        assertThat(ScriptRunner.SEEN).containsAll(named);
    }
}
