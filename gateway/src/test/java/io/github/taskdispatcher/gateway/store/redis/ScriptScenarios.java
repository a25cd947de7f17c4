package io.github.taskdispatcher.gateway.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;

/** Short histories that a random one seldom meets: played on the real scripts, and on each mutant. */
final class ScriptScenarios {

    interface Scenario {
        void play(ScriptRunner run);
    }

    static final List<Scenario> ALL = List.of(
            ScriptScenarios::aWorkerThatLeftStaysAway,
            ScriptScenarios::aLateSubmitStoresNothing,
            ScriptScenarios::anAnswerBehindTheCancelCountsOnlyBeforeTheDeadline,
            ScriptScenarios::onlyTheWorkersGatewayClaims,
            ScriptScenarios::aWorkerOfALapsedGatewayIsNotPicked,
            ScriptScenarios::whatIsHandedOutOnTheWayIsToBeClaimedByTheCallerToo,
            ScriptScenarios::whoComesLaterWaitsBehindThoseWhoWait,
            ScriptScenarios::whatOthersSubmittedTooIsNotTakenBack,
            ScriptScenarios::aWorkerOfAStoppingGatewayIsOnItsWay,
            ScriptScenarios::aPlaceInTheQueueWithGaps,
            ScriptScenarios::aWorkerThatWasGivenUpIsNotIdleByItsAnswer,
            ScriptScenarios::whatALeavingWorkerWasNotSentGoesToTheNext,
            ScriptScenarios::whatComesBackTakesItsOldPlace,
            ScriptScenarios::afterAFreezeGatewaysGetTheTimeOfALease,
            ScriptScenarios::aWorkerThatWasThereBeforeCannotBringAnAnswerBack,
            ScriptScenarios::anAnswerIsAdoptedOnlyFromADeadGateway,
            ScriptScenarios::theSlotOfAnUnsentOverdueTaskIsFree,
            ScriptScenarios::theQueuesBytesHaveABound,
            ScriptScenarios::allWhoWatchAreToldOfTheEndButWhoRecordsIt,
            ScriptScenarios::anEndNobodyAnsweredIsToldToAllWhoWatch,
            ScriptScenarios::aCancelledTaskRunsNoMoreAndItsWorkerIsTold,
            ScriptScenarios::aTaskThatWasNeverSentIsCancelledWithoutItsWorker,
            ScriptScenarios::whatEndedIsNotCancelled,
            ScriptScenarios::whoLeftCancelsUnlessSomebodyComes,
            ScriptScenarios::whatNeedsNoClientIsNotLeft,
            ScriptScenarios::whoIsToldHowFarAnOverdueTaskIsEndsIt,
            ScriptScenarios::aWorkerAtFaultFailsItsTask,
            ScriptScenarios::aWorkerThatComesBackKeepsItsTask,
            ScriptScenarios::whatCannotBeResumed,
            ScriptScenarios::anAnswerThatIsSentAgainElsewhereIsKnown,
            ScriptScenarios::progressIsShownWhileTheTaskRuns,
            ScriptScenarios::chunksAreKeptOnceInOrderUntilTheEnd,
            ScriptScenarios::followersAreToldOfChunksAndThenOfTheEnd,
            ScriptScenarios::oldChunksMakeRoomForNewOnes,
            ScriptScenarios::aTaskIsForItsOwnerAndForWhoMayHaveAll,
            ScriptScenarios::aStrangerChangesNothing,
            ScriptScenarios::whatIsKeptBesideATaskGoesWithIt,
            ScriptScenarios::aModelBelongsToWhoDeclaredItFirstWhileItIsDeclared,
            ScriptScenarios::aModelIsTakenBackOneGatewayAtATime,
            ScriptScenarios::aModelStaysWhileAnyHolderOfItsGroupDeclaresIt,
            ScriptScenarios::aModelCountsForItsHolderWhileAnotherGatewayDeclaresIt,
            ScriptScenarios::declarationsOfAModelHaveABound,
            ScriptScenarios::theConfigurationGivesAModelWhoeverHasIt,
            ScriptScenarios::declaredNamesHaveABound,
            ScriptScenarios::namesOfGroupsHaveABound,
            ScriptScenarios::namesThatWereLeftDoNotCount,
            ScriptScenarios::namesThatWereLeftCountAgainstTheirHolderOnly,
            ScriptScenarios::aNameCountsWhileAnyGatewayHoldsIt,
            ScriptScenarios::aGatewayThatDiedHoldsNoNameForLong,
            ScriptScenarios::aNameStaysWhileItIsUsed,
            ScriptScenarios::aGroupIsFoundByTheIdsOfItsTasks,
            ScriptScenarios::namesOfOneHashHaveABound,
            ScriptScenarios::ofAGroupThatHoldsNothingNothingStays,
            ScriptScenarios::theKeyOfARefusedRequestGoesSoon,
            ScriptScenarios::aKeyStaysWhenOthersHadItsTaskAccepted,
            ScriptScenarios::whatCannotEndInTimeIsRefusedWhileOthersWait,
            ScriptScenarios::aTaskWithTooLittleTimeIsNotHandedOut,
            ScriptScenarios::aTaskThatIsClaimedTooLateDoesNotRun,
            ScriptScenarios::aTaskGivenUpAtItsDeadlineCountsAsALongRunOnce,
            ScriptScenarios::aLateAnswerCountsAsARunOnce,
            ScriptScenarios::aTaskWaitsNoLongerThanItsQueueTimeout,
            ScriptScenarios::eachModelHasARunTimeOfItsOwn,
            ScriptScenarios::theRunTimesOfAGroupHaveABound,
            ScriptScenarios::aGroupThatGotFasterAdmitsAgain,
            ScriptScenarios::answersAreRecordedWhenMemoryIsFull);

    private ScriptScenarios() {}

    static void aWorkerThatLeftStaysAway(ScriptRunner run) {
        run.idleWorker("A", "W1");
        run.gone("A", "W1", 1, "closed", "");
        assertThat(run.join("A", "W1", 1, "", "")).containsExactly("gone");
        assertThat(run.ready("A", "W1")).containsExactly("gone");
    }

    static void aLateSubmitStoresNothing(ScriptRunner run) {
        run.idleWorker("A", "W1");
        var before = run.world();
        List<String> reply =
                run.call(Script.SUBMIT, "A", run.now - 1, "T1", "{}", 5_000, "1", 5, 1_000, "", "", "", "", "");
        assertThat(reply).containsExactly("late");
        assertThat(run.world()).isEqualTo(before);
    }

    static void theQueuesBytesHaveABound(ScriptRunner run) {
        run.join("A", "W1", 1, "", "");
        String payload = "{" + " ".repeat(58) + "}";
        for (String id : List.of("T1", "T2")) {
            assertThat(submitWithin(run, id, payload, 120)).containsExactly("queued");
        }
        var before = run.world();
        assertThat(submitWithin(run, "T3", "{}", 120)).containsExactly("full");
        assertThat(run.world()).isEqualTo(before);
        run.ready("A", "W1");
        assertThat(submitWithin(run, "T3", "{}", 120)).containsExactly("queued");
        run.withdraw("A", "T2");
        assertThat(submitWithin(run, "T4", payload, 120)).containsExactly("queued");
        run.complete("A", "T1", "W1", "1", "completed", "1");
        run.complete("A", "T3", "W1", "1", "completed", "1");
        assertThat(run.queue()).isEmpty();
        // Alone, any task may wait.
        assertThat(submitWithin(run, "T5", payload, 1)).containsExactly("queued");
    }

    private static List<String> submitWithin(ScriptRunner run, String id, String payload, int maxBytes) {
        return run.submitWith("A", id, payload, 60_000, "1", 9, maxBytes, "", "", "", "", "");
    }

    static void allWhoWatchAreToldOfTheEndButWhoRecordsIt(ScriptRunner run) {
        run.idleWorker("B", "W1");
        run.submit("A", "T1", 5_000, 5);
        run.claim("B", "T1", "1");
        for (String gateway : List.of("B", "C", "C", "A")) {
            assertThat(run.watch(gateway, "T1")).startsWith("task", "executing");
        }
        assertThat(run.task("T1")).containsEntry("watchers", "A B C");
        assertThat(run.hintsTo(
                        List.of("A", "B", "C"), () -> run.complete("B", "T1", "W1", "1", "completed", "12345678")))
                .containsExactly("A done T1 completed answer 12345678", "C done T1 completed answer 12345678");
        var ended = run.world();
        assertThat(run.watch("D", "T1")).endsWith("answer", "", "8", "", "", "", "");
        assertThat(run.watch("D", "T2")).containsExactly("unknown");
        assertThat(run.world()).isEqualTo(ended);
    }

