package io.github.taskdispatcher.gateway.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BoundedExecutorTest {

    @Test
    void noMoreThanItsWidthRunAtOnceAndAllRun() throws Exception {
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            BoundedExecutor bounded = new BoundedExecutor(threads, 2);
            AtomicInteger running = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            CountDownLatch done = new CountDownLatch(2_000);
            for (int i = 0; i < 2_000; i++) {
                bounded.execute(() -> {
                    most.accumulateAndGet(running.incrementAndGet(), Math::max);
                    Thread.yield();
                    running.decrementAndGet();
                    done.countDown();
                });
            }
            assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(most.get()).isBetween(1, 2);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void tasksRunInTheirOrderAndOneThatFailsStopsNone() {
        Queue<Runnable> handedOver = new ArrayDeque<>();
        BoundedExecutor bounded = new BoundedExecutor(handedOver::add, 1);
        List<Integer> ran = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            int number = i;
            bounded.execute(() -> {
                ran.add(number);
                if (number == 1) {
                    throw new IllegalStateException("as planned");
                }
            });
        }
        assertThat(handedOver).as("one thread is asked for").hasSize(1);
        handedOver.remove().run();
        assertThat(ran).containsExactly(0, 1, 2, 3);
        bounded.execute(() -> ran.add(4));
        handedOver.remove().run();
        assertThat(ran).endsWith(4);
    }

    @Test
    void aTaskThatIsRejectedTakesNoPlace() {
        List<Runnable> ran = new ArrayList<>();
        boolean[] stopped = {true};
        BoundedExecutor bounded = new BoundedExecutor(
                task -> {
                    if (stopped[0]) {
                        throw new RejectedExecutionException("stopped");
                    }
                    task.run();
                },
                1);
        assertThatThrownBy(() -> bounded.execute(() -> ran.add(null))).isInstanceOf(RejectedExecutionException.class);
        stopped[0] = false;
        bounded.execute(() -> ran.add(null));
        assertThat(ran).hasSize(1);
    }
}
