package io.github.taskdispatcher.gateway.groups;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.store.GroupStore;
import io.github.taskdispatcher.gateway.test.FakeCalls;
import io.github.taskdispatcher.gateway.test.ManualScheduler;
import io.github.taskdispatcher.task.GroupName;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class GroupMembershipTest {

    private static final GroupName GROUP = new GroupName("g");

    private final ManualScheduler time = new ManualScheduler();
    private final FakeCalls<GroupStore> store = new FakeCalls<>(GroupStore.class);
    private final GroupMembership membership = new GroupMembership(store.proxy(), time);

    private CompletableFuture<GroupStore.Entry> enter(GroupStore.Entry word) {
        store.answer("enter", CompletableFuture.completedFuture(word));
        return membership.enter(GROUP, "holder", false);
    }

    @Test
    void aGroupThatWasEnteredOfLateIsNotAskedForAgain() {
        assertThat(enter(GroupStore.Entry.KEPT)).isCompletedWithValue(GroupStore.Entry.KEPT);
        time.advance(19_999);
        assertThat(enter(GroupStore.Entry.FULL)).isCompletedWithValue(GroupStore.Entry.KEPT);
        assertThat(store.made("enter")).isEqualTo(1);
        time.advance(1);
        assertThat(enter(GroupStore.Entry.FULL)).isCompletedWithValue(GroupStore.Entry.FULL);
        assertThat(store.made("enter")).isEqualTo(2);
    }

    @Test
    void aRefusalIsNotRemembered() {
        assertThat(enter(GroupStore.Entry.FULL)).isCompletedWithValue(GroupStore.Entry.FULL);
        assertThat(enter(GroupStore.Entry.KEPT)).isCompletedWithValue(GroupStore.Entry.KEPT);
        assertThat(store.made("enter")).isEqualTo(2);
    }

    @Test
    void theNameIsGivenBackWithTheLastWorkerOfItsHolder() {
        store.answer("leave", new CompletableFuture<Void>());
        membership.entered(GROUP, "holder");
        membership.entered(GROUP, "holder");
        membership.left(GROUP, "holder");
        assertThat(store.made("leave")).isZero();
        membership.left(GROUP, "holder");
        assertThat(store.made("leave")).isEqualTo(1);
        enter(GroupStore.Entry.KEPT);
        assertThat(store.made("enter")).as("the note is gone, too").isEqualTo(1);
    }

    @Test
    void whatTheStoreMayHaveLostIsNotedAgain() {
        enter(GroupStore.Entry.KEPT);
        membership.forget();
        enter(GroupStore.Entry.KEPT);
        assertThat(store.made("enter")).isEqualTo(2);
    }
}
