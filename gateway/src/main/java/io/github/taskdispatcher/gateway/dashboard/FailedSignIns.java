package io.github.taskdispatcher.gateway.dashboard;

import io.github.taskdispatcher.gateway.limits.RateLimit;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Counts sign-ins that failed, for each address on its own: 20 at once, then one a second. Knows a bounded number of addresses and
 * forgets the one that failed longest ago. Any thread.
 */
final class FailedSignIns {

    static final int MAX_ADDRESSES = 10_000;
    private static final int TRIES = 20;
    private static final int TRIES_PER_SECOND = 1;

    private final Map<String, RateLimit> byAddress = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, RateLimit> eldest) {
            return size() > MAX_ADDRESSES;
        }
    };

    /** Counts a failure of this address; false when the address has failed too often. */
    synchronized boolean count(String address, long nowNanos) {
        return byAddress
                .computeIfAbsent(address, first -> new RateLimit(TRIES, TRIES_PER_SECOND, nowNanos))
                .allows(nowNanos);
    }

    synchronized int size() {
        return byAddress.size();
    }
}
