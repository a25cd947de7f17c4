package io.github.taskdispatcher.gateway.store.redis;

import static io.github.taskdispatcher.gateway.store.redis.RedisLink.CODEC;

import io.github.taskdispatcher.gateway.config.GatewayConfig.RedisConfig;
import io.github.taskdispatcher.gateway.store.UnusableStoreException;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCredentials;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at Redis before the gateway uses it. Waits as long as Redis loads its data or is kept busy by a script, and says so every few
 * seconds. What needs another setting of the gateway or another right of its user ends the start, with one line that says what to set.
 * What Redis may become by itself or by one command, a replica that is promoted, a policy that is corrected, does not:
 * the gateway starts, and is not ready until then.
 *
 * <p>One thread, which blocks, unless a method says otherwise.
 */
final class StartCheck {

    private static final Logger log = LoggerFactory.getLogger(StartCheck.class);
    private static final int CONNECT_ATTEMPTS = 4;
    private static final Duration LOOK_AGAIN = Duration.ofMillis(250);
    private static final Duration SAY_AGAIN = Duration.ofSeconds(3);
    /** For all commands of one look; Redis answers rarely while it loads. */
    private static final Duration LOOK_LIMIT = Duration.ofSeconds(10);

    /** A Redis that loads looks after its connections now and then only, and some time out: that is no failure for so long. */
    private static final long SILENCE_LIMIT = TimeUnit.SECONDS.toNanos(60);

    private final RedisClient client;
    private final RedisConfig config;
    private final RedisURI uri;
    private final String gatewayId;
    private final Keys keys;
    private final String redis;
    /** 0 before Redis was first found not to be ready. */
    private long sayAt;

    private long heardAt = System.nanoTime();

    /** @param client with the options of {@link RedisSetup}; this class may change them to RESP2 */
    StartCheck(RedisClient client, RedisConfig config, RedisURI uri, String gatewayId) {
        this.client = client;
        this.config = config;
        this.uri = uri;
        this.gatewayId = gatewayId;
        keys = new Keys(config.keyPrefix());
        redis = "Redis at " + RedisSetup.address(uri);
    }

