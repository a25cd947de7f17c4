package io.github.taskdispatcher.gateway.store.redis;

import static io.github.taskdispatcher.gateway.store.redis.RedisLink.text;

import java.util.concurrent.CompletableFuture;

/**
 * Redis' clock as seen from here: the only clock of tasks. Between readings it goes on with this machine's monotonic
 * clock, so a jump of the wall clock changes nothing.
 */
final class RedisClock {

    private final RedisLink link;
    private volatile long offsetMs;

    RedisClock(RedisLink link) {
        this.link = link;
    }

    /** Asks Redis for its time. A reading that took longer than 100 ms is not used once there is one. */
    CompletableFuture<Void> read() {
        long asked = monotonicMs();
        return link.call(redis -> redis.time()).thenAccept(time -> {
            long answered = monotonicMs();
            if (offsetMs == 0 || answered - asked <= 100) {
                long redis = Long.parseLong(text(time.get(0))) * 1000 + Long.parseLong(text(time.get(1))) / 1000;
                offsetMs = redis - (asked + answered) / 2;
            }
        });
    }

    /** Redis time now, in ms, good to about half a round trip. */
    long now() {
        return monotonicMs() + offsetMs;
    }

    private static long monotonicMs() {
        return System.nanoTime() / 1_000_000;
    }
}