    static void whatIsKeptBesideATaskGoesWithIt(ScriptRunner run) {
        run.idleWorker("A", "W1");
        run.submit("A", "T1", 60_000, 5);
        run.submit("A", "T2", 60_000, 5);
        Object[] told = {"T1", "{}", "A", "", "T2", "{}", "", "7", "none", "{}", "A", "7"};
        assertThat(run.call(Script.ABOUT, "A", 0, told)).containsExactly("kept");
        assertThat(run.keysOf(run.base + "board:about:"))
                .containsExactlyInAnyOrder(run.base + "board:about:T1", run.base + "board:about:T2");
        assertThat(run.redis.hgetall(run.base + "board:about:T1"))
                .isEqualTo(Map.of("request", "{}", "acceptedBy", "A"));
        assertThat(run.redis.hgetall(run.base + "board:about:T2"))
                .isEqualTo(Map.of("request", "{}", "deliveredAt", "7"));
        livesAsLong(run, "T1");
        run.complete("A", "T1", "W1", "1", "completed", "1");
        livesAsLong(run, "T1");
        // Told again when the task has ended already.
        run.call(Script.ABOUT, "A", 0, "T1", "", "", "9");
        livesAsLong(run, "T1");
        assertThat(run.redis.pttl(run.base + "board:about:T1")).isPositive();
        run.withdraw("A", "T2");
        assertThat(run.keysOf(run.base + "board:about:")).containsExactly(run.base + "board:about:T1");
    }

    private static void livesAsLong(ScriptRunner run, String id) {
        // Read in this order, the second has run for a moment longer.
        long task = run.redis.pttl(run.base + "task:" + id);
        assertThat(run.redis.pttl(run.base + "board:about:" + id)).isBetween(1L, task);
    }

    private static List<String> submitOf(ScriptRunner run, String id, String owner) {
        return run.submitWith("A", id, "{}", 60_000, "0", 5, 1_000, "", "", owner, "", "");
    }

    /** The first words that the scripts of clients answer to a caller who may have the tasks of these owners. */
    private static List<String> askedBy(ScriptRunner run, String id, String owners) {
        return List.of(
                run.call(Script.LOOK, "A", 0, id, 6, owners).get(0),
                run.call(Script.WATCH, "A", 0, id, 6, owners).get(0),
                run.call(Script.FOLLOW, "A", 0, id, 6, 0, 100, owners, 1 << 20).get(0),
                run.call(Script.CANCEL, "A", 0, id, "Task cancelled", "", owners)
                        .get(0));
    }

    static void aTaskIsForItsOwnerAndForWhoMayHaveAll(ScriptRunner run) {
        run.join("A", "W1", 1, "", "");
        for (String owners : List.of("tenant", "before tenant", "tenant after", "")) {
            submitOf(run, "of" + owners, "tenant");
            assertThat(askedBy(run, "of" + owners, owners))
                    .as(owners)
                    .containsExactly("task", "task", "task", "cancelled");
        }
        submitOf(run, "nobodys", "");
        assertThat(run.task("nobodys")).doesNotContainKey("owner");
        assertThat(askedBy(run, "nobodys", "tenant")).containsOnly("unknown");
        assertThat(askedBy(run, "nobodys", "")).containsExactly("task", "task", "task", "cancelled");
    }

    static void aStrangerChangesNothing(ScriptRunner run) {
        run.idleWorker("A", "W1");
        submitOf(run, "running", "tenant");
        submitOf(run, "queued", "tenant");
        submitOf(run, "ended", "tenant");
        run.cancel("A", "ended");
        run.abandon("A", "queued");
        var before = run.world();
        for (String id : List.of("running", "queued", "ended", "none")) {
            for (String owners : List.of("other", "tenan", "enant", "other tenant1")) {
                assertThat(askedBy(run, id, owners)).as("%s of %s", id, owners).containsOnly("unknown");
            }
        }
        assertThat(run.world()).isEqualTo(before);
    }

    static void anEndNobodyAnsweredIsToldToAllWhoWatch(ScriptRunner run) {
        run.join("B", "W1", 1, "", "");
        run.call(Script.SUBMIT, "A", run.now + 2_000, "T1", "{}", 5_000, "0", 5, 1_000, "about it", "", "", "", "");
        assertThat(run.watch("B", "T1")).startsWith("task", "queued");
        assertThat(run.watch("C", "T1")).startsWith("task", "queued").endsWith("about it", "", "");
        run.now += 5_000;
        assertThat(run.hintsTo(List.of("A", "B", "C"), () -> run.sweep("C")))
                .containsExactly("B done T1 failed deadline Task timeout", "C done T1 failed deadline Task timeout");
    }

    static void onlyTheWorkersGatewayClaims(ScriptRunner run) {
        run.idleWorker("B", "W1");
        assertThat(run.submit("A", "T1", 5_000, 5)).containsExactly("remote");
        var before = run.world();
        assertThat(run.claim("A", "T1", "1")).containsExactly("refused");
        assertThat(run.claim("B", "T1", "2")).containsExactly("refused");
        assertThat(run.world()).isEqualTo(before);
        assertThat(run.claim("B", "T1", "1")).startsWith("task", "T1", "1", "5000");
    }

    static void aWorkerOfALapsedGatewayIsNotPicked(ScriptRunner run) {
        run.idleWorker("B", "W1");
        run.now += ScriptRunner.LEASE + 1;
        assertThat(run.submit("A", "T1", 60_000, 5)).containsExactly("queued");
    }

    /** By a script whose reply does not say it: the caller is told like any other gateway. */
    static void whatIsHandedOutOnTheWayIsToBeClaimedByTheCallerToo(ScriptRunner run) {
        run.idleWorker("B", "W2");
        run.now++;
        run.idleWorker("A", "W1");
        assertThat(run.submit("A", "T1", 60_000, 5)).containsExactly("remote");
        run.now += ScriptRunner.LEASE + 1;
        run.beat("A");
        assertThat(run.hintsTo(List.of("A"), () -> run.sweep("A")))
                .as("B was lost")
                .contains("A assigned T1 W1 2");
        assertThat(run.beat("A")).endsWith("T1", "W1", "2");
        assertThat(run.claim("A", "T1", "2")).startsWith("task", "T1", "2");

        run.submit("A", "T2", 60_000, 5);
        run.submit("A", "T3", 60_000, 5);
        run.complete("A", "T1", "W1", "2", "completed", "1");
        assertThat(run.withdraw("A", "T2")).containsExactly("withdrawn");
        assertThat(run.beat("A")).endsWith("T3", "W1", "1");
    }

    static void aPlaceInTheQueueWithGaps(ScriptRunner run) {
        run.idleWorker("B", "W1");
        for (String id : List.of("T1", "T2", "T3", "T4")) {
            run.submit("A", id, 60_000, 5);
        }
        run.submit("A", "T5", 60_000, 5);
        assertThat(run.look("T5").get(7)).isEqualTo("4");
        run.withdraw("A", "T3");
        assertThat(run.look("T5").get(7)).isEqualTo("3");
        // W1 answers, so T2 leaves the queue; what it was given next was never sent to it and comes back.
        run.claim("B", "T1", "1");
        run.complete("B", "T1", "W1", "1", "completed", "1");
        run.withdraw("A", "T4");
        run.withdraw("A", "T5");
        run.submit("A", "T6", 60_000, 5);
        run.submit("A", "T7", 60_000, 5);
        run.gone("B", "W1", 1, "closed", "T1 1");
        assertThat(run.queue()).containsExactly("T2", "T6", "T7");
        assertThat(run.look("T7").get(7)).isEqualTo("3");
    }

    static void whatOthersSubmittedTooIsNotTakenBack(ScriptRunner run) {
        run.join("A", "W1", 1, "", "");
        run.submit("A", "T1", 60_000, 5);
        assertThat(run.submitShared("B", "T1")).containsExactly("exists", "queued", "", "");
        assertThat(run.withdraw("A", "T1")).containsExactly("shared");
        run.submit("A", "T2", 60_000, 5);
        assertThat(run.withdraw("A", "T2")).containsExactly("withdrawn");
        // Whoever comes after that makes it, and is not harmed by a withdraw that is repeated.
        assertThat(run.submitShared("B", "T2")).containsExactly("queued");
        assertThat(run.withdraw("A", "T2")).containsExactly("shared");
        assertThat(run.queue()).containsExactly("T1", "T2");
    }

    static void aWorkerOfAStoppingGatewayIsOnItsWay(ScriptRunner run) {
        run.idleWorker("A", "W1");
        run.gone("A", "W1", 1, "released", "");
        assertThat(run.submit("B", "T1", 60_000, 5)).containsExactly("queued");
    }

