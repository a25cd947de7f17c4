package io.github.taskdispatcher.gateway.background;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.test.ManualScheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BackgroundServiceTest {

    private static final long INTERVAL_MS = 1_000;

    private final ManualScheduler time = new ManualScheduler();
    private final List<CompletableFuture<Void>> rounds = new ArrayList<>();

    private final BackgroundService service = new BackgroundService(time, INTERVAL_MS) {
        @Override
        protected CompletableFuture<?> round() {
            CompletableFuture<Void> round = new CompletableFuture<>();
            rounds.add(round);
            return round;
        }
    };

    private void endRound() {
        rounds.get(rounds.size() - 1).complete(null);
    }

    @Test
    void theFirstRoundBeginsWithinAnInterval() {
        service.start();
        assertThat(rounds).isEmpty();
        time.advance(INTERVAL_MS);
        assertThat(rounds).hasSize(1);
    }

    @Test
    void theNextRoundBeginsAnIntervalAfterTheEndOfTheLast() {
        service.start();
        time.advance(INTERVAL_MS);
        time.advance(10 * INTERVAL_MS);
        assertThat(rounds).as("the first round has not ended").hasSize(1);
        endRound();
        time.advance(INTERVAL_MS - 1);
        assertThat(rounds).hasSize(1);
        time.advance(1);
        assertThat(rounds).hasSize(2);
    }

    @Test
    void aRoundThatFailsIsFollowedByTheNext() {
        service.start();
        time.advance(INTERVAL_MS);
        rounds.get(0).completeExceptionally(new IllegalStateException("planned"));
        time.advance(INTERVAL_MS);
        assertThat(rounds).hasSize(2);
    }

    @Test
    void aRoundThatThrowsIsFollowedByTheNext() {
        AtomicInteger begun = new AtomicInteger();
        BackgroundService throwing = new BackgroundService(time, INTERVAL_MS) {
            @Override
            protected CompletableFuture<?> round() {
                begun.incrementAndGet();
                throw new IllegalStateException("planned");
            }
        };
        throwing.start();
        time.advance(3 * INTERVAL_MS);
        assertThat(begun.get()).isGreaterThanOrEqualTo(2);
        assertThat(throwing.trigger()).isNotDone();
        time.run();
        assertThat(throwing.stop()).isDone();
    }

    @Test
    void aTriggerBeginsARoundAtOnceAndMovesTheNext() {
        service.start();
        CompletableFuture<Void> triggered = service.trigger();
        assertThat(rounds).as("not on the thread of the caller").isEmpty();
        time.run();
        assertThat(rounds).hasSize(1);
        assertThat(triggered).isNotDone();
        endRound();
        assertThat(triggered).isDone();
        time.advance(INTERVAL_MS - 1);
        assertThat(rounds).hasSize(1);
        time.advance(1);
        assertThat(rounds).hasSize(2);
    }

    @Test
    void triggersDuringARoundAreOneRoundAfterIt() {
        service.trigger();
        time.run();
        CompletableFuture<Void> second = service.trigger();
        assertThat(service.trigger()).isSameAs(second);
        time.run();
        assertThat(rounds).as("rounds never overlap").hasSize(1);
        rounds.get(0).complete(null);
        time.run();
        assertThat(rounds).hasSize(2);
        assertThat(second).isNotDone();
        rounds.get(1).complete(null);
        assertThat(second).isDone();
    }

    @Test
    void stopWaitsForTheRoundThatIsUnderWayAndNoOtherBegins() {
        service.start();
        service.trigger();
        time.run();
        CompletableFuture<Void> queued = service.trigger();
        CompletableFuture<Void> stopped = service.stop();
        assertThat(stopped).isNotDone();
        endRound();
        assertThat(stopped).isDone();
        assertThat(queued).as("nobody waits for ever").isDone();
        time.advance(10 * INTERVAL_MS);
        assertThat(rounds).hasSize(1);
        assertThat(service.trigger()).isDone();
        time.run();
        assertThat(rounds).hasSize(1);
        assertThat(time.waiting()).isZero();
    }

    @Test
    void stopWithoutARoundIsDoneAtOnce() {
        service.start();
        assertThat(service.stop()).isDone();
        time.advance(10 * INTERVAL_MS);
        assertThat(rounds).isEmpty();
    }

    @Test
    void aSchedulerThatHasEndedEndsTheService() {
        service.start();
        time.end();
        assertThat(service.trigger()).isDone();
        assertThat(rounds).isEmpty();
        assertThat(service.stop()).isDone();
    }

    /** Rounds that end on other threads, triggers from many, and a stop in the middle of it. */
    @Test
    void underStressRoundsNeverOverlapAndEveryCallIsAnswered() throws Exception {
        ScheduledExecutorService executor = Executors.newScheduledThreadPool(4);
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger after = new AtomicInteger();
        try {
            for (int i = 0; i < 50; i++) {
                CompletableFuture<Void> stopped = new CompletableFuture<>();
                BackgroundService busy = new BackgroundService(new SystemScheduler(executor), 1) {
                    @Override
                    protected CompletableFuture<?> round() {
                        most.accumulateAndGet(now.incrementAndGet(), Math::max);
                        if (stopped.isDone()) {
                            after.incrementAndGet();
                        }
                        return CompletableFuture.runAsync(Thread::yield, executor)
                                .thenRun(now::decrementAndGet);
                    }
                };
                busy.start();
                List<CompletableFuture<Void>> calls = new ArrayList<>();
                List<CompletableFuture<Void>> callers = new ArrayList<>();
                for (int caller = 0; caller < 3; caller++) {
                    callers.add(CompletableFuture.runAsync(
                            () -> {
                                for (int j = 0; j < 100; j++) {
                                    CompletableFuture<Void> call = busy.trigger();
                                    synchronized (calls) {
                                        calls.add(call);
                                    }
                                }
                            },
                            executor));
                }
                busy.stop().thenRun(() -> stopped.complete(null)).get(10, TimeUnit.SECONDS);
                CompletableFuture.allOf(callers.toArray(CompletableFuture[]::new))
                        .get(10, TimeUnit.SECONDS);
                CompletableFuture.allOf(calls.toArray(CompletableFuture[]::new)).get(10, TimeUnit.SECONDS);
            }
        } finally {
            executor.shutdownNow();
        }
        assertThat(most.get()).as("rounds at the same time").isLessThanOrEqualTo(1);
        assertThat(after.get()).as("rounds that began after the end of stop").isZero();
    }
}
