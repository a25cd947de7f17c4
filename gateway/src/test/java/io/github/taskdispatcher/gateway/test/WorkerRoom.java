package io.github.taskdispatcher.gateway.test;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.taskdispatcher.gateway.background.Lifecycle;
import io.github.taskdispatcher.gateway.background.Retry;
import io.github.taskdispatcher.gateway.groups.GroupMembership;
import io.github.taskdispatcher.gateway.journal.Journal;
import io.github.taskdispatcher.gateway.store.Assignment;
import io.github.taskdispatcher.gateway.store.ChunkStore;
import io.github.taskdispatcher.gateway.store.Completion;
import io.github.taskdispatcher.gateway.store.GroupStore;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.store.RecordStore;
import io.github.taskdispatcher.gateway.store.Replies;
import io.github.taskdispatcher.gateway.store.TaskStore;
import io.github.taskdispatcher.gateway.worker.AssignmentDelivery;
import io.github.taskdispatcher.gateway.worker.OutcomeListener;
import io.github.taskdispatcher.gateway.worker.SlotFactory;
import io.github.taskdispatcher.gateway.worker.WorkerConnection;
import io.github.taskdispatcher.gateway.worker.WorkerGreeting;
import io.github.taskdispatcher.gateway.worker.WorkerRegistry;
import io.github.taskdispatcher.gateway.worker.WorkerSocket;
import io.github.taskdispatcher.gateway.worker.Workers;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.wire.ToWorker;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** The real worker room on a fake store and a time that the test moves. */
public final class WorkerRoom {

    public static final GroupName GROUP = new GroupName("g");

    public final ManualScheduler time = new ManualScheduler();
    public final Lifecycle lifecycle = new Lifecycle();
    public final FakeCalls<TaskStore> store = new FakeCalls<>(TaskStore.class);
    public final FakeCalls<GroupStore> groups = new FakeCalls<>(GroupStore.class);
    public final FakeCalls<ChunkStore> chunks = new FakeCalls<>(ChunkStore.class);
    public final FakeCalls<RecordStore> records = new FakeCalls<>(RecordStore.class);
    public final FakeCalls<OutcomeListener> outcomes = new FakeCalls<>(OutcomeListener.class);
    public final Journal journal = new Journal(records.proxy(), () -> 1_000_000L, "G-1", true, true);
    public final WorkerRegistry registry = new WorkerRegistry(time);
    public final GroupMembership membership = new GroupMembership(groups.proxy(), time);
    public final Workers workers;
    public final AssignmentDelivery delivery =
            new AssignmentDelivery(store.proxy(), registry, new Retry(time, lifecycle), lifecycle);

    public WorkerRoom() {
        store.answer("chunks", chunks.proxy());
        store.answer("groups", groups.proxy());
        store.answer("join", done(Replies.Joined.JOINED));
        store.answer("ready", done(new Replies.Ready(Replies.Ready.Word.IDLE, null)));
        store.answer("gone", done(null));
        store.answer("progress", done(null));
        groups.answer("enter", done(GroupStore.Entry.KEPT));
        groups.answer("leave", done(null));
        chunks.answer("add", done(OptionalLong.of(1)));
        records.answer("introduce", done(null));
        for (String heard : List.of("ended", "mayHaveEnded", "said")) {
            outcomes.answer(heard, FakeCalls.NOTHING);
        }
        workers = new Workers(
                registry,
                new SlotFactory(store.proxy(), membership, journal, outcomes.proxy(), time, lifecycle),
                membership,
                journal,
                time,
                new WorkerGreeting("00000001", 5_000));
    }

    public static <T> CompletableFuture<T> done(T value) {
        return CompletableFuture.completedFuture(value);
    }

    /** What a worker reads, and how its socket was closed. */
    public static final class Socket implements WorkerSocket {

        public final List<ToWorker> sent = new ArrayList<>();
        public int pings;
        public int closed;

        @Override
        public void send(ToWorker message) {
            sent.add(message);
        }

        @Override
        public void ping() {
            pings++;
        }

        @Override
        public void close(int code, String reason) {
            closed = code;
        }

        public <T> List<T> all(Class<T> type) {
            return sent.stream().filter(type::isInstance).map(type::cast).toList();
        }
    }

    /** A worker that connected and is idle. */
    public WorkerConnection idle(Socket socket) {
        WorkerConnection worker = workers.open(GROUP, "holder", socket);
        worker.ready();
        return worker;
    }

    public static Assignment assignment(String token, long remainingMs) {
        return new Assignment(TaskId.next(GROUP), token, remainingMs, "{}".getBytes(UTF_8));
    }

    /** The store takes the next answer with this word. */
    public void takesAnswers(Replies.Completed.Outcome word) {
        store.answer("complete", done(new Replies.Completed(word, null, 0)));
    }

    /** The answer that was brought to the store last. */
    public Completion completion() {
        return (Completion) store.last("complete").get(1);
    }

    /** The task and the outcome that were told last. */
    public Outcome told() {
        return (Outcome) outcomes.last("ended").get(1);
    }
}