    static void whoComesLaterWaitsBehindThoseWhoWait(ScriptRunner run) {
        run.join("A", "W1", 1, "", "");
        run.submit("A", "T1", 60_000, 5);
        // As a dispatch leaves it that came to its bound.
        run.redis.zadd(run.base + "idle", run.now, "W1");
        assertThat(run.submit("A", "T2", 60_000, 5)).containsExactly("queued");
        run.sweep("A");
        assertThat(run.task("T1")).containsEntry("status", "executing");
        assertThat(run.queue()).containsExactly("T2");
    }

    static void aWorkerThatWasGivenUpIsNotIdleByItsAnswer(ScriptRunner run) {
        run.idleWorker("A", "W1");
        run.submit("A", "T1", 60_000, 5);
        run.now += ScriptRunner.LEASE + 1;
        assertThat(run.sweep("B")).containsExactly("swept", "1");
        assertThat(run.complete("A", "T1", "W1", "1", "completed", "1")).containsExactly("recorded");
        assertThat(run.idle()).isEmpty();
    }

    static void whatALeavingWorkerWasNotSentGoesToTheNext(ScriptRunner run) {
        run.idleWorker("B", "W1");
        run.now++;
        run.idleWorker("B", "W2");
        assertThat(run.submit("A", "T1", 60_000, 5)).containsExactly("remote");
        assertThat(run.task("T1")).containsEntry("worker", "W1");
        assertThat(run.gone("B", "W1", 1, "closed", "")).containsExactly("gone");
        assertThat(run.task("T1")).containsEntry("status", "executing").containsEntry("worker", "W2");
        assertThat(run.beat("B")).endsWith("T1", "W2", "2");
    }

    static void whatComesBackTakesItsOldPlace(ScriptRunner run) {
        run.idleWorker("B", "W1");
        for (String id : List.of("T1", "T2", "T3")) {
            run.submit("A", id, 60_000, 5);
        }
        assertThat(run.queue()).containsExactly("T2", "T3");
        run.gone("B", "W1", 1, "closed", "");
        assertThat(run.queue()).containsExactly("T1", "T2", "T3");
    }

    static void afterAFreezeGatewaysGetTheTimeOfALease(ScriptRunner run) {
        run.idleWorker("A", "W1");
        run.sweep("A");
        run.now += 30_000;
        assertThat(run.sweep("B")).containsExactly("swept", "0");
        assertThat(run.idle()).containsExactly("W1");
        run.beat("A");
        run.now += ScriptRunner.LEASE - 1;
        run.sweep("B");
        assertThat(run.idle()).containsExactly("W1");
    }

    static void aWorkerThatWasThereBeforeCannotBringAnAnswerBack(ScriptRunner run) {
        run.join("B", "W9", 1, "", "");
        run.now += 10;
        run.idleWorker("A", "W1");
        run.submit("A", "T1", 60_000, 5);
        run.now += ScriptRunner.LEASE + 1;
        run.beat("B");
        assertThat(run.offer("B", "T1", "W9", "mine", 0)).containsExactly("stale");
    }

    static void anAnswerIsAdoptedOnlyFromADeadGateway(ScriptRunner run) {
        run.idleWorker("A", "W1");
        run.submit("A", "T1", 60_000, 5);
        run.now += 10;
        run.join("B", "W2", 1, "", "");
        List<String> early = run.offer("B", "T1", "W2", "mine", 0);
        assertThat(early).startsWith("early");
        run.now += 1_000;
        run.beat("A");
        assertThat(run.offer("B", "T1", "W2", "mine", Long.parseLong(early.get(1))))
                .containsExactly("stale");
        run.now += ScriptRunner.LEASE + 1;
        assertThat(run.offer("B", "T1", "W2", "mine", 0)).containsExactly("recorded");
        assertThat(run.offer("B", "T1", "W2", "mine", 0)).containsExactly("replayed");
        assertThat(run.task("T1")).containsEntry("result", "mine").containsEntry("worker", "W2");
    }

    static void theSlotOfAnUnsentOverdueTaskIsFree(ScriptRunner run) {
        run.idleWorker("B", "W1");
        run.submit("A", "T1", 5_000, 5);
        run.now += 5_000;
        run.sweep("A");
        assertThat(run.task("T1")).containsEntry("status", "failed").containsEntry("error", "Task timeout");
        assertThat(run.idle()).containsExactly("W1");
    }

    static void aCancelledTaskRunsNoMoreAndItsWorkerIsTold(ScriptRunner run) {
        run.idleWorker("B", "W1");
        for (String id : List.of("T1", "T2", "T3")) {
            run.submit("A", id, 60_000, 5);
        }
        run.claim("B", "T1", "1");
        assertThat(run.cancel("A", "T2")).containsExactly("cancelled");
        assertThat(run.queue()).containsExactly("T3");
        assertThat(run.cancel("A", "T1")).containsExactly("cancelled");
        assertThat(run.task("T1"))
                .containsEntry("status", "cancelled")
                .containsEntry("endedBy", "cancel")
                .doesNotContainKey("payload");
        var before = run.world();
        assertThat(run.cancel("B", "T1")).containsExactly("already");
        assertThat(run.world())
                .as("twice is once, and the worker is busy until it answers")
                .isEqualTo(before);
        assertThat(run.idle()).isEmpty();
        run.now += 20_000;
        assertThat(run.beat("B")).containsExactly("lapsed", "T1", "W1", "");
        assertThat(run.complete("B", "T1", "W1", "1", "completed", "late")).startsWith("stale", "T3");
        assertThat(run.task("T1")).doesNotContainKey("result");
        run.now += 10_001;
        assertThat(run.beat("B")).as("told for half a minute").containsExactly("lapsed");
    }

    static void anAnswerBehindTheCancelCountsOnlyBeforeTheDeadline(ScriptRunner run) {
        run.idleWorker("A", "W1");
        run.submit("A", "T1", 5_000, 5);
        run.now += 5_000;
        assertThat(run.completeLate("A", "T1", "W1", "1"))
                .as("a clock that is early")
                .startsWith("recorded");
        run.submit("A", "T2", 5_000, 5);
        run.now += 5_001;
        assertThat(run.completeLate("A", "T2", "W1", "1")).startsWith("stale");
        assertThat(run.task("T2")).containsEntry("status", "failed").containsEntry("endedBy", "deadline");
        run.submit("A", "T3", 5_000, 5);
        run.now += 6_500;
        assertThat(run.complete("A", "T3", "W1", "1", "completed", "1"))
                .as("it came in time, and Redis was away for a moment")
                .startsWith("recorded");
    }

    static void aTaskThatWasNeverSentIsCancelledWithoutItsWorker(ScriptRunner run) {
        run.idleWorker("B", "W1");
        run.submit("A", "T1", 60_000, 5);
        run.submit("A", "T2", 60_000, 5);
        assertThat(run.cancel("B", "T1")).containsExactly("cancelled");
        assertThat(run.claim("B", "T1", "1")).containsExactly("refused");
        assertThat(run.beat("B")).startsWith("held", "T2", "W1", "1");
        assertThat(run.task("T2"))
                .as("the worker it was meant for takes the next")
                .containsEntry("worker", "W1");
        assertThat(run.queue()).isEmpty();
    }

    static void whatEndedIsNotCancelled(ScriptRunner run) {
        run.idleWorker("A", "W1");
        run.submit("A", "T1", 60_000, 5);
        run.complete("A", "T1", "W1", "1", "completed", "1");
        var before = run.world();
        assertThat(run.cancel("B", "T1")).containsExactly("ended");
        assertThat(run.cancel("B", "T9")).containsExactly("unknown");
        assertThat(run.world()).isEqualTo(before);
    }

    static void whoLeftCancelsUnlessSomebodyComes(ScriptRunner run) {
        run.idleWorker("A", "W1");
        run.submit("A", "T1", 60_000, 5);
        run.submit("A", "T2", 60_000, 5);
        for (Runnable comes : List.<Runnable>of(
                () -> run.look("T1"),
                () -> run.watch("B", "T1"),
                () -> run.follow("B", "T1", 0),
                () -> run.submitShared("B", "T1"))) {
            String abandonedAt = Long.toString(++run.now);
            assertThat(run.abandon("A", "T1")).containsExactly("noted", abandonedAt);
            comes.run();
            assertThat(run.cancelAbandoned("A", "T1", abandonedAt)).containsExactly("wanted");
            assertThat(run.task("T1")).containsEntry("status", "executing").doesNotContainKey("abandonedAt");
        }
        String first = run.abandon("A", "T1").get(1);
        run.now += 5;
        String second = run.abandon("B", "T1").get(1);
        assertThat(run.cancelAbandoned("A", "T1", first))
                .as("another left later")
                .containsExactly("wanted");
        run.withFullMemory(() -> {
            assertThat(run.abandon("A", "T2")).containsExactly("noted", Long.toString(run.now));
            assertThat(run.cancelAbandoned("B", "T1", second)).containsExactly("cancelled");
        });
        assertThat(run.task("T1")).containsEntry("status", "cancelled");
        assertThat(run.cancelAbandoned("B", "T1", second)).containsExactly("already");
    }

