package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.testkit.RedisProcess;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Redis behind a Sentinel, each with a password of its own, and a failover. */
class RedisSentinelIT {

    private static final String PASSWORD = "of-redis";

    @TempDir
    private Path dir;

    private RedisProcess first;
    private RedisProcess second;
    private Sentinel sentinel;
    private GatewayProcess gateway;

    @AfterEach
    void stop() {
        Closing.all(gateway, sentinel, second, first);
    }

    private RedisProcess redis(String name, String... options) throws Exception {
        Path data = Files.createDirectory(dir.resolve(name));
        RedisProcess redis = new RedisProcess(TestRedis.binary(dir), data, TestRedis.freePort(), options);
        redis.awaitAnswers();
        try (RedisClient client = RedisClient.create(redis.url())) {
            client.connect().sync().configSet("masterauth", PASSWORD);
            client.connect().sync().configSet("requirepass", PASSWORD);
        }
        return redis;
    }

    private static <T> T ask(RedisProcess redis, Function<RedisCommands<String, String>, T> question) {
        try (RedisClient client = RedisClient.create(redis.url().replace("redis://", "redis://:" + PASSWORD + "@"))) {
            return question.apply(client.connect().sync());
        }
    }

    @Test
    void aFailoverIsFollowed() throws Exception {
        first = redis("first");
        second = redis("second", "--replicaof", "127.0.0.1 " + first.port());
        await().atMost(Duration.ofSeconds(30))
                .until(() -> ask(second, redis -> redis.info("replication")).contains("master_link_status:up"));
        sentinel = new Sentinel(dir, first.port(), PASSWORD);
        await().atMost(Duration.ofSeconds(60)).until(() -> sentinel.replicas() == 1);
        gateway = GatewayProcess.on(
                "redis-sentinel://:" + PASSWORD + "@127.0.0.1:" + sentinel.port() + "#main",
                "td:",
                "REDIS_SENTINEL_PASSWORD",
                Sentinel.PASSWORD);
        try (TestWorker worker = TestWorker.echo(gateway, null)) {
            assertThat(gateway.post("{\"data\":{}}").statusCode()).isEqualTo(200);
            first.kill();
            await().atMost(Duration.ofSeconds(60)).until(() -> sentinel.master() == second.port());
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> gateway.post("{\"data\":{}}").statusCode() == 200);
            assertThat(worker.closed).isNotDone();
            Set<String> workers = ask(second, redis -> redis.smembers("td:{default}:workers"));
            assertThat(workers).containsExactly(worker.id);
        }
        assertThat(gateway.output).noneMatch(line -> line.contains(PASSWORD) || line.contains(Sentinel.PASSWORD));
    }
}
