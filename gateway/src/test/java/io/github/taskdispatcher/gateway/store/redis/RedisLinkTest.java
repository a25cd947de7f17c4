package io.github.taskdispatcher.gateway.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.config.GatewayConfig.RedisConfig;
import io.github.taskdispatcher.gateway.test.TestRedis;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Large calls and small ones side by side. */
class RedisLinkTest {

    private static final long PATIENCE_MS = 30_000;
    private static final int LARGE = 20;
    private static final int LARGE_BYTES = 8_000_000;

    private final String base = TestRedis.freshPrefix() + "{*}:";
    private final RedisLink link = new RedisLink(new RedisConfig(TestRedis.url(), "td:"), "link-test");

    @AfterEach
    void close() {
        link.close();
    }

    /** Notes the group; the script does not look at the rest. */
    private CompletableFuture<String> note(String group, byte[] rest) {
        return link.run(
                Script.ACCEPT,
                PATIENCE_MS,
                base,
                words -> RedisLink.text(words.get(0)),
                RedisLink.bytes("0"),
                RedisLink.bytes("0"),
                RedisLink.bytes("1000"),
                RedisLink.bytes("G"),
                RedisLink.bytes(group),
                RedisLink.bytes("00ff"),
                RedisLink.bytes("1000"),
                RedisLink.bytes("200"),
                rest);
    }

    @Test
    void aSmallCallDoesNotWaitBehindLargeOnes() throws Exception {
        byte[] nothing = {};
        assertThat(note("first", nothing).get(PATIENCE_MS, TimeUnit.MILLISECONDS))
                .isEqualTo("noted");
        byte[] much = new byte[LARGE_BYTES];
        List<CompletableFuture<String>> large = new ArrayList<>();
        for (int i = 0; i < LARGE; i++) {
            large.add(note("large" + i, much));
        }
        for (int i = 0; i < 3; i++) {
            assertThat(note("small" + i, nothing).get(PATIENCE_MS, TimeUnit.MILLISECONDS))
                    .isEqualTo("noted");
        }
        assertThat(large.stream().filter(CompletableFuture::isDone).count())
                .as("large calls that were answered before three small ones, made after them one by one")
                .isLessThan(LARGE - 5L);
        for (CompletableFuture<String> call : large) {
            assertThat(call.get(PATIENCE_MS, TimeUnit.MILLISECONDS)).isEqualTo("noted");
        }
    }
}