    static void whatNeedsNoClientIsNotLeft(ScriptRunner run) {
        run.idleWorker("A", "W1");
        assertThat(run.abandon("A", "T1")).containsExactly("kept");
        assertThat(run.detach("A", "T1")).containsExactly("unknown");
        assertThat(run.call(Script.SUBMIT, "A", run.now + 2_000, "T1", "{}", 60_000, "", 5, 1_000, "", "", "", "", ""))
                .startsWith("assigned");
        assertThat(run.abandon("A", "T1")).as("it never had one").containsExactly("kept");
        run.submit("A", "T2", 60_000, 5);
        assertThat(run.abandon("A", "T2")).startsWith("noted");
        run.withFullMemory(() -> {
            assertThat(run.detach("A", "T2")).startsWith("task", "queued");
        });
        assertThat(run.task("T2")).doesNotContainKey("abandonedAt");
        assertThat(run.abandon("A", "T2")).as("he was told that it goes on").containsExactly("kept");
        run.call(Script.SUBMIT, "A", run.now + 2_000, "T3", "{}", 60_000, "0", 5, 1_000, "", "", "", "", "");
        run.complete("A", "T1", "W1", "1", "completed", "1");
        run.complete("A", "T2", "W1", "1", "completed", "1");
        assertThat(run.abandon("A", "T3")).as("followed, once").startsWith("noted");
        run.complete("A", "T3", "W1", "1", "completed", "1");
        var ended = run.world();
        for (String id : List.of("T1", "T2", "T3")) {
            assertThat(run.abandon("A", id)).containsExactly("kept");
            assertThat(run.detach("A", id)).startsWith("task", "completed");
        }
        assertThat(run.world()).isEqualTo(ended);
    }

    static void whoIsToldHowFarAnOverdueTaskIsEndsIt(ScriptRunner run) {
        run.idleWorker("A", "W1");
        run.submit("A", "T1", 5_000, 5);
        run.idleWorker("B", "W2");
        run.submit("A", "T2", 5_000, 5);
        run.submit("A", "T3", 5_000, 5);
        run.submit("A", "T4", 60_000, 5);
        run.now += 4_999;
        assertThat(run.detach("B", "T1")).startsWith("task", "executing");
        assertThat(run.detach("B", "T3")).startsWith("task", "queued");
        run.now += 1;
        run.withFullMemory(() -> {
            for (String id : List.of("T1", "T2", "T3")) {
                assertThat(run.detach("A", id)).startsWith("task", "failed").contains("deadline");
            }
        });
        var ended = run.task("T1");
        assertThat(ended).containsEntry("error", "Task timeout");
        assertThat(run.detach("A", "T1")).startsWith("task", "failed");
        assertThat(run.task("T1")).isEqualTo(ended);
        assertThat(run.task("T4")).as("W2 was never sent its task").containsEntry("worker", "W2");
        assertThat(run.complete("A", "T1", "W1", "1", "completed", "x")).startsWith("stale");
        assertThat(run.idle()).containsExactly("W1");
    }

    static void aWorkerAtFaultFailsItsTask(ScriptRunner run) {
        run.idleWorker("A", "W1");
        run.submit("A", "T1", 60_000, 5);
        assertThat(run.gone("A", "W1", 1, "faulty", "T1 1")).containsExactly("gone");
        assertThat(run.task("T1"))
                .containsEntry("status", "failed")
                .containsEntry("error", "Worker disconnected")
                .containsEntry("endedBy", "fault")
                .doesNotContainKey("orphanedAt");
        var before = run.world();
        assertThat(run.gone("A", "W1", 1, "faulty", "T1 1")).containsExactly("unknown");
        assertThat(run.complete("A", "T1", "W1", "1", "completed", "1")).containsExactly("stale");
        assertThat(run.world()).isEqualTo(before);
        run.idleWorker("A", "W2");
        run.submit("A", "T2", 60_000, 5);
        run.gone("A", "W2", 1, "closed", "T2 1");
        assertThat(run.task("T2")).containsEntry("endedBy", "lost");
    }

    static void aWorkerThatComesBackKeepsItsTask(ScriptRunner run) {
        run.idleWorker("A", "W1");
        run.submit("A", "T1", 60_000, 5);
        run.gone("A", "W1", 1, "lost", "T1 1");
        assertThat(run.task("T1")).containsEntry("status", "executing").containsKey("orphanedAt");
        assertThat(run.submit("A", "T2", 60_000, 5)).as("nobody is on his way").containsExactly("no-worker");
        run.now += 10;
        run.join("B", "W2", 1, "", "");
        assertThat(run.resume("B", "W2", "T1")).containsExactly("resumed", "2", "59990");
        var before = run.world();
        assertThat(run.resume("B", "W2", "T1")).containsExactly("resumed", "2", "59990");
        assertThat(run.complete("A", "T1", "W1", "1", "completed", "late")).containsExactly("stale");
        assertThat(run.world()).isEqualTo(before);
        assertThat(run.task("T1")).containsEntry("worker", "W2").doesNotContainKey("orphanedAt");
        run.now += ScriptRunner.GRACE + 1;
        run.beat("B");
        run.sweep("B");
        assertThat(run.complete("B", "T1", "W2", "2", "completed", "1")).containsExactly("recorded");
        assertThat(run.idle()).containsExactly("W2");
    }

    static void whatCannotBeResumed(ScriptRunner run) {
        run.join("B", "W9", 1, "", "");
        run.now += 10;
        run.idleWorker("A", "W1");
        run.submit("B", "T1", 60_000, 5);
        run.submit("B", "T2", 60_000, 5);
        run.now += 10;
        run.join("B", "W2", 1, "", "");
        var before = run.world();
        assertThat(run.resume("B", "W2", "T1")).as("never sent").containsExactly("refused");
        assertThat(run.resume("B", "W2", "T2")).as("waits").containsExactly("refused");
        assertThat(run.resume("B", "W2", "T3")).as("is not").containsExactly("refused");
        assertThat(run.world()).isEqualTo(before);
        run.claim("A", "T1", "1");
        assertThat(run.resume("B", "W9", "T1")).as("was there before").containsExactly("refused");
        assertThat(run.resume("B", "W8", "T1")).as("nobody").containsExactly("refused");
        run.ready("B", "W2");
        assertThat(run.task("T2")).containsEntry("worker", "W2");
        assertThat(run.resume("B", "W2", "T1")).as("has another").containsExactly("refused");
        run.now += 60_000;
        run.join("B", "W3", 1, "", "");
        assertThat(run.resume("B", "W3", "T1")).as("overdue").containsExactly("refused");
    }

    static void anAnswerThatIsSentAgainElsewhereIsKnown(ScriptRunner run) {
        run.idleWorker("A", "W1");
        run.submit("A", "T1", 60_000, 5);
        run.complete("A", "T1", "W1", "1", "completed", "mine");
        run.join("B", "W2", 1, "", "");
        assertThat(run.offer("B", "T1", "W2", "mine", 0)).containsExactly("replayed");
        assertThat(run.offer("B", "T1", "W2", "other", 0)).containsExactly("stale");
    }

    static void progressIsShownWhileTheTaskRuns(ScriptRunner run) {
        run.idleWorker("A", "W1");
        run.submit("A", "T1", 60_000, 5);
        assertThat(run.progress("A", "T1", "W1", "1", "0.5", "half")).containsExactly("noted");
        assertThat(run.progress("A", "T1", "W1", "1", "0.75", "")).containsExactly("noted");
        assertThat(run.look("T1")).endsWith("0.75", "half");
        assertThat(run.progress("A", "T1", "W2", "1", "0.9", "")).containsExactly("stale");
        assertThat(run.progress("A", "T1", "W1", "2", "0.9", "")).containsExactly("stale");
        assertThat(run.look("T1")).endsWith("0.75", "half");
        run.complete("A", "T1", "W1", "1", "completed", "1");
        assertThat(run.progress("A", "T1", "W1", "1", "0.9", "")).containsExactly("stale");
        assertThat(run.look("T1")).endsWith("1", "", "", "");
    }

    private static List<String> chunksOf(List<String> followed) {
        return followed.subList(13, followed.size());
    }

