package io.github.taskdispatcher.gateway.config;

/**
 * Everything a gateway is told, checked before it starts ({@link Settings} reads and checks it). Immutable.
 *
 * @param host the address to listen on
 * @param port the TCP port to listen on; 0 picks a free one
 * @param redis which Redis, and under which prefix
 * @param tasks what tasks may be
 * @param workers how workers are watched
 * @param shutdownGraceMs how long a stopping gateway waits for running tasks and held requests, in milliseconds
 */
public record GatewayConfig(
        String host, int port, RedisConfig redis, TaskLimits tasks, WorkerTiming workers, long shutdownGraceMs) {

    /**
     * @param url {@code redis://}, {@code rediss://} or {@code redis-sentinel://}; may hold a password, so it is never logged
     * @param keyPrefix what every key and channel begins with; has no braces, they would move the hash tag
     */
    public record RedisConfig(String url, String keyPrefix) {
        /** Without the URL, which may hold a password. */
        @Override
        public String toString() {
            return "RedisConfig[keyPrefix=" + keyPrefix + "]";
        }
    }

    /**
     * @param defaultTimeoutMs the timeout of a task that names none
     * @param minTimeoutMs shorter timeouts are raised to this
     * @param maxTimeoutMs longer timeouts are lowered to this
     * @param maxQueueLength how many tasks of one group may wait
     * @param resultTtlMs how long an ended task stays readable
     * @param maxBodyBytes the largest request body
     * @param maxResultBytes the largest result of a worker
     */
    public record TaskLimits(
            long defaultTimeoutMs,
            long minTimeoutMs,
            long maxTimeoutMs,
            int maxQueueLength,
            long resultTtlMs,
            int maxBodyBytes,
            int maxResultBytes) {

        /** A timeout within the bounds. */
        public long clampTimeout(double timeoutMs) {
            return (long) Math.max(minTimeoutMs, Math.min(maxTimeoutMs, timeoutMs));
        }
    }

    /**
     * All in milliseconds.
     *
     * @param reconnectGraceMs how long a task whose gateway was lost waits for its worker to come back with the answer
     * @param readyAfterMs when a worker that said nothing since it connected counts as ready
     * @param pingIntervalMs how often a worker's socket is pinged
     * @param silenceLimitMs when an idle worker that sent no frame at all counts as dead
     */
    public record WorkerTiming(long reconnectGraceMs, long readyAfterMs, long pingIntervalMs, long silenceLimitMs) {}
}
