package io.github.taskdispatcher.gateway.limits;

/** A token bucket: {@code burst} at once, then {@code perSecond}. For one thread at a time. */
public final class RateLimit {

    private final double burst;
    private final double perNano;
    private double tokens;
    private long filledAt;

    public RateLimit(int burst, int perSecond, long nowNanos) {
        this.burst = burst;
        perNano = perSecond / 1e9;
        tokens = burst;
        filledAt = nowNanos;
    }

    /** Whether one more is allowed. */
    public boolean allows(long nowNanos) {
        tokens = Math.min(burst, tokens + (nowNanos - filledAt) * perNano);
        filledAt = nowNanos;
        if (tokens < 1) {
            return false;
        }
        tokens--;
        return true;
    }
}
