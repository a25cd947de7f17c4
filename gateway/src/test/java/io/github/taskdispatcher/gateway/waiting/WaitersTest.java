package io.github.taskdispatcher.gateway.waiting;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.test.ManualScheduler;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Several requests for one task: none is forgotten, none answered for another. */
class WaitersTest {

    private static final GroupName GROUP = new GroupName("g");
    private static final Outcome OUTCOME = Outcome.answer(TaskStatus.COMPLETED, "7".getBytes(UTF_8));

    private final Waiters waiters = new Waiters(new ManualScheduler());

    @Test
    void aRequestThatLeavesLeavesTheOthers() {
        TaskId id = TaskId.next(GROUP);
        for (int leaving = 0; leaving < 3; leaving++) {
            List<Waiters.Waiter> held = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                held.add(waiters.register(id, GROUP, 1_000));
            }
            assertThat(waiters.size()).isEqualTo(3);
            waiters.answer(held.get(leaving), new WaitEnd.GoesOn(null));
            waiters.answer(held.get(leaving), new WaitEnd.GoesOn(null));
            assertThat(waiters.size()).isEqualTo(2);
            assertThat(waiters.olderThan(0)).hasSize(2).doesNotContain(held.get(leaving));
            waiters.ended(id, OUTCOME);
            for (int i = 0; i < 3; i++) {
                assertThat(held.get(i).future().join())
                        .isInstanceOf(i == leaving ? WaitEnd.GoesOn.class : WaitEnd.Ended.class);
            }
            assertThat(waiters.size()).isZero();
        }
    }

    @Test
    void manyAtOnce() throws Exception {
        List<TaskId> ids = List.of(TaskId.next(GROUP), TaskId.next(GROUP), TaskId.next(GROUP));
        ExecutorService threads = Executors.newFixedThreadPool(4);
        CountDownLatch done = new CountDownLatch(4);
        for (int t = 0; t < 4; t++) {
            Random random = new Random(t);
            threads.execute(() -> {
                List<Waiters.Waiter> held = new ArrayList<>();
                for (int i = 0; i < 20_000; i++) {
                    TaskId id = ids.get(random.nextInt(ids.size()));
                    switch (random.nextInt(5)) {
                        case 0 -> waiters.ended(id, OUTCOME);
                        case 1, 2 -> held.add(waiters.register(id, GROUP, 1_000));
                        default -> {
                            if (!held.isEmpty()) {
                                waiters.answer(held.remove(random.nextInt(held.size())), new WaitEnd.GoesOn(null));
                            }
                        }
                    }
                }
                held.forEach(waiter -> waiters.answer(waiter, new WaitEnd.GoesOn(null)));
                done.countDown();
            });
        }
        assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
        threads.shutdown();
        assertThat(waiters.size()).isZero();
        assertThat(waiters.olderThan(0)).isEmpty();
    }
}
