package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.github.taskdispatcher.gateway.Gateway;
import io.github.taskdispatcher.gateway.GatewayStartException;
import io.github.taskdispatcher.gateway.config.Settings;
import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.testing.Tool;
import io.github.taskdispatcher.testkit.RedisProcess;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.net.Inet4Address;
import java.net.NetworkInterface;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A Redis that the gateway cannot use ends its start with one line, which {@code docs/operations.md} lists. */
class RedisStartIT {

    private static final Path PAGE = Path.of("..", "docs", "operations.md");

    /** What may be wrong, and how the page and the line say it. */
    enum Trouble {
        NOTHING_LISTENS("nothing listens there"),
        UNKNOWN_HOST("the name of the host is not known"),
        NO_ANSWER("it does not answer"),
        NO_PASSWORD("needs a password. Put it into REDIS_URL"),
        WRONG_PASSWORD("refuses the password. Correct user and password in REDIS_URL"),
        NO_SUCH_DATABASE("has no database 99"),
        PROTECTED_MODE("is in protected mode"),
        NO_ROOM("takes no more clients"),
        PLAIN_BUT_TLS("closes the connection without an answer"),
        TLS_BUT_PLAIN("does not answer in TLS"),
        UNKNOWN_CA("is not signed by a CA that the gateway trusts. Set REDIS_CA_FILE"),
        WRONG_CA("holds another CA"),
        OTHER_HOST("is for another host"),
        EXPIRED("has expired, or is not valid yet"),
        CLIENT_CERTIFICATE("asks for a certificate of the client"),
        MISSING_COMMANDS("may not use HSET, ZADD. Allow it: ACL SETUSER app +hset +zadd"),
        MISSING_KEYS("may not read and write the keys td:*"),
        MISSING_CHANNELS("may not use the channels td:*"),
        TOO_OLD("The gateway needs Redis 6.2 or later"),
        CLUSTER("is a node of a Redis Cluster"),
        NO_SENTINEL("A Sentinel cannot be reached at"),
        NO_SENTINEL_PASSWORD("needs a password. Set REDIS_SENTINEL_PASSWORD"),
        WRONG_SENTINEL_PASSWORD("refuses the password. Correct REDIS_SENTINEL_PASSWORD"),
        UNKNOWN_MASTER("know no master named other");

        private final String words;

        Trouble(String words) {
            this.words = words;
        }
    }

    @TempDir
    private Path dir;

    private RedisProcess redis;
    private RedisTls tls;
    private Sentinel sentinel;
    private RedisClient only;

    @AfterEach
    void stop() throws Exception {
        if (redis != null) {
            redis.thaw();
        }
        Closing.all(only, sentinel, tls, redis);
    }

    private String redis(String... options) throws Exception {
        redis = new RedisProcess(TestRedis.binary(dir), dir, TestRedis.freePort(), options);
        redis.awaitAnswers();
        return redis.url();
    }

    private void ask(Consumer<RedisCommands<String, String>> question) {
        try (RedisClient client = RedisClient.create(redis.url())) {
            question.accept(client.connect().sync());
        }
    }

    private String withUser(String... rules) throws Exception {
        redis();
        ask(commands -> {
            CommandArgs<String, String> all =
                    new CommandArgs<>(StringCodec.UTF8).add("SETUSER").add("app");
            List.of("reset", "resetchannels", "on", ">secret").forEach(all::add);
            Arrays.asList(rules).forEach(all::add);
            commands.dispatch(CommandType.ACL, new StatusOutput<>(StringCodec.UTF8), all);
        });
        return redis.url().replace("redis://", "redis://app:secret@");
    }

    private PrivateCa tls(String names, String validFrom, String... options) throws Exception {
        PrivateCa ca = new PrivateCa(dir, "ca");
        tls = new RedisTls(dir, ca, ca.server("redis", names, validFrom), options);
        return ca;
    }

    private static Map<String, String> url(String url) {
        return Map.of("REDIS_URL", url);
    }

    private static Map<String, String> url(String url, String name, Object value) {
        return Map.of("REDIS_URL", url, name, value.toString());
    }

