package io.github.taskdispatcher.gateway.limits;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class LimitsTest {

    @Test
    void bytesAreTakenAndGivenBack() {
        ByteBudget budget = new ByteBudget(100);
        assertThat(budget.tryTake(60)).isTrue();
        assertThat(budget.tryTake(41)).isFalse();
        assertThat(budget.tryTake(40)).isTrue();
        budget.release(60);
        assertThat(budget.taken()).isEqualTo(40);
    }

    @Test
    void bytesAreExchangedInOneStep() {
        ByteBudget budget = new ByteBudget(100);
        assertThat(budget.tryExchange(0, 60)).isTrue();
        assertThat(budget.tryTake(30)).isTrue();
        assertThat(budget.tryExchange(60, 71)).isFalse();
        assertThat(budget.taken()).isEqualTo(90);
        assertThat(budget.tryExchange(60, 70)).isTrue();
        CompletableFuture<Void> waits = budget.take(20);
        assertThat(budget.tryExchange(70, 71)).as("before the one that waits").isFalse();
        assertThat(budget.tryExchange(70, 50)).isTrue();
        assertThat(waits).isCompleted();
        assertThat(budget.taken()).isEqualTo(100);
    }

    @Test
    void whoWaitsIsServedInTurn() {
        ByteBudget budget = new ByteBudget(100);
        budget.tryTake(100);
        CompletableFuture<Void> large = budget.take(80);
        CompletableFuture<Void> small = budget.take(10);
        budget.release(30);
        assertThat(small).as("not before the one that asked first").isNotDone();
        assertThat(budget.tryTake(5)).isFalse();
        budget.release(70);
        assertThat(large).isCompleted();
        assertThat(small).isCompleted();
        assertThat(budget.taken()).isEqualTo(90);
    }

    @Test
    void whoGaveUpTakesNothing() {
        ByteBudget budget = new ByteBudget(100);
        budget.tryTake(100);
        CompletableFuture<Void> gone = budget.take(80);
        CompletableFuture<Void> next = budget.take(80);
        gone.completeExceptionally(new CancellationException());
        budget.release(100);
        assertThat(next).isCompleted();
        assertThat(budget.taken()).isEqualTo(80);
    }

    @Test
    void whatIsLargerThanAllGetsAll() {
        ByteBudget budget = new ByteBudget(100);
        assertThat(budget.tryTake(1_000)).isTrue();
        assertThat(budget.tryTake(1)).isFalse();
        budget.release(1_000);
        assertThat(budget.taken()).isZero();
    }

    @Test
    void aBurstAndThenSoManyASecond() {
        RateLimit limit = new RateLimit(3, 10, 0);
        for (int i = 0; i < 3; i++) {
            assertThat(limit.allows(0)).isTrue();
        }
        assertThat(limit.allows(50_000_000)).isFalse();
        assertThat(limit.allows(100_000_000)).isTrue();
        assertThat(limit.allows(100_000_000)).isFalse();
        assertThat(limit.allows(60_000_000_000L)).isTrue();
    }
}