    static void chunksAreKeptOnceInOrderUntilTheEnd(ScriptRunner run) {
        run.idleWorker("A", "W1");
        run.submit("A", "T1", 60_000, 5);
        assertThat(chunksOf(run.follow("A", "T1", 0))).containsExactly("0");
        assertThat(run.chunk("A", "T1", "W1", "1", 1, "\"a\"", "\"b\"")).containsExactly("stored", "1");
        Map<String, String> world = run.world();
        assertThat(run.chunk("A", "T1", "W1", "1", 1, "\"a\"", "\"b\"")).containsExactly("stored", "1");
        assertThat(run.chunk("A", "T1", "W2", "1", 3, "1")).containsExactly("stale");
        assertThat(run.chunk("A", "T1", "W1", "2", 3, "1")).containsExactly("stale");
        assertThat(run.chunk("A", "T9", "W1", "1", 1, "1")).containsExactly("stale");
        assertThat(run.world()).isEqualTo(world);
        assertThat(run.chunk("A", "T1", "W1", "1", 5, "{}"))
                .as("3 and 4 are lost")
                .containsExactly("stored", "5");
        assertThat(run.chunk("A", "T1", "W1", "1", 8)).as("and 6 and 7").containsExactly("stored", "8");
        assertThat(chunksOf(run.follow("A", "T1", 0))).containsExactly("7", "1", "\"a\"", "2", "\"b\"", "5", "{}");
        assertThat(chunksOf(run.follow("A", "T1", 2))).containsExactly("7", "5", "{}");
        assertThat(run.redis.pttl(run.base + "stream:T1")).isBetween(300_000L, 960_000L);

        run.gone("A", "W1", 1, "released", "T1 1");
        run.join("B", "W2", 1, "", "");
        assertThat(run.resume("B", "W2", "T1")).startsWith("resumed", "2");
        assertThat(run.chunk("A", "T1", "W1", "1", 8, "1")).containsExactly("stale");
        assertThat(run.chunk("B", "T1", "W2", "2", 1, "\"c\""))
                .as("numbered on")
                .containsExactly("stored", "8");
        assertThat(run.chunk("B", "T1", "W2", "2", 1, "\"c\"")).containsExactly("stored", "8");
        run.complete("B", "T1", "W2", "2", "completed", "1");
        assertThat(run.chunk("B", "T1", "W2", "2", 2, "\"d\"")).containsExactly("stale");
        assertThat(run.follow("A", "T1", 7)).startsWith("task", "completed").endsWith("8", "8", "\"c\"");
        assertThat(run.follow("A", "T1", 8)).endsWith("8");
        assertThat(run.redis.pttl(run.base + "stream:T1")).isBetween(200_000L, ScriptRunner.TTL);
        assertThat(run.follow("A", "T9", 0)).containsExactly("unknown");
    }

    static void followersAreToldOfChunksAndThenOfTheEnd(ScriptRunner run) {
        run.idleWorker("B", "W1");
        run.submit("B", "T1", 60_000, 5);
        run.follow("A", "T1", 0);
        run.follow("A", "T1", 0);
        run.follow("B", "T1", 0);
        assertThat(run.task("T1")).containsEntry("watchers", "B A").containsEntry("followers", "A B");
        String large = '"' + "x".repeat(4_095) + '"';
        assertThat(run.hintsTo(List.of("A", "B", "C"), () -> {
                    run.chunk("B", "T1", "W1", "1", 1, "\"ä\"", "2");
                    run.chunk("B", "T1", "W1", "1", 3, large);
                    run.complete("B", "T1", "W1", "1", "completed", "1");
                }))
                .containsExactly("A chunk T1 1 4,1 \"ä\"2", "A chunk T1 3", "A done T1 completed answer 1");
    }

    static void oldChunksMakeRoomForNewOnes(ScriptRunner run) {
        run.idleWorker("A", "W1");
        run.submit("A", "T1", 60_000, 5);
        String large = '"' + "x".repeat(1 << 17) + '"';
        for (int i = 1; i <= 20; i++) {
            run.chunk("A", "T1", "W1", "1", i, large);
        }
        assertThat(run.redis.xlen(run.base + "stream:T1")).isBetween(7L, 10L);
        List<String> kept = chunksOf(run.follow("A", "T1", 0));
        assertThat(kept.get(0)).isEqualTo("20");
        assertThat(kept.get(kept.size() - 2)).isEqualTo("20");
    }

    static void answersAreRecordedWhenMemoryIsFull(ScriptRunner run) {
        run.idleWorker("A", "W1");
        run.submit("A", "T1", 60_000, 5);
        run.submit("A", "T2", 60_000, 5);
        run.withFullMemory(() -> {
            assertThat(run.complete("A", "T1", "W1", "1", "completed", "done")).startsWith("recorded", "T2");
            assertThat(run.watch("B", "T2")).startsWith("task", "executing");
            assertThat(run.beat("A")).containsExactly("held");
            run.now += 1_000;
            assertThat(run.sweep("A")).startsWith("swept");
        });
    }

    // ---- run times ----------------------------------------------------------------------------------------------

    /** The group's only worker, idle, ran so many tasks of this model, each for so long. */
    private static void ran(ScriptRunner run, int tasks, long ms, String model) {
        for (int i = 0; i < tasks; i++) {
            String id = "ran" + ms + model + i;
            assertThat(run.submit("A", id, 600_000, 9, model)).containsExactly("assigned", "W1", "1");
            run.now += ms;
            assertThat(run.complete("A", id, "W1", "1", "completed", "1")).containsExactly("recorded");
        }
    }

    /** The base of the group stands for the key of the request. */
    private static void keeps(ScriptRunner run, String value, long lifeMs) {
        assertThat(run.redis.get(run.base)).isEqualTo(value);
        assertThat(run.redis.pttl(run.base)).isBetween(lifeMs - 8_000, lifeMs);
    }

    static void theKeyOfARefusedRequestGoesSoon(ScriptRunner run) {
        assertThat(run.reclaim("T1")).containsExactly("kept", "T1 g f");
        keeps(run, "T1 g f", ScriptRunner.REQUEST_LIFE);
        assertThat(run.reclaim("T2")).as("it belongs to T1").containsExactly("kept", "T1 g f");
        assertThat(run.refuse("T2 g f")).as("another").containsExactly("other");
        keeps(run, "T1 g f", ScriptRunner.REQUEST_LIFE);
        assertThat(run.refuse("T1 g f")).containsExactly("refused");
        keeps(run, "T1 g f -", 10_000);
        assertThat(run.refuse("T1 g f")).as("again").containsExactly("other");
        assertThat(run.reclaim("T2")).as("the same task").containsExactly("kept", "T1 g f T2");
        keeps(run, "T1 g f T2", ScriptRunner.REQUEST_LIFE);
        assertThat(run.reclaim("T2")).as("its reply was lost").containsExactly("kept", "T1 g f T2");
        assertThat(run.reclaim("T3")).containsExactly("kept", "T1 g f T2");
        assertThat(run.refuse("T1 g f")).as("refused before").containsExactly("other");
        keeps(run, "T1 g f T2", ScriptRunner.REQUEST_LIFE);
        run.withFullMemory(
                () -> assertThat(run.refuse("T1 g f T2")).as("without memory").containsExactly("refused"));
        keeps(run, "T1 g f -", 10_000);
    }

    static void aKeyStaysWhenOthersHadItsTaskAccepted(ScriptRunner run) {
        run.reclaim("T1");
        assertThat(run.confirm("T1")).containsExactly("confirmed");
        assertThat(run.refuse("T1 g f")).as("of whoever it belonged to").containsExactly("other");
        keeps(run, "T1 g f +", ScriptRunner.REQUEST_LIFE);
        assertThat(run.reclaim("T2")).containsExactly("kept", "T1 g f +");
        run.redis.del(run.base);
        run.reclaim("T1");
        run.refuse("T1 g f");
        assertThat(run.confirm("T1")).as("after the refusal").containsExactly("confirmed");
        keeps(run, "T1 g f +", ScriptRunner.REQUEST_LIFE);
        run.redis.del(run.base);
        assertThat(run.confirm("T1")).as("after it went").containsExactly("confirmed");
        keeps(run, "T1 g f +", ScriptRunner.REQUEST_LIFE);
        assertThat(run.confirm("T2")).as("another task").containsExactly("other");
        keeps(run, "T1 g f +", ScriptRunner.REQUEST_LIFE);
        run.redis.del(run.base);
    }

