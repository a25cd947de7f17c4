package io.github.taskdispatcher.gateway.config;

/** The settings, each an environment variable of its name. An empty variable counts as not set. */
public enum Setting {
    PORT("3000", 0, 65_535, "port to listen on; 0 picks a free one"),
    HOST("127.0.0.1", "address to listen on"),
    REDIS_URL(
            "",
            "`redis://`, `rediss://`, `redis-sentinel://` or `rediss-sentinel://`; not set: a Redis of its own, in"
                    + " `DATA_DIR`"),
    REDIS_SENTINEL_PASSWORD("", "password of the Sentinels; the one in `REDIS_URL` is for Redis only"),
    REDIS_CA_FILE("", "PEM file of the CA that signed the certificate of Redis; none: the CAs that Java trusts"),
    REDIS_KEY_PREFIX("td:", "what every key and channel begins with"),
    DATA_DIR("./data", "where the Redis of its own keeps its data"),
    TASK_TIMEOUT_MS("60000", 1, 86_400_000, "timeout of a task that names none, in ms"),
    MAX_TASK_TIMEOUT_MS("600000", 1, 86_400_000, "longer timeouts are lowered to this, in ms"),
    MIN_TASK_TIMEOUT_MS("5000", 1, 86_400_000, "shorter timeouts are raised to this, in ms"),
    MAX_QUEUE_LENGTH("1000", 1, 10_000_000, "how many tasks of one group may wait"),
    TASK_RESULT_TTL_MS("300000", 1_000, 604_800_000, "how long an ended task stays readable, in ms"),
    MAX_BODY_BYTES("16777216", 1_024, 536_870_912, "largest request body, in bytes"),
    MAX_RESULT_BYTES("33554432", 1_024, 536_870_912, "largest result of a worker, in bytes"),
    STREAM_BUFFER("1024", 1, 1_000_000, "how many chunks of a task stay readable, about, at most 32 MB of them"),
    WORKER_RECONNECT_GRACE_MS(
            "15000",
            0,
            600_000,
            "how long a task whose gateway, or whose worker's link, was lost waits for its worker, in ms"),
    WORKER_READY_AFTER_MS("1000", 0, 60_000, "when a worker that said nothing counts as ready, in ms"),
    WS_PING_INTERVAL_MS("15000", 50, 600_000, "how often workers are pinged, in ms"),
    WORKER_SILENCE_LIMIT_MS("75000", 100, 3_600_000, "when an idle worker that sends nothing counts as dead, in ms"),
    API_KEYS("", "keys of clients, `key` or `key=tenant`, separated by commas; none: everybody may submit"),
    API_KEYS_FILE("", "the same from a file, one a line"),
    TASK_ACCESS(
            "owner",
            "whose tasks a client's key reads, follows and cancels: `owner` (those of its tenant) or `any`; without `API_KEYS` always `any`"),
    WORKER_KEYS(
            "",
            "keys of workers, `key`, `key=group1|group2` or `key=group:model1|model2;group2:model3`; none: everybody"
                    + " may serve"),
    WORKER_KEYS_FILE("", "the same from a file, one a line"),
    ADMIN_KEYS("", "keys of operators, who may see the pages; none: everybody, unless clients or workers need keys"),
    ADMIN_KEYS_FILE("", "the same from a file, one a line"),
    ALLOW_ANONYMOUS("false", "`true`: listen beyond loopback without `API_KEYS` or `WORKER_KEYS`"),
    ALLOWED_ORIGINS(
            "", "origins of pages on other hosts that may connect and read answers (CORS), separated by commas"),
    ALLOWED_HOSTS(
            "",
            "host names besides loopback and `HOST` under which requests without a key are answered, separated by commas"),
    MAX_WAITERS("10000", 1, 1_000_000, "how many requests one gateway holds"),
    MAX_QUEUE_BYTES("268435456", 1_024, 1_099_511_627_776L, "how many bytes of one group's tasks may wait"),
    MAX_WORKERS("10000", 1, 1_000_000, "how many workers one gateway takes"),
    MAX_WORKERS_PER_KEY("1000", 1, 1_000_000, "how many of them with the same key"),
    MAX_WORKERS_PER_ADDRESS("10000", 1, 1_000_000, "how many of them from the same address, where there are no keys"),
    MAX_GROUPS("10000", 1, 1_000_000, "how many groups the workers of all gateways are in"),
    MAX_GROUPS_PER_KEY(
            "1000",
            1,
            1_000_000,
            "how many of them with the same key, or from the same address where there are no keys"),
    MAX_MODELS("10000", 1, 1_000_000, "how many models the workers of all gateways declare"),
    MAX_MODELS_PER_KEY(
            "1000",
            1,
            1_000_000,
            "how many of them with the same key, or from the same address where there are no keys"),
    MAX_BUFFERED_BYTES(
            "0", 0, 1_099_511_627_776L, "memory for bodies, answers and unrecorded results; 0: half of the heap"),
    MIN_BODY_BYTES_PER_SECOND("1000", 0, 1_000_000_000, "slower request bodies are refused; 0: none"),
    DASHBOARD_READ_ONLY("false", "`true`: the pages only show, and the test bench is off"),
    DASHBOARD_PAYLOADS(
            "tasks",
            "what the pages show of requests and results: `tasks` (of a task, while it is readable), `show` (their beginnings in the log too, for a day), `masked` or `hidden`"),
    SYNC_KEEPALIVE("none", "what a client hears every 10 s while its request is held: `none`, `102` or `whitespace`"),
    SHUTDOWN_GRACE_MS("30000", 0, 3_600_000, "how long a stopping gateway waits for what runs, in ms"),
    LOG_LEVEL("info", "`error`, `warn`, `info` or `debug`");

    private final String defaultValue;
    private final String meaning;
    private final boolean number;
    private final long min;
    private final long max;

    Setting(String defaultValue, String meaning) {
        this(defaultValue, false, 0, 0, meaning);
    }

    Setting(String defaultValue, long min, long max, String meaning) {
        this(defaultValue, true, min, max, meaning);
    }

    Setting(String defaultValue, boolean number, long min, long max, String meaning) {
        this.defaultValue = defaultValue;
        this.number = number;
        this.min = min;
        this.max = max;
        this.meaning = meaning;
    }

    /** What holds when the variable is not set; empty for none. */
    public String defaultValue() {
        return defaultValue;
    }

    /** What it means, with its unit, for the README and for {@code --help}. */
    public String meaning() {
        return meaning;
    }

    boolean isNumber() {
        return number;
    }

    long min() {
        return min;
    }

    long max() {
        return max;
    }
}