    private Map<String, String> cause(Trouble trouble) throws Exception {
        return switch (trouble) {
            case NOTHING_LISTENS -> url("redis://:secret@127.0.0.1:" + TestRedis.freePort());
            case UNKNOWN_HOST -> url("redis://:secret@no-such-host.invalid");
            case NO_ANSWER -> {
                String url = redis();
                redis.freeze();
                yield url(url);
            }
            case NO_PASSWORD -> {
                String url = redis();
                ask(commands -> commands.configSet("requirepass", "secret"));
                yield url(url);
            }
            case WRONG_PASSWORD -> {
                String url = redis();
                ask(commands -> commands.configSet("requirepass", "other"));
                yield url(url.replace("redis://", "redis://:secret@"));
            }
            case NO_SUCH_DATABASE -> url(redis() + "/99");
            case PROTECTED_MODE -> url(redis("--bind", "0.0.0.0").replace("127.0.0.1", otherAddress()));
            case NO_ROOM -> {
                String url = redis();
                only = RedisClient.create(url);
                only.connect().sync().configSet("maxclients", "1");
                yield url(url);
            }
            case PLAIN_BUT_TLS -> {
                tls("ip:127.0.0.1", "-1H");
                yield url(tls.url("127.0.0.1").replace("rediss", "redis"));
            }
            case TLS_BUT_PLAIN -> url(redis().replace("redis:", "rediss:"));
            case UNKNOWN_CA -> {
                tls("ip:127.0.0.1", "-1H");
                yield url(tls.url("127.0.0.1"));
            }
            case WRONG_CA -> {
                tls("ip:127.0.0.1", "-1H");
                yield url(tls.url("127.0.0.1"), "REDIS_CA_FILE", new PrivateCa(dir, "other").certificate());
            }
            case OTHER_HOST -> {
                PrivateCa ca = tls("dns:localhost", "-1H");
                yield url(tls.url("127.0.0.1"), "REDIS_CA_FILE", ca.certificate());
            }
            case EXPIRED -> {
                PrivateCa ca = tls("ip:127.0.0.1", "-10d");
                yield url(tls.url("127.0.0.1"), "REDIS_CA_FILE", ca.certificate());
            }
            case CLIENT_CERTIFICATE -> {
                PrivateCa ca = tls("ip:127.0.0.1", "-1H", "--tls-auth-clients", "yes");
                yield url(tls.url("127.0.0.1"), "REDIS_CA_FILE", ca.certificate());
            }
            case MISSING_COMMANDS -> url(withUser("~*", "&*", "+@all", "-hset", "-zadd"));
            case MISSING_KEYS -> url(withUser("~other:*", "&*", "+@all"));
            case MISSING_CHANNELS -> url(withUser("~*", "+@all"));
            case TOO_OLD -> url(redis("--rename-command", "ZMSCORE", ""));
            case CLUSTER -> url(redis("--cluster-enabled", "yes"));
            case NO_SENTINEL -> url("redis-sentinel://127.0.0.1:" + TestRedis.freePort() + "#main");
            case NO_SENTINEL_PASSWORD -> url(sentinel("main"));
            case WRONG_SENTINEL_PASSWORD -> url(sentinel("main"), "REDIS_SENTINEL_PASSWORD", "secret");
            case UNKNOWN_MASTER -> url(sentinel("other"), "REDIS_SENTINEL_PASSWORD", Sentinel.PASSWORD);
        };
    }

    private String sentinel(String master) throws Exception {
        redis();
        sentinel = new Sentinel(dir, redis.port(), "");
        return "redis-sentinel://127.0.0.1:" + sentinel.port() + "#" + master;
    }

    /** An address of this machine that Redis does not take for its own. */
    private String otherAddress() throws Exception {
        String found = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
                .map(address -> address.getHostAddress())
                .findFirst()
                .orElse(null);
        Tool.require(found != null, "an address besides loopback", "connect the machine to a network");
        return found;
    }

    private static Settings settings(Map<String, String> redis) throws Exception {
        Map<String, String> all = new HashMap<>(redis);
        all.put("PORT", "0");
        return Settings.of(all);
    }

    @ParameterizedTest
    @EnumSource
    void isOneLine(Trouble trouble) throws Exception {
        Settings settings = settings(cause(trouble));
        GatewayStartException told = catchThrowableOfType(
                GatewayStartException.class,
                () -> Gateway.start(settings.config(settings.redisUrl())).close());
        assertThat(told).as("the gateway started").isNotNull();
        assertThat(told.getMessage()).contains(trouble.words).doesNotContain("secret", "\n", "Exception");
    }