    static void whatCannotEndInTimeIsRefusedWhileOthersWait(ScriptRunner run) {
        run.idleWorker("A", "W1");
        ran(run, 2, 2_000, "");
        run.submit("A", "T1", 8_000, 9);
        run.submit("A", "T2", 8_000, 9);
        assertThat(run.submit("A", "T3", 5_000, 9))
                .as("two runs are no history")
                .containsExactly("queued");
        run.withdraw("A", "T2");
        run.withdraw("A", "T3");
        run.now += 2_000;
        run.complete("A", "T1", "W1", "1", "completed", "1");

        run.submit("A", "T4", 8_000, 9);
        assertThat(run.submit("A", "T5", 5_000, 9)).as("nobody waits").containsExactly("queued");
        var before = run.world();
        assertThat(run.submit("A", "T6", 5_000, 9)).startsWith("not-in-time");
        assertThat(run.submit("A", "T6", 5_000, 9)).as("said again").startsWith("not-in-time");
        var after = run.world();
        assertThat(after.remove("pace")).contains("pressedAt=" + run.now);
        before.remove("pace");
        assertThat(after).isEqualTo(before);
        assertThat(run.submit("A", "T5", 5_000, 9)).as("accepted before").startsWith("exists", "queued");
        assertThat(run.submit("A", "T6", 60_000, 9)).as("with more time").containsExactly("queued");
        run.join("A", "W2", 1, "", "");
        run.join("A", "W3", 1, "", "");
        assertThat(run.submit("A", "T7", 8_000, 9)).as("with more slots").containsExactly("queued");
    }

    static void aTaskWithTooLittleTimeIsNotHandedOut(ScriptRunner run) {
        run.idleWorker("A", "W1");
        ran(run, 1, 2_000, "");
        for (String id : List.of("T1", "T2", "T3", "T4")) {
            run.submit("A", id, id.equals("T3") ? 60_000 : 5_000, 9);
        }
        run.now += 4_100;
        assertThat(run.hintsTo(List.of("A"), () -> assertThat(run.complete("A", "T1", "W1", "1", "completed", "1"))
                        .as("T2 has less left than half a run")
                        .startsWith("recorded", "T3", "1")))
                .containsExactly("A done T2 failed deadline Task timeout");
        assertThat(run.task("T2"))
                .containsEntry("status", "failed")
                .containsEntry("error", "Task timeout")
                .containsEntry("endedAt", Long.toString(run.now));
        assertThat(run.redis.pttl(run.base + "unsaid")).isBetween(1L, 60_000L);
        assertThat(run.sweep("A")).as("and is told of").containsExactly("swept", "0", "T2");
        assertThat(run.world()).doesNotContainKey("unsaid");

        // While time is short, a task that does not very likely end in time is not begun.
        run.submit("A", "T5", 5_000, 9);
        run.now += 3_000;
        run.submit("A", "T6", 5_000, 9);
        run.now += 500;
        run.redis.hset(run.base + "pace", Map.of("*", "2000.0 0.0 16", "pressedAt", Long.toString(run.now - 2_000)));
        assertThat(run.complete("A", "T3", "W1", "1", "completed", "1")).startsWith("recorded", "T6");
        assertThat(run.task("T5")).containsEntry("status", "failed");

        // Later it is: it costs no other task its turn.
        run.complete("A", "T6", "W1", "1", "completed", "1");
        run.submit("A", "T7", 60_000, 9);
        run.submit("A", "T8", 5_000, 9);
        run.now += 3_500;
        run.redis.hset(run.base + "pace", Map.of("*", "2000.0 0.0 16", "pressedAt", Long.toString(run.now - 20_000)));
        assertThat(run.complete("A", "T7", "W1", "1", "completed", "1")).startsWith("recorded", "T8");
    }

    static void aTaskThatIsClaimedTooLateDoesNotRun(ScriptRunner run) {
        run.idleWorker("A", "W1");
        ran(run, 1, 2_000, "");
        run.gone("A", "W1", 1, "closed", "");
        run.idleWorker("B", "W1b");
        run.submit("A", "T1", 5_000, 9);
        run.submit("A", "T2", 60_000, 9);
        run.now += 4_500;
        assertThat(run.claim("B", "T1", "1")).containsExactly("refused");
        assertThat(run.task("T1")).containsEntry("error", "Task timeout");
        assertThat(run.claim("B", "T1", "1")).containsExactly("refused");
        assertThat(run.beat("B")).as("the worker has the next task").endsWith("T2", "W1b", "1");
        run.now += 1_000;
        assertThat(run.claim("B", "T2", "1")).startsWith("task", "T2", "1", "54500");
        run.now += 54_000;
        assertThat(run.claim("B", "T2", "1")).as("sent before").startsWith("task", "T2", "1", "500");
    }

    static void aTaskGivenUpAtItsDeadlineCountsAsALongRunOnce(ScriptRunner run) {
        run.idleWorker("A", "W1");
        ran(run, 1, 1_000, "");
        for (long timeout : new long[] {5_000, 5_500}) {
            run.submit("A", "T" + timeout, timeout, 9);
            run.now += timeout;
            run.detach("A", "T" + timeout);
            assertThat(run.ready("A", "W1")).containsExactly("idle");
            assertThat(run.ready("A", "W1")).containsExactly("idle");
        }
        // Each counts double, but no more than four times the mean and a second.
        assertThat(run.redis.hget(run.base + "pace", "*")).startsWith("5666.7 ").endsWith(" 3");
        run.submit("A", "T3", 5_000, 9);
        run.now += 5_000;
        run.detach("A", "T3");
        run.ready("A", "W1");
        assertThat(run.redis.hget(run.base + "pace", "*"))
                .as("less than a usual run says nothing")
                .startsWith("5666.7 ");
        run.submit("A", "T4", 60_000, 9);
        run.now += 9_000;
        run.cancel("A", "T4");
        run.ready("A", "W1");
        assertThat(run.redis.hget(run.base + "pace", "*"))
                .as("nor does a cancelled one")
                .endsWith(" 3");
    }

    static void aLateAnswerCountsAsARunOnce(ScriptRunner run) {
        run.idleWorker("A", "W1");
        run.submit("A", "T1", 5_000, 9);
        run.now += 5_000;
        run.sweep("A");
        run.now += 4_000;
        assertThat(run.complete("A", "T1", "W1", "1", "completed", "1")).containsExactly("stale");
        var world = run.world();
        assertThat(world.get("pace")).isEqualTo("{*=9000.0 4500.0 1}");
        assertThat(run.complete("A", "T1", "W1", "1", "completed", "1")).containsExactly("stale");
        assertThat(run.ready("A", "W1")).containsExactly("idle");
        assertThat(run.world()).isEqualTo(world);
    }

    private static List<String> submitImpatient(ScriptRunner run, String id, long queueTimeout) {
        Object[] args = {id, "{}", 60_000, "1", 9, 1_000, "", "", "", "", queueTimeout};
        return run.submitWith("A", args);
    }

    static void aTaskWaitsNoLongerThanItsQueueTimeout(ScriptRunner run) {
        run.idleWorker("A", "W1");
        assertThat(submitImpatient(run, "T1", 1_000)).startsWith("assigned");
        submitImpatient(run, "T2", 1_000);
        submitImpatient(run, "T3", 4_000);
        run.now += 999;
        run.sweep("A");
        assertThat(run.task("T2")).containsEntry("status", "queued");
        run.now += 301;
        assertThat(run.sweep("A")).as("T1 runs").containsExactly("swept", "0", "T2");
        assertThat(run.task("T2")).containsEntry("error", "Task timeout: no worker was free within queueTimeout");
        assertThat(run.queue()).containsExactly("T3");

        // A task that a worker has keeps the time of its timeout; one that comes back waits as before.
        run.complete("A", "T1", "W1", "1", "completed", "1");
        assertThat(run.redis.zscore(run.base + "deadlines", "T3")).isEqualTo(1_060_000.0);
        run.gone("A", "W1", 1, "closed", "T1 1");
        assertThat(run.queue()).containsExactly("T3");
        assertThat(run.redis.zscore(run.base + "deadlines", "T3")).isEqualTo(1_004_000.0);
        run.now += 4_000;
        run.idleWorker("A", "W2");
        assertThat(run.task("T3"))
                .as("ended by the hand-out")
                .containsEntry("error", "Task timeout: no worker was free within queueTimeout");

        // With what is known of the runs a task that would wait too long is refused.
        run.redis.hset(run.base + "pace", "*", "2000.0 0.0 16");
        run.submit("A", "T4", 60_000, 9);
        run.submit("A", "T5", 60_000, 9);
        assertThat(submitImpatient(run, "T6", 3_000)).containsExactly("not-in-time", "1000");
        assertThat(submitImpatient(run, "T7", 4_000)).containsExactly("queued");
    }

