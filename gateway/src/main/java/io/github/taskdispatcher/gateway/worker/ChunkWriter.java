package io.github.taskdispatcher.gateway.worker;

import io.github.taskdispatcher.gateway.background.Lifecycle;
import io.github.taskdispatcher.gateway.background.Retry;
import io.github.taskdispatcher.gateway.store.Assignment;
import io.github.taskdispatcher.gateway.store.ChunkStore;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/**
 * Stores the chunks of a slot's task in order, those that come while a call is under way together in the next, and then gives
 * them to the streams of the task here. Chunks that cannot be stored are lost, but counted: followers are told of the gap.
 * Any thread.
 */
final class ChunkWriter {

    /** So much may wait for Redis; what comes then is lost. */
    private static final int MAX_WAITING_BYTES = ChunkStore.MAX_CHUNK_BYTES;

    private static final int MAX_BATCH = 256;

    /** @param stored runs when the chunk need not be kept in memory any more */
    private record Waiting(long number, byte[] json, Runnable stored) {}

    private record Batch(Assignment task, long first, List<Waiting> chunks) {}

    private final SlotKey slot;
    private final ChunkStore store;
    private final Retry retry;
    private final OutcomeListener outcomes;
    private final Lifecycle lifecycle;
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private int waitingBytes;
    /** Null while the store has not said which slot has the task. */
    private Assignment task;

    /** How many chunks of the task there were, and how many of them the store was told of. */
    private long counted;

    private long told;
    private boolean writing;
    private CompletableFuture<Void> written = CompletableFuture.completedFuture(null);

    ChunkWriter(SlotKey slot, ChunkStore store, Retry retry, OutcomeListener outcomes, Lifecycle lifecycle) {
        this.slot = slot;
        this.store = store;
        this.retry = retry;
        this.outcomes = outcomes;
        this.lifecycle = lifecycle;
    }

    /**
     * One more.
     *
     * @param assignment null while it is not known whether the task is this slot's: see {@link #settle}
     * @param json null for one that is lost
     */
    synchronized void add(Assignment assignment, byte[] json, Runnable stored) {
        if (assignment != task) {
            begin(assignment);
        }
        counted++;
        if (json == null || waitingBytes > 0 && waitingBytes + json.length > MAX_WAITING_BYTES) {
            stored.run();
            return;
        }
        waiting.add(new Waiting(counted, json, stored));
        waitingBytes += json.length;
        if (!writing && task != null) {
            write();
        }
    }

    /** The task is this slot's with this assignment, or not at all (null). */
    synchronized void settle(Assignment assignment) {
        if (task != null) {
            return;
        }
        if (assignment == null) {
            begin(null);
            return;
        }
        task = assignment;
        if (!writing && !waiting.isEmpty()) {
            write();
        }
    }

    /** Completes when all that came so far is stored, or lost, and the store knows it. Never fails. */
    synchronized CompletableFuture<Void> flush() {
        if (!writing && task != null && told < counted) {
            write();
        }
        return written;
    }

    private void begin(Assignment next) {
        waiting.forEach(chunk -> chunk.stored().run());
        waiting.clear();
        waitingBytes = 0;
        counted = 0;
        told = 0;
        task = next;
    }

    private void write() {
        if (!writing) {
            writing = true;
            written = new CompletableFuture<>();
        }
        Batch batch = next();
        told = batch.first() + batch.chunks().size() - 1;
        List<byte[]> json = batch.chunks().stream().map(Waiting::json).toList();
        retry.untilRefused(() -> store.add(slot.group(), batch.task(), slot.id(), batch.first(), json))
                .whenComplete((first, failure) -> stored(batch, first, failure));
    }

    /** The longest run of numbers that waits; empty when only lost ones are left to tell of. */
    private Batch next() {
        List<Waiting> chunks = new ArrayList<>();
        while (!waiting.isEmpty()
                && chunks.size() < MAX_BATCH
                && (chunks.isEmpty()
                        || waiting.peek().number()
                                == chunks.get(chunks.size() - 1).number() + 1)) {
            Waiting chunk = waiting.remove();
            waitingBytes -= chunk.json().length;
            chunks.add(chunk);
        }
        return new Batch(task, chunks.isEmpty() ? counted + 1 : chunks.get(0).number(), chunks);
    }

    private void stored(Batch batch, OptionalLong first, Throwable failure) {
        if (failure == null && first.isPresent() && !batch.chunks().isEmpty()) {
            outcomes.said(
                    batch.task().id(),
                    first.getAsLong(),
                    batch.chunks().stream().map(Waiting::json).toList());
        }
        batch.chunks().forEach(chunk -> chunk.stored().run());
        CompletableFuture<Void> done;
        synchronized (this) {
            if (task != null && !waiting.isEmpty() && !lifecycle.isStopped()) {
                write();
                return;
            }
            writing = false;
            done = written;
        }
        done.complete(null);
    }
}
