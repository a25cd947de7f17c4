package io.github.taskdispatcher.gateway.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Redis that a gateway starts for itself, at its end. */
class LocalRedisCloseTest {

    @TempDir
    Path data;

    private static <T> T ask(LocalRedis redis, Function<RedisCommands<String, String>, T> question) {
        try (RedisClient client = RedisClient.create(redis.url())) {
            return question.apply(client.connect().sync());
        }
    }

    private static long pid(LocalRedis redis) {
        return Long.parseLong(ask(redis, it -> it.info("server")).replaceFirst("(?s).*process_id:(\\d+).*", "$1"));
    }

    @Test
    void hasEndedWhenCloseReturnsAndItsDataIsThereAgain() throws IOException {
        LocalRedis first = LocalRedis.start(data);
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

        LocalRedis again = LocalRedis.start(data);
        String kept = ask(again, it -> it.get("key-199"));
        assertThat(kept).isEqualTo(value);
        again.close();
    }
}
