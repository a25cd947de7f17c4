package io.github.taskdispatcher.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.config.GatewayConfig;
import io.github.taskdispatcher.gateway.config.Settings;
import io.github.taskdispatcher.gateway.dispatch.Submission;
import io.github.taskdispatcher.gateway.journal.Journal;
import io.github.taskdispatcher.gateway.store.BoardStore;
import io.github.taskdispatcher.gateway.store.NewTask;
import io.github.taskdispatcher.gateway.store.TaskAccess;
import io.github.taskdispatcher.gateway.store.TaskStore;
import io.github.taskdispatcher.gateway.store.redis.RedisTaskStore;
import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.gateway.waiting.DisconnectSignal;
import io.github.taskdispatcher.gateway.waiting.WaitPolicy;
import io.github.taskdispatcher.gateway.worker.WorkerConnection;
import io.github.taskdispatcher.gateway.worker.WorkerSocket;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import io.github.taskdispatcher.wire.ToWorker;
import io.lettuce.core.RedisClient;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Two engines on a real Redis, neither of which ever hears a hint: everything works, two seconds later at most. And
 * workers that fall silent.
 */
@Tag("redis")
class EngineTest {

    private static final GroupName GROUP = new GroupName("g");

    private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(1);
    private final String prefix = TestRedis.freshPrefix();
    private final GatewayConfig config;
    private final RedisTaskStore[] stores = new RedisTaskStore[2];
    private final Engine[] engines = new Engine[2];

    EngineTest() throws Exception {
        config = Settings.of(Map.of(
                        "REDIS_KEY_PREFIX", prefix, "WS_PING_INTERVAL_MS", "100", "WORKER_SILENCE_LIMIT_MS", "5000"))
                .config(TestRedis.url());
        for (int i = 0; i < 2; i++) {
            stores[i] = new RedisTaskStore(config, "deaf-" + i);
            engines[i] = new Engine(
                    deaf(stores[i]),
                    stores[i].records(),
                    new Journal(stores[i].records(), stores[i]::now, "deaf-" + i, true, true),
                    config,
                    "0000000" + i,
                    timer);
            engines[i].start();
        }
    }

