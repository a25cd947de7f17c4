package io.github.taskdispatcher.gateway.store.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.taskdispatcher.gateway.config.GatewayConfig.RedisConfig;
import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.testkit.FaultProxy;
import io.lettuce.core.RedisCommandTimeoutException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Large calls and small ones side by side. */
@Tag("redis")
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

    private CompletableFuture<String> note(String group, byte[] rest) {
        return note(link, PATIENCE_MS, group, rest);
    }

    /** Notes the group; the script does not look at the rest. */
    private CompletableFuture<String> note(RedisLink by, long limitMs, String group, byte[] rest) {
        return by.run(
                Script.ACCEPT,
                limitMs,
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

    /** A link so slow that a small call would be given up. */
    @Test
    void aLargeReplyIsWaitedForAsLongAsItsSizeMayTake() throws Exception {
        String key = base + "large";
        byte[] value = new byte[LARGE_BYTES];
        link.call(redis -> redis.hset(key, "result", value)).join();
        try (FaultProxy proxy = new FaultProxy(URI.create(TestRedis.url()).getPort());
                RedisLink slow =
                        new RedisLink(new RedisConfig("redis://127.0.0.1:" + proxy.port(), "td:"), "slow-test")) {
            CompletableFuture<Void> stalled = proxy.stallBefore("HMGET");
            CompletableFuture<List<byte[]>> small = slow.read(new LargeRead(key, 1, "result", "error"));
            stalled.join();
            CompletableFuture<List<byte[]>> large = slow.read(new LargeRead(key, 10L * LARGE_BYTES, "result", "error"));
            assertThatThrownBy(() -> small.get(PATIENCE_MS, TimeUnit.MILLISECONDS))
                    .hasRootCauseInstanceOf(RedisCommandTimeoutException.class);
            assertThat(large).isNotDone();
            proxy.heal();
            assertThat(large.get(PATIENCE_MS, TimeUnit.MILLISECONDS)).containsExactly(value, null);
        } finally {
            link.call(redis -> redis.del(key)).join();
        }
    }

    /** Each large call has time for those before it: given up and made again, they would only make more of them. */
    @Test
    void largeCallsHaveTimeForThoseBeforeThem() throws Exception {
        byte[] much = new byte[LARGE_BYTES];
        try (FaultProxy proxy = new FaultProxy(URI.create(TestRedis.url()).getPort());
                RedisLink slow =
                        new RedisLink(new RedisConfig("redis://127.0.0.1:" + proxy.port(), "td:"), "slow-test")) {
            note(slow, 100, "first", new byte[0]).get(PATIENCE_MS, TimeUnit.MILLISECONDS);
            proxy.stall();
            CompletableFuture<String> small = note(slow, 100, "small", new byte[0]);
            CompletableFuture<String> one = note(slow, 100, "one", much);
            note(slow, 100, "two", much);
            note(slow, 100, "three", much);
            note(slow, 100, "four", much);
            CompletableFuture<String> last = note(slow, 100, "last", much);
            assertThatThrownBy(() -> small.get(PATIENCE_MS, TimeUnit.MILLISECONDS))
                    .hasRootCauseInstanceOf(RedisCommandTimeoutException.class);
            assertThatThrownBy(() -> one.get(PATIENCE_MS, TimeUnit.MILLISECONDS))
                    .hasRootCauseInstanceOf(RedisCommandTimeoutException.class);
            assertThat(last).as("it has time for the four before it").isNotDone();
            proxy.heal();
            assertThat(last.get(PATIENCE_MS, TimeUnit.MILLISECONDS)).isEqualTo("noted");
        }
    }
}