    static void eachModelHasARunTimeOfItsOwn(ScriptRunner run) {
        run.idleWorker("A", "W1");
        ran(run, 4, 100, "small");
        ran(run, 4, 4_000, "large");
        assertThat(run.redis.hgetall(run.base + "pace"))
                .containsEntry("m:small", "100.0 12.5 4")
                .containsEntry("m:large", "4000.0 500.0 4")
                .hasEntrySatisfying("*", all -> assertThat(all).startsWith("2050.0 "));
        run.submit("A", "T1", 60_000, 9, "large");
        run.submit("A", "T2", 12_000, 9, "small");
        assertThat(run.submit("A", "T3", 12_000, 9, "small")).containsExactly("queued");
        assertThat(run.submit("A", "T4", 12_000, 9, "large")).startsWith("not-in-time");
    }

    static void theRunTimesOfAGroupHaveABound(ScriptRunner run) {
        run.idleWorker("A", "W1");
        for (int i = 0; i < 40; i++) {
            ran(run, 1, 10, "model" + i);
        }
        assertThat(run.redis.hgetall(run.base + "pace"))
                .hasSize(33)
                .containsKey("m:model31")
                .hasEntrySatisfying("*", all -> assertThat(all).endsWith(" 16"));
        ran(run, 1, 20, "model0");
        assertThat(run.redis.hget(run.base + "pace", "m:model0")).endsWith(" 2");
        assertThat(run.redis.pttl(run.base + "pace")).isBetween(590_000L, 600_000L);
    }

    /** At no time are workers idle while the group refuses, and soon it refuses nothing. */
    static void aGroupThatGotFasterAdmitsAgain(ScriptRunner run) {
        run.idleWorker("A", "W1");
        ran(run, 20, 10_000, "");
        int refused = 0;
        int lately = 0;
        String working = null;
        // Two tasks each 15 ms, of which one runs 10 ms: less than the worker can do.
        for (int i = 0; i < 200; i++) {
            for (String id : List.of("F" + i + "a", "F" + i + "b")) {
                List<String> reply = run.submit("A", id, 5_000, 9);
                if (reply.get(0).equals("assigned")) {
                    working = id;
                } else if (reply.get(0).equals("not-in-time")) {
                    assertThat(working).as("a refusal while the worker is idle").isNotNull();
                    refused++;
                    lately += i >= 100 ? 1 : 0;
                }
            }
            for (int k = 0; k < 3 && working != null; k++) {
                run.now += 10;
                List<String> reply = run.complete("A", working, "W1", "1", "completed", "1");
                assertThat(reply.get(0)).isEqualTo("recorded");
                working = reply.size() == 5 ? reply.get(1) : null;
            }
        }
        assertThat(refused).isLessThan(100);
        assertThat(lately).as("refused after 200 fast tasks").isZero();
    }

    // ---- names --------------------------------------------------------------------------------------------------

    static void aModelBelongsToWhoDeclaredItFirstWhileItIsDeclared(ScriptRunner run) {
        assertThat(run.declare("A", "z", "h", 9, 9, ".m")).containsExactly("declared", "own");
        var before = run.world();
        assertThat(run.declare("B", "a", "h2", 9, 9, ".m")).containsExactly("declared", "taken z");
        assertThat(run.world()).isEqualTo(before);
        run.now += ScriptRunner.DECLARED;
        assertThat(run.declare("B", "a", "h2", 9, 9, ".m")).containsExactly("declared", "taken z");
        run.now += 1;
        assertThat(run.declare("B", "a", "h2", 9, 9, ".m")).containsExactly("declared", "own");
        assertThat(run.declare("A", "z", "h", 9, 9, ".m")).containsExactly("declared", "taken a");
        assertThat(run.redis.zrange(run.base + "models", 0, -1)).containsExactly("a m");
        assertThat(run.redis.pttl(run.base + "models")).isPositive();
        assertThat(run.redis.pttl(run.base + "models:h2")).isPositive();
        assertThat(run.redis.pttl(run.base + "declared:m")).isPositive();
    }

    static void aModelIsTakenBackOneGatewayAtATime(ScriptRunner run) {
        run.declare("A", "g", "h", 9, 9, ".m");
        var before = run.world();
        assertThat(run.retract("A", "other", "x", "m")).containsExactly("retracted");
        assertThat(run.world()).isEqualTo(before);
        run.declare("B", "g", "h", 9, 9, ".m");
        assertThat(run.retract("A", "g", "h", "m")).containsExactly("retracted");
        assertThat(run.declare("C", "a", "h2", 9, 9, ".m")).containsExactly("declared", "taken g");
        run.retract("B", "g", "h", "m");
        run.retract("B", "g", "h", "m");
        assertThat(run.world()).isEmpty();
        assertThat(run.declare("C", "a", "h2", 9, 9, ".m")).containsExactly("declared", "own");
    }

    static void aModelStaysWhileAnyHolderOfItsGroupDeclaresIt(ScriptRunner run) {
        run.declare("A", "g", "honest", 9, 9, ".m");
        run.declare("A", "g", "other", 9, 9, ".m");
        run.retract("A", "g", "other", "m");
        assertThat(run.declare("B", "evil", "other", 9, 9, ".m")).containsExactly("declared", "taken g");
        assertThat(run.redis.zrange(run.base + "models", 0, -1)).containsExactly("g m");
        assertThat(run.redis.exists(run.base + "models:other")).isZero();
        run.retract("A", "g", "honest", "m");
        assertThat(run.world()).isEmpty();
    }

    static void aModelCountsForItsHolderWhileAnotherGatewayDeclaresIt(ScriptRunner run) {
        run.declare("A", "g", "h", 9, 1, ".m");
        run.declare("B", "g", "h", 9, 1, ".m");
        run.retract("A", "g", "h", "m");
        assertThat(run.declare("A", "g", "h", 9, 1, ".n")).containsExactly("declared", "holder-full");
        run.retract("B", "g", "h", "m");
        assertThat(run.declare("A", "g", "h", 9, 1, ".n")).containsExactly("declared", "own");
    }

    static void declarationsOfAModelHaveABound(ScriptRunner run) {
        for (int i = 0; i < 102; i++) {
            run.declare("A", "g", "h" + i, 9, 9, ".m");
        }
        run.retract("A", "g", "h0", "m");
        assertThat(run.redis.zcard(run.base + "models:h0"))
                .as("too many to look through")
                .isEqualTo(1);
        run.retract("A", "g", "h1", "m");
        assertThat(run.redis.exists(run.base + "models:h1")).isZero();
        run.now += ScriptRunner.DECLARED + 1;
        run.declare("A", "g", "last", 9, 9, ".m");
        assertThat(run.redis.zrange(run.base + "declared:m", 0, -1)).containsExactly("g A last");
    }

    static void theConfigurationGivesAModelWhoeverHasIt(ScriptRunner run) {
        run.declare("A", "a", "h", 9, 9, ".m");
        assertThat(run.declare("B", "z", "h2", 9, 9, "!m")).containsExactly("declared", "own");
        assertThat(run.redis.zrange(run.base + "models", 0, -1)).containsExactly("z m");
        assertThat(run.redis.zrange(run.base + "declared:m", 0, -1)).containsExactly("z B h2");
        assertThat(run.declare("A", "a", "h", 9, 9, ".m")).containsExactly("declared", "taken z");
    }

    static void declaredNamesHaveABound(ScriptRunner run) {
        assertThat(run.declare("A", "g", "h", 4, 2, ".1", ".2", ".3"))
                .containsExactly("declared", "own", "own", "holder-full");
        assertThat(run.declare("A", "g", "i", 4, 9, ".4", ".5", ".6"))
                .containsExactly("declared", "own", "own", "full");
        var before = run.world();
        assertThat(run.declare("A", "g", "h", 4, 2, ".1", ".3")).containsExactly("declared", "own", "holder-full");
        assertThat(run.declare("A", "k", "j", 4, 9, ".7")).containsExactly("declared", "full");
        assertThat(run.world()).isEqualTo(before);
        run.now += ScriptRunner.DECLARED + 1;
        assertThat(run.declare("A", "g", "h", 4, 2, ".3", ".7")).containsExactly("declared", "own", "own");
    }

    static void namesOfGroupsHaveABound(ScriptRunner run) {
        assertThat(run.register("a", "h", 3, 2)).containsExactly("kept");
        assertThat(run.register("b", "h", 3, 2)).containsExactly("kept");
        var before = run.world();
        assertThat(run.register("c", "h", 3, 2)).containsExactly("holder-full");
        assertThat(run.world()).isEqualTo(before);
        assertThat(run.register("c", "i", 3, 2)).containsExactly("kept");
        assertThat(run.register("d", "i", 3, 2)).containsExactly("full");
        assertThat(run.register("a", "i", 3, 2)).as("another holder's group").containsExactly("kept");
        assertThat(run.register("b", "h", 3, 2)).as("a group that it is in").containsExactly("kept");
        assertThat(run.register("d", "i", 0, 0)).as("one that is connected").containsExactly("kept");
        run.now += 120_001;
        assertThat(run.register("e", "h", 9, 2)).as("what it left long ago").containsExactly("kept");
        assertThat(run.redis.pttl(run.base + "groups:h")).isPositive();
    }