    /** What passes, or what one command in Redis mends: the gateway starts, is not ready, and becomes ready by itself. */
    enum Passing {
        REPLICA("Redis is a read-only replica", "--replicaof", "127.0.0.1 1", RedisCommands::replicaofNoOne),
        EVICTS(
                "Redis would evict tasks: its maxmemory-policy is allkeys-lru",
                "--maxmemory-policy",
                "allkeys-lru",
                commands -> commands.configSet("maxmemory-policy", "noeviction")),
        NO_WRITES(
                "Redis takes no writes. It says: NOREPLICAS",
                "--min-replicas-to-write",
                "1",
                commands -> commands.configSet("min-replicas-to-write", "0"));

        private final String words;
        private final String option;
        private final String value;
        private final Consumer<RedisCommands<String, String>> mend;

        Passing(String words, String option, String value, Consumer<RedisCommands<String, String>> mend) {
            this.words = words;
            this.option = option;
            this.value = value;
            this.mend = mend;
        }
    }

    @ParameterizedTest
    @EnumSource
    void isNotReadyUntilItIsMended(Passing trouble) throws Exception {
        try (GatewayProcess gateway = GatewayProcess.on(redis(trouble.option, trouble.value), "td:")) {
            HttpResponse<String> ready = gateway.get("/readyz");
            assertThat(ready.statusCode()).isEqualTo(503);
            assertThat(ready.body()).contains(trouble.words);
            await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> assertThat(gateway.output)
                    .anySatisfy(line -> assertThat(line).startsWith("WARNING: " + trouble.words)));
            assertThat(Files.readString(PAGE)).contains("| `" + trouble.words);
            ask(trouble.mend);
            await().atMost(Duration.ofSeconds(10))
                    .untilAsserted(() ->
                            assertThat(gateway.get("/readyz").statusCode()).isEqualTo(200));
        }
    }

    /** What the page says of a message, between back-ticks. */
    @Test
    void thePageListsEachOfThem() throws Exception {
        String page = Files.readString(PAGE);
        List<String> rows = Pattern.compile("(?m)^\\| `\\.\\.\\. ([^`]+) \\.\\.\\.` \\|")
                .matcher(page)
                .results()
                .map(row -> row.group(1))
                .toList();
        assertThat(rows)
                .containsExactlyElementsOf(Arrays.stream(Trouble.values())
                        .map(trouble -> trouble.words)
                        .toList());
    }

    @Test
    void theCommandEndsWithThatLineOnly() throws Exception {
        GatewayProcess gateway = new GatewayProcess(cause(Trouble.WRONG_PASSWORD));
        assertThat(gateway.process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(gateway.process.exitValue()).isEqualTo(1);
        await().untilAsserted(() -> assertThat(gateway.output)
                .singleElement()
                .asString()
                .startsWith("Redis at 127.0.0.1:" + redis.port())
                .contains(Trouble.WRONG_PASSWORD.words));
    }

    /** The rules that operations.md gives as the simplest. */
    @Test
    void theSimplestRulesAreEnough() throws Exception {
        String url = withUser("~td:*", "&td:*", "+@all", "-@dangerous", "+info", "+config|get");
        try (GatewayProcess gateway = GatewayProcess.on(url, "td:");
                TestWorker worker = TestWorker.echo(gateway, null)) {
            assertThat(gateway.post("{\"data\":{}}").statusCode()).isEqualTo(200);
            assertThat(worker.closed).isNotDone();
        }
        ask(commands -> assertThat(commands.keys("*check*")).isEmpty());
    }

    @Test
    void aPrivateCaIsTrusted() throws Exception {
        PrivateCa ca = tls("ip:127.0.0.1", "-1H");
        try (GatewayProcess gateway = GatewayProcess.on(
                        tls.url("127.0.0.1"),
                        "td:",
                        "REDIS_CA_FILE",
                        ca.certificate().toString());
                TestWorker worker = TestWorker.echo(gateway, null)) {
            assertThat(gateway.post("{\"data\":{}}").statusCode()).isEqualTo(200);
            assertThat(worker.closed).isNotDone();
        }
    }
}