    /**
     * Returns when Redis can be used.
     *
     * @throws UnusableStoreException when it cannot
     */
    void run() {
        while (!looksUsable()) {
            try {
                TimeUnit.MILLISECONDS.sleep(LOOK_AGAIN.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new UnusableStoreException("interrupted while " + redis + " was waited for", e);
            }
        }
        if (sayAt != 0) {
            log.warn("{} is ready.", redis);
        }
    }

    private boolean looksUsable() {
        try (StatefulRedisConnection<String, byte[]> connection = connected(() -> client.connect(CODEC))) {
            RedisFacts facts = await(RedisFacts.read(new On(connection)));
            heardAt = System.nanoTime();
            if (facts.isLoading()) {
                say(facts.loading());
                return false;
            }
            judge(facts);
            NeededRights rights = await(NeededRights.of(connection, keys, gatewayId));
            if (rights.refusal("LOADING", "BUSY").isPresent()) {
                say("");
                return false;
            }
            judge(rights);
            listen();
            return true;
        } catch (RedisException | CompletionException e) {
            ConnectFailure failure = new ConnectFailure(config, uri, e);
            if (failure.passes() || sayAt != 0 && failure.isSilence() && System.nanoTime() - heardAt < SILENCE_LIMIT) {
                if (failure.passes()) {
                    heardAt = System.nanoTime();
                }
                say("");
                return false;
            }
            throw new UnusableStoreException(failure.message(), e);
        }
    }

    private record On(StatefulRedisConnection<String, byte[]> connection) implements RedisFacts.Caller {
        @Override
        public <T> CompletableFuture<T> call(Function<RedisAsyncCommands<String, byte[]>, CompletionStage<T>> command) {
            return command.apply(connection.async()).toCompletableFuture();
        }
    }

    private static <T> T await(CompletableFuture<T> future) {
        return future.orTimeout(LOOK_LIMIT.toSeconds(), TimeUnit.SECONDS).join();
    }

    /** Connects; again if it takes long, and with RESP2 where HELLO is refused. */
    <T> T connected(Supplier<T> connect) {
        for (int attempt = 1; ; attempt++) {
            try {
                return connect.get();
            } catch (RedisException e) {
                ConnectFailure failure = new ConnectFailure(config, uri, e);
                boolean newest = client.getOptions().getConfiguredProtocolVersion() == null;
                if (newest && failure.maySpeakResp2()) {
                    client.setOptions(RedisSetup.options(config, ProtocolVersion.RESP2));
                } else if (attempt == CONNECT_ATTEMPTS || !failure.isTimeout()) {
                    throw e;
                }
            }
        }
    }

    private void say(String progress) {
        long now = System.nanoTime();
        if (sayAt == 0 || now - sayAt > 0) {
            log.warn("{} is loading its data, or busy{}. The gateway waits for it ...", redis, progress);
            sayAt = now + SAY_AGAIN.toNanos();
        }
    }

    private void judge(RedisFacts facts) {
        String version = facts.info().getOrDefault("redis_version", "");
        if (!version.isEmpty() && !isRecent(version)) {
            throw unusable(redis + " is version " + version + ". The gateway needs Redis 6.2 or later.");
        }
    }

    /** Whether a version is 6.2 or later. */
    static boolean isRecent(String version) {
        String[] parts = version.split("\\.", 3);
        if (parts.length < 2 || !parts[0].matches("\\d{1,4}") || !parts[1].matches("\\d{1,4}")) {
            // What is not known is not refused.
            return true;
        }
        int major = Integer.parseInt(parts[0]);
        return major > 6 || major == 6 && Integer.parseInt(parts[1]) >= 2;
    }

    private void judge(NeededRights rights) {
        if (rights.refusal("MOVED", "CLUSTERDOWN", "ASK").isPresent()) {
            throw unusable(cluster(redis));
        }
        if (!rights.unknown().isEmpty()) {
            throw unusable(redis + " does not know " + String.join(", ", rights.unknown())
                    + ". The gateway needs Redis 6.2 or later, with these commands.");
        }
        rights.missing(user(), config.keyPrefix()).ifPresent(missing -> {
            throw unusable(redis + ": " + missing);
        });
    }

    static String cluster(String redis) {
        return redis
                + " is a node of a Redis Cluster, which the gateway cannot use. Set REDIS_URL to a Redis that holds all"
                + " keys.";
    }

    /**
     * Looks again at what Redis does for the gateway, which may have changed since the start. Any thread.
     *
     * @return why it does not do what tasks need, and what to do, for an operator; empty when it does
     */
    CompletableFuture<Optional<String>> problem(StatefulRedisConnection<String, byte[]> connection) {
        return NeededRights.of(connection, keys, gatewayId)
                .thenApply(rights -> rights.missing(user(), config.keyPrefix())
                        .map(missing -> "Redis refuses the scripts: " + missing)
                        .or(rights::noWrites));
    }

    private void listen() {
        try (StatefulRedisPubSubConnection<String, byte[]> hints = connected(() -> client.connectPubSub(CODEC))) {
            hints.sync().subscribe(keys.channel(gatewayId));
        } catch (RedisException e) {
            NeededRights denied = NeededRights.judged(List.of(String.valueOf(e.getMessage())));
            throw denied.missing(user(), config.keyPrefix())
                    .map(missing -> unusable(redis + ": " + missing))
                    .orElseThrow(() -> e);
        }
    }

    private String user() {
        // Those of a URL are there at once.
        RedisCredentials known =
                uri.getCredentialsProvider().resolveCredentials().toFuture().getNow(null);
        return known != null && known.hasUsername() ? known.getUsername() : "default";
    }

    private static UnusableStoreException unusable(String message) {
        return new UnusableStoreException(message, null);
    }
}
