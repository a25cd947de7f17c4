package io.github.taskdispatcher.gateway.store.redis;

import io.lettuce.core.RedisException;
import io.lettuce.core.api.StatefulRedisConnection;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;

/**
 * Sends scripts in batches. While Redis runs one batch, the next one gathers. It is sent when the first reply arrives, before the
 * gateway handles that reply. So Redis always has work, and both ends save most of their reads, writes and wake-ups. A call that is
 * alone is sent at once.
 *
 * <p>A check every 50 ms fails the calls whose time is over. A timer for each call would cost more.
 */
final class ScriptBatches {

    private static final long TIMEOUT_CHECK_MS = 50;
    /** A batch ends with the call that exceeds this: writing it delays the other connections, which share the loop. */
    private static final long BATCH_BYTES = 1024 * 1024;

    private final StatefulRedisConnection<String, byte[]> connection;
    /** The client's one thread. */
    private final EventExecutor loop;

    private final Queue<ScriptCall> unsent = new ConcurrentLinkedQueue<>();
    /** The first call of the batch sent last. Its end sends the next batch. */
    private volatile ScriptCall first;

    /** Of the arguments of all calls that have not ended. */
    private final AtomicLong pendingBytes = new AtomicLong();

    /** Whether a batch waits for its first reply or is about to be sent: either sees to what was added meanwhile. */
    private final AtomicBoolean sending = new AtomicBoolean();
    /** What was sent, in the order in which replies come; those at its head may have ended. Only on the loop. */
    private final Deque<ScriptCall> underWay = new ArrayDeque<>();

    ScriptBatches(StatefulRedisConnection<String, byte[]> connection, EventExecutor loop) {
        this.connection = connection;
        this.loop = loop;
        loop.scheduleWithFixedDelay(this::giveUpOverdue, TIMEOUT_CHECK_MS, TIMEOUT_CHECK_MS, TimeUnit.MILLISECONDS);
    }

    /** Sends a call, soon; any thread. What follows it runs on the client's thread. */
    void send(ScriptCall call, BiConsumer<List<byte[]>, Throwable> then) {
        pendingBytes.addAndGet(call.bytes());
        call.whenComplete((words, failure) -> {
            pendingBytes.addAndGet(-call.bytes());
            if (call == first) {
                // A failure may come from within sendBatch, or from the look at all that is under way: then not from
                // here.
                if (failure == null) {
                    sendBatch();
                } else {
                    sendSoon();
                }
            }
            then.accept(words, failure);
        });
        unsent.add(call);
        if (sending.compareAndSet(false, true)) {
            sendSoon();
        }
    }

    /** How large the arguments of all calls are together that have not ended. */
    long pendingBytes() {
        return pendingBytes.get();
    }

    private void sendSoon() {
        try {
            loop.execute(this::sendBatch);
        } catch (RejectedExecutionException closed) {
            sending.set(false);
            for (ScriptCall late = unsent.poll(); late != null; late = unsent.poll()) {
                late.completeExceptionally(new RedisException("closed"));
            }
        }
    }

    /** On the loop, and never while a batch waits for its first reply. */
    private void sendBatch() {
        forgetEnded();
        List<ScriptCall> batch = new ArrayList<>();
        long bytes = 0;
        while (bytes <= BATCH_BYTES) {
            ScriptCall call = unsent.poll();
            if (call == null) {
                break;
            }
            batch.add(call);
            bytes += call.bytes();
        }
        if (batch.isEmpty()) {
            first = null;
            sending.set(false);
            if (!unsent.isEmpty() && sending.compareAndSet(false, true)) {
                sendSoon();
            }
            return;
        }
        first = batch.get(0);
        underWay.addAll(batch);
        try {
            connection.dispatch(batch);
        } catch (RedisException e) {
            batch.forEach(call -> call.completeExceptionally(e));
        }
    }

    private void giveUpOverdue() {
        long now = System.nanoTime();
        underWay.forEach(call -> call.giveUpIfOverdue(now));
        unsent.removeIf(call -> call.giveUpIfOverdue(now));
        forgetEnded();
    }

    private void forgetEnded() {
        while (!underWay.isEmpty() && underWay.peek().isDone()) {
            underWay.remove();
        }
    }
}
