package io.github.taskdispatcher.gateway.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.config.GatewayConfig.RedisConfig;
import io.github.taskdispatcher.gateway.store.SessionStore.Ended;
import io.github.taskdispatcher.gateway.test.TestRedis;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The sessions that ended early, on a real Redis. */
@Tag("redis")
class RedisSessionsTest {

    private static final int BOUND = 10;

    private final RedisLink link = new RedisLink(new RedisConfig(TestRedis.url(), "td:"), "G-sessions");
    private final RedisClock clock = clock();
    private final Keys keys = new Keys(TestRedis.freshPrefix());
    private final RedisSide side = link.side();
    private final RedisSessions sessions = new RedisSessions(side, keys, clock, BOUND);

    private RedisClock clock() {
        RedisClock read = new RedisClock(link);
        read.read().join();
        return read;
    }

    @AfterEach
    void close() {
        side.call(redis -> redis.del(keys.endedSessions())).join();
        side.close();
        link.close();
    }

    private List<Ended> ended() {
        return sessions.ended().orTimeout(10, TimeUnit.SECONDS).join();
    }

    private void end(String id, long until) {
        sessions.end(new Ended(id, until)).orTimeout(10, TimeUnit.SECONDS).join();
    }

    @Test
    void anEndedSessionIsKnownUntilItsOwnTimeIsOver() {
        long until = clock.now() + 60_000;
        end("one", until);
        end("one", until);
        end("over", clock.now() - 1);
        assertThat(ended()).containsExactly(new Ended("one", until));
        assertThat(side.call(redis -> redis.zcard(keys.endedSessions())).join()).isEqualTo(1);
        assertThat(side.call(redis -> redis.pttl(keys.endedSessions())).join()).isPositive();
    }

    @Test
    void aFullListEndsTheOlderHalfAsAWholeAndNothingIsValidAgain() {
        long from = clock.now() + 60_000;
        for (int i = 0; i < 10 * BOUND; i++) {
            end("s" + i, from + i);
            List<Ended> now = ended();
            assertThat(now).hasSizeLessThanOrEqualTo(BOUND + 1);
            long all = now.stream()
                    .filter(session -> session.id().equals(Ended.EVERY))
                    .mapToLong(Ended::until)
                    .max()
                    .orElse(0);
            for (int j = 0; j <= i; j++) {
                Ended session = new Ended("s" + j, from + j);
                assertThat(session.until() <= all || now.contains(session))
                        .as("%s after %s", session, i)
                        .isTrue();
            }
        }
    }
}