    /** The store itself, but for {@code listen}, which does nothing. */
    private static TaskStore deaf(TaskStore store) {
        return (TaskStore) Proxy.newProxyInstance(
                TaskStore.class.getClassLoader(), new Class<?>[] {TaskStore.class}, (proxy, method, args) -> {
                    if (method.getName().equals("listen")) {
                        return null;
                    }
                    try {
                        return method.invoke(store, args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @AfterEach
    void stop() {
        for (int i = 0; i < 2; i++) {
            engines[i].stop();
            stores[i].close();
        }
        timer.shutdownNow();
    }

    private static final class Socket implements WorkerSocket {
        final BlockingQueue<ToWorker> sent = new LinkedBlockingQueue<>();
        final CompletableFuture<Integer> closed = new CompletableFuture<>();

        @Override
        public void send(ToWorker message) {
            sent.add(message);
        }

        @Override
        public void ping() {}

        @Override
        public void close(int code, String reason) {
            closed.complete(code);
        }

        <T> T next(Class<T> type) throws InterruptedException {
            ToWorker message = sent.poll(10, TimeUnit.SECONDS);
            assertThat(message).isInstanceOf(type);
            return type.cast(message);
        }
    }

    /** A worker that was greeted and has room. */
    private static WorkerConnection ready(Engine engine, Socket socket) throws InterruptedException {
        WorkerConnection worker = engine.workers().open(GROUP, "test", socket);
        socket.next(ToWorker.Connected.class);
        worker.ready();
        return worker;
    }

    /** A request that waits for the end of its task. */
    private static CompletableFuture<Submission> held(Engine engine, long timeoutMs) {
        return engine.dispatcher()
                .submit(
                        NewTask.of(GROUP, "{}".getBytes(UTF_8), timeoutMs),
                        WaitPolicy.of(WaitPolicy.TO_THE_END, DisconnectSignal.UNSEEN),
                        () -> {});
    }

    @Test
    void anAssignmentArrivesWithTheNextHeartbeatAndAnOutcomeWithTheNextReading() throws Exception {
        Socket socket = new Socket();
        WorkerConnection worker = ready(engines[1], socket);
        for (int i = 0; i < 3; i++) {
            long begun = System.nanoTime();
            var submission = held(engines[0], 20_000);
            ToWorker.Task task = socket.next(ToWorker.Task.class);
            worker.heard();
            worker.answer(task.taskId(), TaskStatus.COMPLETED, "7".getBytes(UTF_8));
            assertThat(submission.get(10, TimeUnit.SECONDS)).isInstanceOfSatisfying(Submission.Ended.class, ended -> {
                assertThat(ended.outcome().status()).isEqualTo(TaskStatus.COMPLETED);
                assertThat(ended.outcome().value()).isEqualTo("7".getBytes(UTF_8));
            });
            assertThat(System.nanoTime() - begun).isLessThan(8_000_000_000L);
        }
    }

    @Test
    void aWorkerHearsOfACancelledTaskWithTheNextHeartbeat() throws Exception {
        Socket socket = new Socket();
        WorkerConnection worker = ready(engines[1], socket);
        var held = held(engines[1], 60_000);
        TaskId id = new TaskId(socket.next(ToWorker.Task.class).taskId());
        // A client learns the id no earlier than this; the worker may.
        Awaitility.await()
                .until(() -> stores[0].groups().withHash(id.groupHash()).join().contains(GROUP));
        var cancelled = engines[0].dispatcher().cancel(id, TaskAccess.ALL).get(10, TimeUnit.SECONDS);
        assertThat(cancelled)
                .hasValueSatisfying(task -> assertThat(task.status()).isEqualTo(TaskStatus.CANCELLED));
        assertThat(socket.next(ToWorker.Cancel.class).taskId()).isEqualTo(id.text());
        assertThat(held.get(10, TimeUnit.SECONDS)).isInstanceOfSatisfying(Submission.Ended.class, ended -> assertThat(
                        ended.outcome().status())
                .isEqualTo(TaskStatus.CANCELLED));
        var next = engines[1]
                .dispatcher()
                .submit(NewTask.of(GROUP, "{}".getBytes(UTF_8), 60_000), WaitPolicy.NONE, () -> {});
        assertThat(next.get(10, TimeUnit.SECONDS)).isInstanceOf(Submission.Accepted.class);
        assertThat(socket.sent).as("it is told once, and busy until it answers").isEmpty();
        worker.answer(id.text(), TaskStatus.COMPLETED, "7".getBytes(UTF_8));
        assertThat(socket.next(ToWorker.Task.class).taskId()).isNotEqualTo(id.text());
        assertThat(engines[0].dispatcher().cancel(id, TaskAccess.ALL).get(10, TimeUnit.SECONDS))
                .hasValueSatisfying(again -> assertThat(again.endedAt())
                        .isEqualTo(cancelled.orElseThrow().endedAt()));
    }

    @Test
    void aTaskThatIsStillOnItsWayIsNotLost() throws Exception {
        Engine[] checking = new Engine[1];
        TaskStore slow = (TaskStore) Proxy.newProxyInstance(
                TaskStore.class.getClassLoader(), new Class<?>[] {TaskStore.class}, (proxy, method, args) -> {
                    if (method.getName().equals("submit")) {
                        // As when the link broke and everything held is read again before the submit is repeated.
                        checking[0].held().check(((NewTask) args[0]).id()).join();
                    }
                    return method.invoke(stores[0], args);
                });
        Journal journal = new Journal(stores[0].records(), stores[0]::now, "deaf-c", true, true);
        checking[0] = new Engine(slow, stores[0].records(), journal, config, "0000000c", timer);
        Socket socket = new Socket();
        WorkerConnection worker = ready(checking[0], socket);
        var submission = held(checking[0], 20_000);
        ToWorker.Task task = socket.next(ToWorker.Task.class);
        worker.answer(task.taskId(), TaskStatus.COMPLETED, "7".getBytes(UTF_8));
        assertThat(submission.get(10, TimeUnit.SECONDS))
                .isInstanceOfSatisfying(
                        Submission.Ended.class,
                        ended -> assertThat(ended.outcome().status()).isEqualTo(TaskStatus.COMPLETED));
        checking[0].stop();
    }

    @Test
    void theEndOfATaskIsFoundByAllWhoWatchIt() throws Exception {
        Socket socket = new Socket();
        WorkerConnection worker = ready(engines[1], socket);
        engines[0].dispatcher().submit(NewTask.of(GROUP, "{}".getBytes(UTF_8), 20_000), WaitPolicy.NONE, () -> {});
        TaskId id = new TaskId(socket.next(ToWorker.Task.class).taskId());
        var first = engines[0].dispatcher().look(id, TaskAccess.ALL, 30_000, DisconnectSignal.UNSEEN);
        var second = engines[0].dispatcher().look(id, TaskAccess.ALL, 30_000, DisconnectSignal.UNSEEN);
        var impatient = engines[0].dispatcher().look(id, TaskAccess.ALL, 1, DisconnectSignal.UNSEEN);
        var elsewhere = engines[1].dispatcher().look(id, TaskAccess.ALL, 30_000, DisconnectSignal.UNSEEN);
        assertThat(impatient.get(10, TimeUnit.SECONDS).orElseThrow().status()).isEqualTo(TaskStatus.EXECUTING);
        Awaitility.await()
                .until(() -> engines[0].held().count() == 2 && engines[1].held().count() == 1);
        worker.answer(id.text(), TaskStatus.COMPLETED, "7".getBytes(UTF_8));
        for (var waiting : List.of(first, second, elsewhere)) {
            assertThat(waiting.get(10, TimeUnit.SECONDS).orElseThrow().outcome().value())
                    .isEqualTo("7".getBytes(UTF_8));
        }
        assertThat(engines[0].held().count()).isZero();
        assertThat(engines[0]
                        .dispatcher()
                        .look(id, TaskAccess.ALL, 30_000, DisconnectSignal.UNSEEN)
                        .get(10, TimeUnit.SECONDS))
                .isPresent();
        assertThat(engines[0]
                        .dispatcher()
                        .look(TaskId.next(GROUP), TaskAccess.ALL, 30_000, DisconnectSignal.UNSEEN)
                        .get(10, TimeUnit.SECONDS))
                .isEmpty();
        assertThat(engines[0].held().count()).isZero();
    }

    @Test
    void anIdleWorkerThatIsSilentIsGivenUpAndABusyOneIsNot() throws Exception {
        Socket idle = new Socket();
        WorkerConnection worker = engines[0].workers().open(new GroupName("idle"), "test", idle);
        worker.ready();
        Socket busy = new Socket();
        WorkerConnection works = ready(engines[0], busy);
        engines[0]
                .dispatcher()
                .submit(NewTask.of(GROUP, "{}".getBytes(UTF_8), 60_000), WaitPolicy.NONE, () -> {})
                .get(10, TimeUnit.SECONDS);
        busy.next(ToWorker.Task.class);
        assertThat(idle.closed.get(15, TimeUnit.SECONDS)).isEqualTo(1001);
        assertThat(worker.isClosed()).isTrue();
        assertThat(works.isClosed()).isFalse();
        Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .until(() -> engines[1]
                                .dispatcher()
                                .submit(
                                        NewTask.of(new GroupName("idle"), "{}".getBytes(UTF_8), 5_000),
                                        WaitPolicy.NONE,
                                        () -> {})
                                .get(5, TimeUnit.SECONDS)
                        instanceof Submission.NoWorker);
    }

    @Test
    void whenAWorkerWasLastHeardIsNotedAgainAndAgain() throws Exception {
        WorkerConnection worker = engines[0].workers().open(GROUP, "test", new Socket());
        long before = stores[1].now();
        for (int i = 0; i < 2; i++) {
            long known = before;
            Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> {
                // It would be given up after 5 s of silence, which is about how often this is noted.
                worker.heard();
                return seenAt(worker.id()) > known;
            });
            before = seenAt(worker.id());
        }
    }

    private long seenAt(String workerId) throws Exception {
        return stores[1].board().workers(GROUP, List.of(workerId)).get(10, TimeUnit.SECONDS).stream()
                .mapToLong(BoardStore.WorkerState::seenAt)
                .findFirst()
                .orElse(0);
    }

    @Test
    void ofHoweverManyWorkersItIsNotedWhenTheyWereHeard() throws Exception {
        Map<String, Long> heard = new HashMap<>();
        for (int i = 0; i < 1_001; i++) {
            heard.put("W" + i, stores[0].now());
        }
        stores[0].records().seen(Map.of(GROUP, heard)).get(10, TimeUnit.SECONDS);
        try (RedisClient client = RedisClient.create(TestRedis.url())) {
            assertThat(client.connect().sync().zcard(prefix + "{g}:board:seen")).isEqualTo(1_001);
        }
    }
}