    static void namesThatWereLeftDoNotCount(ScriptRunner run) {
        run.register("a", "h", 2, 1);
        run.register("b", "i", 2, 1);
        assertThat(run.register("c", "h", 9, 1)).containsExactly("holder-full");
        assertThat(run.register("c", "j", 2, 1)).containsExactly("full");
        assertThat(run.unregister("a", "h")).containsExactly("noted");
        assertThat(run.register("c", "h", 2, 1)).containsExactly("kept");
        assertThat(run.forget("groups", 60_000, "a")).as("shown for a while").containsExactly("forgotten", "0");
        run.now += 30_000;
        assertThat(run.forget("groups", 60_000, "a", "b")).containsExactly("forgotten", "1");
        assertThat(run.register("d", "j", 2, 1)).as("nobody repeats b and c").containsExactly("kept");
        double before = run.redis.zscore(run.base + "groups", "b");
        run.now += 10_000;
        run.unregister("b", "i");
        run.unregister("never", "i");
        assertThat(run.redis.zscore(run.base + "groups", "b"))
                .as("an older use stays")
                .isEqualTo(before);
        assertThat(run.redis.zcard(run.base + "groups")).isEqualTo(3);
    }

    static void namesThatWereLeftCountAgainstTheirHolderOnly(ScriptRunner run) {
        for (int i = 0; i < 20; i++) {
            assertThat(run.register("h" + i, "h", 2, 2)).containsExactly("kept");
            run.unregister("h" + i, "h");
        }
        var before = run.world();
        assertThat(run.register("more", "h", 9, 2)).as("ten times the bound").containsExactly("holder-full");
        assertThat(run.world()).isEqualTo(before);
        assertThat(run.register("h7", "h", 2, 2)).as("one that is kept").containsExactly("kept");
        assertThat(run.register("more", "h", 9, 2)).as("one fewer was left").containsExactly("kept");
        run.unregister("more", "h");
        run.unregister("h7", "h");
        assertThat(run.register("i1", "i", 2, 2)).as("as many as may be kept").containsExactly("kept");
        run.unregister("i1", "i");
        assertThat(run.register("i2", "i", 2, 2)).as("one has, one left").containsExactly("kept");
        assertThat(run.register("i3", "i", 2, 2)).as("others left many, too").containsExactly("holder-full");
        assertThat(run.register("i3", "i", 9, 2)).as("others left few").containsExactly("kept");
        assertThat(run.register("j", "j", 2, 2)).as("the count of all").containsExactly("full");
        run.unregister("i2", "i");
        run.unregister("i3", "i");
        run.now += 60_001;
        assertThat(run.register("later", "h", 2, 2)).containsExactly("kept");
        assertThat(run.redis.pttl(run.base + "left:i")).isBetween(1L, 60_000L);
        run.unregister("later", "h");
        assertThat(run.redis.zrange(run.base + "left:h", 0, -1)).containsExactly("later");
        run.register("i4", "i", 0, 0);
        run.unregister("i4", "i");
        assertThat(run.redis.zrange(run.base + "left:i", 0, -1)).containsExactly("i4");
        run.register("A", "both", "h", 9, 9);
        run.register("A", "both", "i", 9, 9);
        run.unregister("both", "h");
        run.unregister("never", "h");
        assertThat(run.redis.zrange(run.base + "left:h", 0, -1)).containsExactly("later");
    }

    static void aNameCountsWhileAnyGatewayHoldsIt(ScriptRunner run) {
        run.register("A", "a", "h", 9, 1);
        run.register("B", "a", "h", 9, 1);
        run.unregister("B", "a", "h");
        assertThat(run.register("A", "b", "h", 9, 1)).containsExactly("holder-full");
        run.register("B", "a", "i", 9, 1);
        run.unregister("A", "a", "h");
        assertThat(run.register("A", "b", "h", 9, 1)).as("its last worker left").containsExactly("kept");
        assertThat(run.register("A", "c", "j", 2, 9))
                .as("a is another holder's, too")
                .containsExactly("full");
        run.unregister("B", "a", "i");
        assertThat(run.register("A", "c", "j", 2, 9)).containsExactly("kept");
        assertThat(run.keysOf(run.base + "in:a")).isEmpty();
        assertThat(run.redis.pttl(run.base + "in:b")).isPositive();
        assertThat(run.redis.pttl(run.base + "in:b:h")).isPositive();
    }

    static void aGatewayThatDiedHoldsNoNameForLong(ScriptRunner run) {
        run.register("dead", "a", "h", 9, 1);
        run.register("dead", "a", "i", 9, 1);
        run.now += 120_001;
        run.register("A", "a", "h", 9, 1);
        assertThat(run.redis.zrange(run.base + "in:a", 0, -1)).containsExactly("h");
        assertThat(run.redis.zrange(run.base + "in:a:h", 0, -1)).containsExactly("A");
        run.register("dead", "b", "k", 9, 1);
        run.register("dead", "b", "l", 9, 1);
        run.now += 60_000;
        run.register("A", "b", "k", 9, 1);
        run.now += 60_001;
        run.unregister("A", "b", "k");
        assertThat(run.keysOf(run.base + "in:b")).as("but for the key of l").containsExactly(run.base + "in:b:l");
        assertThat(run.register("A", "c", "k", 9, 1)).containsExactly("kept");
    }

    static void aNameStaysWhileItIsUsed(ScriptRunner run) {
        run.register("a", "h", 9, 9);
        run.register("b", "h", 9, 9);
        run.now += 60_000;
        run.register("b", "h", 9, 9);
        assertThat(run.forget("groups", 60_000, "a", "b", "never")).containsExactly("forgotten", "1");
        assertThat(run.redis.zrange(run.base + "groups", 0, -1)).containsExactly("b");
        run.accept("b", "00ff");
        assertThat(run.forget("busy", 30_000, "b")).containsExactly("forgotten", "0");
        run.now += 30_000;
        assertThat(run.forget("busy", 30_000, "b")).containsExactly("forgotten", "1");
        assertThat(run.redis.zrange(run.base + "groups", 0, -1)).containsExactly("b");
    }

    static void aGroupIsFoundByTheIdsOfItsTasks(ScriptRunner run) {
        assertThat(run.accept("a", "00ff")).containsExactly("noted");
        run.now += 900_000;
        run.accept("b", "00ff");
        assertThat(run.redis.zrange(run.base + "names:00ff", 0, -1)).containsExactly("a", "b");
        run.now += 1;
        run.accept("b", "00ff");
        assertThat(run.redis.zrange(run.base + "names:00ff", 0, -1)).containsExactly("b");
        assertThat(run.redis.pttl(run.base + "names:00ff")).isBetween(800_000L, 900_000L);
        assertThat(run.redis.zrange(run.base + "busy", 0, -1)).containsExactly("a", "b");
    }

    static void namesOfOneHashHaveABound(ScriptRunner run) {
        assertThat(run.accept("a", "00ff", 2)).containsExactly("noted");
        run.now += 600_000;
        assertThat(run.accept("b", "00ff", 2)).containsExactly("noted");
        assertThat(run.accept("c", "00ff", 2)).containsExactly("crowded");
        assertThat(run.accept("b", "00ff", 2)).as("one that is kept").containsExactly("noted");
        assertThat(run.accept("d", "00fe", 2)).as("another hash").containsExactly("noted");
        assertThat(run.redis.zrange(run.base + "names:00ff", 0, -1)).containsExactly("a", "b");
        assertThat(run.redis.zrange(run.base + "busy", 0, -1)).containsExactly("a", "b", "c", "d");
        run.now += 300_001;
        assertThat(run.accept("c", "00ff", 2)).as("in the place of a").containsExactly("noted");
        assertThat(run.redis.zrange(run.base + "names:00ff", 0, -1)).containsExactly("b", "c");
    }

    static void ofAGroupThatHoldsNothingNothingStays(ScriptRunner run) {
        run.idleWorker("A", "W1");
        run.sweep("A");
        assertThat(run.world()).containsKey("meta");
        run.gone("A", "W1", 1, "closed", "");
        run.now += 10_001;
        run.sweep("A");
        run.now += 700;
        run.sweep("A");
        run.now += 4_000;
        run.sweep("A");
        run.now += 4_000;
        run.sweep("A");
        run.now += 4_000;
        run.sweep("A");
        assertThat(run.world()).containsOnlyKeys("round", "worker:W1");
    }
}
