package io.github.taskdispatcher.gateway.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.store.Assignment;
import io.github.taskdispatcher.gateway.test.ManualScheduler;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SlotStateTest {

    private static final GroupName GROUP = new GroupName("g");
    private static final long REMAINING_MS = 5_000;

    private final ManualScheduler time = new ManualScheduler();
    private final List<Long> watched = new ArrayList<>();
    private final SlotState slot = new SlotState(time, watched::add);
    private final Assignment first = assignment("1");
    private final Assignment second = assignment("1");

    private static Assignment assignment(String token) {
        return new Assignment(TaskId.next(GROUP), token, REMAINING_MS, new byte[] {'1'});
    }

    private void works(Assignment assignment) {
        slot.ready();
        assertThat(slot.begin(assignment)).isTrue();
    }

    @Test
    void aNewSlotAsksOnceForATask() {
        assertThat(slot.isNew()).isTrue();
        assertThat(slot.ready()).isTrue();
        assertThat(slot.ready()).as("it has asked already").isFalse();
        slot.idle();
        assertThat(slot.isIdle()).isTrue();
        assertThat(slot.ready()).as("it is idle, and the store knows").isFalse();
    }

    @Test
    void anAssignmentIsSentOnce() {
        works(first);
        assertThat(slot.begin(first)).isFalse();
        assertThat(slot.begin(new Assignment(first.id(), "2", REMAINING_MS, new byte[0])))
                .as("another attempt")
                .isTrue();
        assertThat(slot.had(first.id().text())).isTrue();
        assertThat(slot.had(second.id().text())).isFalse();
        assertThat(slot.lastSent()).isEqualTo(first.id().text() + " 2");
    }

    @Test
    void aSlotThatWorksIsBusyWithItsTaskUntilTheAnswer() {
        works(first);
        assertThat(slot.busyWith()).isEqualTo(first.id());
        assertThat(slot.ready()).isFalse();
        assertThat(slot.workOn(second.id().text())).isNull();
        assertThat(slot.takeOff(second.id().text())).isNull();
        SlotState.Work work = slot.takeOff(first.id().text());
        assertThat(work.assignment().id()).isEqualTo(first.id());
        assertThat(work.assignment().payload()).as("the payload is not kept").isEmpty();
        assertThat(work.expired()).isFalse();
        assertThat(slot.takeOff(first.id().text())).as("answered once").isNull();
        assertThat(slot.worksOn(first.id())).as("the answer is on its way").isTrue();
        assertThat(slot.answered(false)).isFalse();
        assertThat(slot.isIdle()).isTrue();
        assertThat(slot.worksOn(first.id())).isFalse();
    }

    @Test
    void anAnswerThatBringsTheNextTaskLeavesNoGap() {
        works(first);
        slot.takeOff(first.id().text());
        assertThat(slot.answered(true)).isFalse();
        assertThat(slot.isIdle()).isFalse();
        assertThat(slot.begin(second)).isTrue();
        assertThat(slot.busyWith()).isEqualTo(second.id());
    }

    @Test
    void theWorkerIsToldOnceThatItsTimeIsOver() {
        works(first);
        long deadline = watched.get(0);
        assertThat(slot.expire(deadline - 1)).isNull();
        assertThat(watched).as("watched on").containsExactly(deadline, deadline);
        assertThat(slot.expire(deadline)).isEqualTo(first.id());
        assertThat(slot.expire(deadline)).isNull();
        assertThat(slot.cancel(first.id())).as("it was told").isFalse();
        assertThat(slot.busyWith()).as("it may say that it is ready").isNull();
        assertThat(slot.workOn(first.id().text()).expired()).isTrue();
        assertThat(slot.ready()).isTrue();
        assertThat(slot.workOn(first.id().text())).isNull();
    }

    @Test
    void aCancelledTaskKeepsTheSlotUntilTheWorkerSaysSomething() {
        works(first);
        assertThat(slot.cancel(second.id())).isFalse();
        assertThat(slot.cancel(first.id())).isTrue();
        assertThat(slot.cancel(first.id())).isFalse();
        assertThat(slot.expire(Long.MAX_VALUE)).isNull();
        assertThat(slot.takeOff(first.id().text()).expired()).isTrue();
    }

    @Test
    void aTaskThatTheWorkerCameBackWithIsItsWork() {
        Assignment known = slot.resume(first);
        assertThat(known.payload()).isEmpty();
        assertThat(slot.busyWith()).isEqualTo(first.id());
        assertThat(watched).hasSize(1);
        assertThat(slot.begin(first)).as("it has the task").isFalse();
        assertThat(slot.ready()).isFalse();
    }

    @Test
    void aSlotBelievedIdleAsksAgain() {
        slot.ready();
        assertThat(slot.askAgain()).as("it has asked").isFalse();
        slot.idle();
        assertThat(slot.askAgain()).isTrue();
        assertThat(slot.askAgain()).isFalse();
        slot.idle();
        slot.drain();
        assertThat(slot.askAgain()).as("it takes no further task").isFalse();
    }

    @Test
    void anIdleSlotLeavesAtOnceWhenItDrains() {
        assertThat(slot.drain()).isTrue();
        assertThat(slot.close()).isTrue();
        assertThat(slot.drain()).as("it has left").isFalse();
        assertThat(slot.close()).isFalse();
        assertThat(slot.begin(first)).isFalse();
        assertThat(slot.isClosed()).isTrue();
    }

    @Test
    void aBusySlotLeavesWithItsAnswerWhenItDrains() {
        works(first);
        assertThat(slot.drain()).isFalse();
        slot.takeOff(first.id().text());
        assertThat(slot.answered(false)).isTrue();
        assertThat(slot.isDraining()).isTrue();
    }

    @Test
    void aSlotWhoseTaskIsOverLeavesAtOnceWhenItDrains() {
        works(first);
        slot.cancel(first.id());
        assertThat(slot.drain()).isTrue();
    }

    @Test
    void aWorkerMayBeSilentWhileItWorksAndAsLongAgainAsAnyTaskMayTake() {
        assertThat(slot.works(1_000)).isFalse();
        works(first);
        assertThat(slot.works(1_000)).isTrue();
        time.advance(REMAINING_MS);
        slot.expire(time.nanoTime());
        assertThat(slot.works(1_000)).isTrue();
        time.advance(1_000);
        assertThat(slot.works(1_000)).isTrue();
        time.advance(1);
        assertThat(slot.works(1_000)).isFalse();
    }

    @Test
    void eachRegistrationHasANewEpoch() {
        assertThat(slot.epoch()).isEqualTo(1);
        assertThat(slot.nextEpoch()).isEqualTo(2);
        assertThat(slot.epoch()).isEqualTo(2);
        assertThat(slot.current()).isNull();
        assertThat(slot.lastSent()).isEmpty();
        works(first);
        assertThat(slot.current().id()).isEqualTo(first.id());
    }
}
