package io.github.taskdispatcher.gateway.ws;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** How many workers are connected, in all and by holder, a key or an address. Any thread. */
final class ConnectionLimit {

    private final int max;
    private final int maxPerHolder;
    private final Map<String, Integer> byHolder = new HashMap<>();
    private int taken;

    ConnectionLimit(int max, int maxPerHolder) {
        this.max = max;
        this.maxPerHolder = maxPerHolder;
    }

    /** Whether there is a slot for one more of this holder. */
    synchronized boolean hasRoom(String holder) {
        return taken < max && byHolder.getOrDefault(holder, 0) < maxPerHolder;
    }

    /**
     * @param holder by what the place is counted: a key, or an address
     * @return gives the slot back, once however often it runs; empty when there is no slot
     */
    synchronized Optional<Runnable> take(String holder) {
        if (!hasRoom(holder)) {
            return Optional.empty();
        }
        taken++;
        byHolder.merge(holder, 1, Integer::sum);
        AtomicBoolean given = new AtomicBoolean();
        return Optional.of(() -> {
            if (given.compareAndSet(false, true)) {
                release(holder);
            }
        });
    }

    private synchronized void release(String holder) {
        taken--;
        byHolder.computeIfPresent(holder, (name, count) -> count == 1 ? null : count - 1);
    }
}
