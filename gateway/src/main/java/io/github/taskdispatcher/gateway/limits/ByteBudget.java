package io.github.taskdispatcher.gateway.limits;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * So many bytes of memory, given out in the order of asking. A request for more than all of it gets all of it. Any thread; nothing blocks.
 */
public final class ByteBudget {

    private record Waiting(long bytes, CompletableFuture<Void> turn) {}

    private final long max;
    private final Deque<Waiting> queue = new ArrayDeque<>();
    private long taken;

    /** @param max in bytes, at least 1 */
    public ByteBudget(long max) {
        this.max = max;
    }

    /** Takes them if they are there and no request waits; says whether. */
    public synchronized boolean tryTake(long bytes) {
        if (!queue.isEmpty() || taken + clamp(bytes) > max) {
            return false;
        }
        taken += clamp(bytes);
        return true;
    }

    /**
     * Gives back what was taken and takes other bytes instead, in one step: no other request gets what is given back. Never waits
     * behind others when it asks for less than it holds.
     *
     * @param held what was taken, with the same number; 0 for nothing
     * @param wanted what is taken afterwards
     * @return false when there is no room: then {@code held} is still taken
     */
    public boolean tryExchange(long held, long wanted) {
        synchronized (this) {
            long more = clamp(wanted) - clamp(held);
            if (more > 0 && (!queue.isEmpty() || taken + more > max)) {
                return false;
            }
            taken += more;
        }
        grant();
        return true;
    }

    /** Takes them, after all requests before. A future that was completed otherwise, by a timeout, takes nothing. */
    public CompletableFuture<Void> take(long bytes) {
        CompletableFuture<Void> turn = new CompletableFuture<>();
        synchronized (this) {
            queue.add(new Waiting(clamp(bytes), turn));
        }
        grant();
        return turn;
    }

    /** Gives back what was taken, with the same number. */
    public void release(long bytes) {
        synchronized (this) {
            taken -= clamp(bytes);
        }
        grant();
    }

    /** How many bytes are taken. */
    public synchronized long taken() {
        return taken;
    }

    private void grant() {
        List<Waiting> granted = new ArrayList<>();
        synchronized (this) {
            while (!queue.isEmpty() && (queue.peek().turn.isDone() || taken + queue.peek().bytes <= max)) {
                Waiting next = queue.remove();
                if (!next.turn.isDone()) {
                    taken += next.bytes;
                    granted.add(next);
                }
            }
        }
        for (Waiting next : granted) {
            if (!next.turn.complete(null)) {
                release(next.bytes);
            }
        }
    }

    private long clamp(long bytes) {
        return Math.min(bytes, max);
    }
}
