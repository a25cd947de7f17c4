package io.github.taskdispatcher.gateway.config;

import io.github.taskdispatcher.task.GroupName;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Everything a gateway is told, checked before it starts ({@link Settings} reads and checks it). Immutable.
 *
 * @param host the address to listen on
 * @param port the TCP port to listen on; 0 picks a free one
 * @param redis which Redis, and under which prefix
 * @param tasks what tasks may be
 * @param workers how workers are watched
 * @param access which clients, workers and operators may connect
 * @param limits what all requests and workers together may take
 * @param dashboard what the pages may show and do
 * @param syncKeepAlive what a client hears while its request is held
 * @param shutdownGraceMs how long a stopping gateway waits for running tasks and held requests, in milliseconds
 */
public record GatewayConfig(
        String host,
        int port,
        RedisConfig redis,
        TaskLimits tasks,
        WorkerTiming workers,
        AccessConfig access,
        ResourceLimits limits,
        DashboardConfig dashboard,
        SyncKeepAlive syncKeepAlive,
        long shutdownGraceMs) {

    /**
     * @param url {@code redis://}, {@code rediss://}, {@code redis-sentinel://} or {@code rediss-sentinel://}; may hold a
     *     password, so it is never logged
     * @param keyPrefix what every key and channel begins with; has no braces, they would move the hash tag
     * @param sentinelPassword of the Sentinels, which have none of their own in a URL; empty for none
     * @param caFile PEM of the only CAs whose certificates Redis and Sentinels may have; null for those that the JVM trusts
     */
    public record RedisConfig(String url, String keyPrefix, String sentinelPassword, Path caFile) {

        /** Without a password of Sentinels and with the CAs that the JVM trusts. */
        public RedisConfig(String url, String keyPrefix) {
            this(url, keyPrefix, "", null);
        }

        /** Without the URL, which may hold a password, and without the other password. */
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
     * @param maxQueueBytes how many bytes of payload those tasks may have together
     * @param resultTtlMs how long an ended task stays readable
     * @param maxBodyBytes the largest request body
     * @param maxResultBytes the largest result of a worker
     * @param streamBuffer how many chunks of a task stay readable, about
     */
    public record TaskLimits(
            long defaultTimeoutMs,
            long minTimeoutMs,
            long maxTimeoutMs,
            int maxQueueLength,
            long maxQueueBytes,
            long resultTtlMs,
            int maxBodyBytes,
            int maxResultBytes,
            int streamBuffer) {

        /** A timeout within the bounds. */
        public long clampTimeout(double timeoutMs) {
            return (long) Math.max(minTimeoutMs, Math.min(maxTimeoutMs, timeoutMs));
        }

        /**
         * How long a task may wait for a worker, in ms from acceptance: at least 1, and 0 for as long as its timeout.
         *
         * @param queueTimeoutMs as its client wishes; NaN for no wish
         * @param timeoutMs within the bounds
         */
        public long queueTimeout(double queueTimeoutMs, long timeoutMs) {
            return queueTimeoutMs < timeoutMs ? Math.max(1, (long) queueTimeoutMs) : 0;
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

    /**
     * Which keys there are for each role; an empty list of keys leaves that role open.
     *
     * @param origins of pages on other hosts that may connect, in lower case
     * @param hosts what a request may name as its host where no key is asked for, besides loopback: {@code HOST} and
     *     {@code ALLOWED_HOSTS}, without ports
     * @param taskAccess which tasks a client may read, follow and cancel, where clients need keys
     * @param files where the keys come from, as far as that is files; a running gateway reads them again
     */
    public record AccessConfig(
            List<AccessKey> clientKeys,
            List<AccessKey> workerKeys,
            List<AccessKey> adminKeys,
            Set<String> origins,
            Set<String> hosts,
            TaskAccessMode taskAccess,
            KeyFiles files) {}

    /** Which tasks a client may read, follow and cancel. */
    public enum TaskAccessMode {
        /** Those that a key of the same tenant made. */
        OWNER,
        /** All tasks. */
        ANY
    }

    /**
     * @param groups what a worker's key is bound to; empty for every group
     * @param tenant name of the tenant a client's key belongs to; empty for a tenant of this key alone
     * @param models those that a worker's key gives to one of these groups: no other group may declare them
     */
    public record AccessKey(String text, Set<GroupName> groups, String tenant, Map<String, GroupName> models) {

        /** A key of a tenant of its own that gives no models. */
        public AccessKey(String text, Set<GroupName> groups) {
            this(text, groups, "", Map.of());
        }

        /** Without the key. */
        @Override
        public String toString() {
            return "AccessKey[groups=" + groups + ", models=" + models + "]";
        }
    }

    /**
     * @param maxWaiters how many requests are held at once
     * @param maxWorkers how many workers are connected at once
     * @param maxWorkersPerKey how many of them with the same key
     * @param maxWorkersPerAddress how many of them from the same address, where workers need no key
     * @param maxBufferedBytes memory for bodies that come in, answers that go out and results not recorded yet
     * @param minBodyRate slower request bodies are refused, in bytes per second; 0 for none
     * @param names how many names workers may bring
     */
    public record ResourceLimits(
            int maxWaiters,
            int maxWorkers,
            int maxWorkersPerKey,
            int maxWorkersPerAddress,
            long maxBufferedBytes,
            int minBodyRate,
            NameLimits names) {}

    /**
     * How many names there may be over all gateways. The holder is the key of the workers that bring them or, where workers need
     * no key, their address.
     *
     * @param maxGroups how many groups may have workers
     * @param maxGroupsPerHolder how many of them with the workers of one holder
     * @param maxModels how many models may be declared
     * @param maxModelsPerHolder how many of them by the workers of one holder
     */
    public record NameLimits(int maxGroups, int maxGroupsPerHolder, int maxModels, int maxModelsPerHolder) {}

    /**
     * @param readOnly whether the pages only show
     * @param payloads what they show of requests and results
     */
    public record DashboardConfig(boolean readOnly, Payloads payloads) {}

    /** What the pages show of requests and results. */
    public enum Payloads {
        /** Those of a task, as long as the task is readable; nothing of them in the log. */
        TASKS,
        /** The same, and their beginnings in the log, for a day. */
        SHOW,
        /** Their form, with every value hidden. */
        MASKED,
        HIDDEN
    }

    /** What a client hears every 10 s while its request is held. */
    public enum SyncKeepAlive {
        NONE("none"),
        /** An interim response, 102 Processing. */
        INTERIM("102"),
        /** The beginning of a response of status 200, and white space before its JSON. */
        WHITESPACE("whitespace");

        private final String word;

        SyncKeepAlive(String word) {
            this.word = word;
        }

        /** As the setting has it. */
        public String word() {
            return word;
        }
    }
}
