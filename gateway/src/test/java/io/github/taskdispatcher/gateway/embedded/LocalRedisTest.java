package io.github.taskdispatcher.gateway.embedded;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.taskdispatcher.gateway.test.RedisProgram;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The Redis that a gateway runs for itself, with each program that it may find. */
@Tag("redis")
class LocalRedisTest {

    @TempDir
    Path data;

    @TempDir
    Path tools;

    private final List<LocalRedis> started = new ArrayList<>();

    @AfterEach
    void end() {
        started.forEach(LocalRedis::close);
    }

    private RedisBinary binary(RedisProgram program) throws IOException {
        Path empty = Files.createDirectories(tools.resolve(Integer.toString(started.size())));
        return new RedisBinary(
                program.path(empty),
                System.getProperty("os.name"),
                System.getProperty("os.arch"),
                RedisBinary.class.getClassLoader());
    }

    private LocalRedis start(Path dir, RedisProgram program) throws IOException {
        LocalRedis redis = LocalRedis.start(dir, binary(program));
        started.add(redis);
        return redis;
    }

    private static <T> T ask(LocalRedis redis, Function<RedisCommands<String, String>, T> question) {
        try (RedisClient client = RedisClient.create(redis.url())) {
            return question.apply(client.connect().sync());
        }
    }

    private static long pid(LocalRedis redis) {
        return Long.parseLong(ask(redis, it -> it.info("server")).replaceFirst("(?s).*process_id:(\\d+).*", "$1"));
    }

    @ParameterizedTest
    @EnumSource
    void hasEndedWhenCloseReturnsAndItsDataIsThereAgain(RedisProgram program) throws IOException {
        LocalRedis first = start(data, program);
        long pid = pid(first);
        // Enough that writing it all to a second file would take a while.
        String value = "x".repeat(1 << 20);
        ask(first, it -> {
            for (int i = 0; i < 200; i++) {
                it.set("key-" + i, value);
            }
            return null;
        });
        first.close();
        assertThat(ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false))
                .as("its directory may be deleted now")
                .isFalse();
        assertThat(data.resolve("redis").resolve("dump.rdb"))
                .as("the append-only file is what is kept")
                .doesNotExist();

        LocalRedis again = start(data, program);
        assertThat(again.joined()).isFalse();
        assertThat(LocalRedisTest.<String>ask(again, it -> it.get("key-199"))).isEqualTo(value);
    }

    @ParameterizedTest
    @EnumSource
    void runsWithTheOptionsThatTheReadmeAsksFor(RedisProgram program) throws IOException {
        LocalRedis redis = start(data.resolve("a directory with spaces"), program);
        var options = ask(redis, it -> it.configGet("*"));
        assertThat(options)
                .containsEntry("appendonly", "yes")
                .containsEntry("appendfsync", "everysec")
                .containsEntry("save", "")
                .containsEntry("bind", "127.0.0.1")
                .containsEntry("maxmemory-policy", "noeviction");
        assertThat(options.get("client-output-buffer-limit"))
                .contains("pubsub " + (64 << 20) + " " + (16 << 20) + " 60");
    }

    @ParameterizedTest
    @EnumSource
    void aRedisThatIsKilledIsStartedAgainWithItsData(RedisProgram program) throws IOException {
        LocalRedis redis = start(data, program);
        LocalRedis joined = start(data, program);
        assertThat(joined.joined()).isTrue();
        assertThat(joined.url()).isEqualTo(redis.url());
        ask(redis, it -> it.set("kept", "yes"));
        // The append-only file is synced within a second of the write; the kernel has the bytes at once.
        long pid = pid(redis);
        ProcessHandle.of(pid).orElseThrow().destroyForcibly();
        await().atMost(Duration.ofSeconds(20))
                .ignoreExceptions()
                .until(() -> pid(redis) != pid && "yes".equals(ask(redis, it -> it.get("kept"))));
        long second = pid(redis);
        redis.close();
        joined.close();
        assertThat(ProcessHandle.of(second).map(ProcessHandle::isAlive).orElse(false))
                .as("a Redis that was started again ends too")
                .isFalse();
    }

    /** A gateway that was killed leaves its Redis; the next gateway joins that Redis. */
    @ParameterizedTest
    @EnumSource
    void staysWhileAnotherGatewayIsConnected(RedisProgram program) throws IOException {
        LocalRedis redis = start(data, program);
        RedisURI uri = RedisURI.create(redis.url());
        uri.setClientName("td:gateway:test");
        try (RedisClient other = RedisClient.create(uri)) {
            var commands = other.connect().sync();
            redis.close();
            assertThat(commands.ping()).isEqualTo("PONG");
        }
        LocalRedis next = start(data, program);
        assertThat(next.joined()).isTrue();
    }

    @Test
    void dataOfRedis62OpensWithTheBundledRedis() throws IOException {
        LocalRedis older = start(data, RedisProgram.REDIS_6_2);
        ask(older, it -> it.hset("task", "status", "queued"));
        ask(older, RedisCommands::bgrewriteaof);
        older.close();
        LocalRedis newer = start(data, RedisProgram.BUNDLED);
        assertThat(LocalRedisTest.<String>ask(newer, it -> it.hget("task", "status")))
                .isEqualTo("queued");
        assertThat(LocalRedisTest.<String>ask(newer, it -> it.info("server"))).contains("redis_version:7.");
    }

    @Test
    void dataOfANewerRedisIsNamedAsTheCause() throws IOException {
        Path files = Files.createDirectories(data.resolve("redis").resolve("appendonlydir"));
        Files.writeString(files.resolve("appendonly.aof.1.base.rdb"), "REDIS0099" + "x".repeat(100), US_ASCII);
        Files.writeString(files.resolve("appendonly.aof.1.incr.aof"), "");
        Files.writeString(
                files.resolve("appendonly.aof.manifest"),
                "file appendonly.aof.1.base.rdb seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n");
        assertThatThrownBy(() -> start(data, RedisProgram.BUNDLED))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("written by a newer Redis")
                .hasMessageContaining("DATA_DIR");
    }

    /** Redis ends after it has become a daemon: the error comes at once, not after a time limit. */
    @Test
    void dataThatRedisCannotReadFailWithItsLog() throws IOException {
        Path files = Files.createDirectories(data.resolve("redis").resolve("appendonlydir"));
        Files.writeString(files.resolve("appendonly.aof.manifest"), "nonsense\n");
        long startedAt = System.nanoTime();
        assertThatThrownBy(() -> start(data, RedisProgram.BUNDLED))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Redis does not start")
                .hasMessageContaining("redis.log")
                .hasMessageContaining("manifest");
        assertThat(Duration.ofNanos(System.nanoTime() - startedAt)).isLessThan(Duration.ofSeconds(30));
    }

    @Test
    void aPortThatIsTakenIsNotUsed() throws IOException {
        LocalRedis first = start(data, RedisProgram.BUNDLED);
        int port = RedisURI.create(first.url()).getPort();
        first.close();
        try (ServerSocket other = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            LocalRedis again = start(data, RedisProgram.BUNDLED);
            assertThat(RedisURI.create(again.url()).getPort()).isNotEqualTo(other.getLocalPort());
        }
    }

    @Test
    void aDirectoryThatCannotBeWrittenIsNamed() throws IOException {
        Path file = Files.writeString(data.resolve("file"), "");
        assertThatThrownBy(() -> start(file, RedisProgram.BUNDLED))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("DATA_DIR " + file + " cannot be written");
    }
}
