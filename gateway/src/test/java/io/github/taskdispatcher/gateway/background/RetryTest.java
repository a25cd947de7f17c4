package io.github.taskdispatcher.gateway.background;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.store.StoreException;
import io.github.taskdispatcher.gateway.test.ManualScheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class RetryTest {

    private final ManualScheduler time = new ManualScheduler();
    private final Lifecycle lifecycle = new Lifecycle();
    private final Retry retry = new Retry(time, lifecycle);
    private final List<CompletableFuture<String>> calls = new ArrayList<>();

    private CompletableFuture<String> call() {
        CompletableFuture<String> call = new CompletableFuture<>();
        calls.add(call);
        return call;
    }

    private void fail() {
        calls.get(calls.size() - 1).completeExceptionally(StoreException.unanswered(new RuntimeException("away")));
    }

    private void refuse() {
        calls.get(calls.size() - 1).completeExceptionally(StoreException.refused(new RuntimeException("no")));
    }

    @Test
    void aCallIsMadeAgainUntilItIsAnswered() {
        CompletableFuture<String> answer = retry.untilStopped(this::call);
        for (int i = 1; i < 8; i++) {
            fail();
            assertThat(answer).isNotDone();
            // The longest wait is one second, and half of it in addition.
            time.advance(1_500);
            assertThat(calls).hasSize(i + 1);
        }
        calls.get(7).complete("yes");
        assertThat(answer).isCompletedWithValue("yes");
        time.advance(10_000);
        assertThat(calls).hasSize(8);
    }

    @Test
    void theFirstWaitIsShort() {
        retry.untilStopped(this::call);
        fail();
        time.advance(24);
        assertThat(calls).hasSize(1);
        time.advance(52);
        assertThat(calls).hasSize(2);
    }

    @Test
    void onceStoppedTheLastFailureIsTheAnswer() {
        CompletableFuture<String> answer = retry.untilStopped(this::call);
        lifecycle.stop();
        fail();
        assertThat(answer).isCompletedExceptionally();
        time.advance(10_000);
        assertThat(calls).hasSize(1);
    }

    @Test
    void aRefusedCallIsRepeatedOnlyWhereThatIsAsked() {
        CompletableFuture<String> stubborn = retry.untilStopped(this::call);
        refuse();
        assertThat(stubborn).isNotDone();
        time.advance(1_500);
        assertThat(calls).hasSize(2);
        calls.clear();
        CompletableFuture<String> sensible = retry.untilRefused(this::call);
        refuse();
        assertThat(sensible).isCompletedExceptionally();
    }

    @Test
    void withinATimeItIsGivenUpAfterThat() {
        CompletableFuture<String> answer = retry.within(1_000, this::call);
        fail();
        time.advance(500);
        fail();
        assertThat(answer).isNotDone();
        time.advance(1_500);
        fail();
        assertThat(answer).isCompletedExceptionally();
    }

    @Test
    void aCallThatThrowsIsACallThatFails() {
        CompletableFuture<String> answer = retry.untilRefused(() -> {
            if (calls.isEmpty()) {
                call();
                throw StoreException.unanswered(new RuntimeException("away"));
            }
            return CompletableFuture.completedFuture("yes");
        });
        time.advance(1_500);
        assertThat(answer).isCompletedWithValue("yes");
    }

    @Test
    void callsInOrderWaitForEachOther() {
        CallsInOrder inOrder = new CallsInOrder(retry);
        CompletableFuture<String> first = inOrder.then(this::call);
        CompletableFuture<String> second = inOrder.then(this::call);
        assertThat(calls).hasSize(1);
        fail();
        time.advance(1_500);
        assertThat(calls).as("the first is made again, the second not yet").hasSize(2);
        calls.get(1).complete("one");
        assertThat(calls).hasSize(3);
        calls.get(2).complete("two");
        assertThat(first).isCompletedWithValue("one");
        assertThat(second).isCompletedWithValue("two");
    }

    @Test
    void aSchedulerThatHasEndedGivesTheLastFailure() {
        CompletableFuture<String> answer = retry.untilStopped(this::call);
        time.end();
        fail();
        assertThat(answer).isCompletedExceptionally();
    }
}
