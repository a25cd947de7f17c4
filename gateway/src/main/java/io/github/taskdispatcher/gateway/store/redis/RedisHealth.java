package io.github.taskdispatcher.gateway.store.redis;

import static io.github.taskdispatcher.gateway.store.redis.RedisLink.bytes;

import io.github.taskdispatcher.gateway.store.StoreHealth;
import io.github.taskdispatcher.gateway.store.TaskStore;
import io.github.taskdispatcher.task.GroupName;
import java.util.concurrent.CompletableFuture;

/** Whether Redis can be used, asked of Redis itself. Any thread. */
final class RedisHealth {

    private final RedisLink link;
    private final RedisClock clock;
    private final RedisScripts scripts;
    private final Keys keys;

    RedisHealth(RedisLink link, RedisClock clock, RedisScripts scripts, Keys keys) {
        this.link = link;
        this.clock = clock;
        this.scripts = scripts;
        this.keys = keys;
    }

    /** See {@link TaskStore#health}. */
    CompletableFuture<StoreHealth> ask() {
        return clock.read()
                .thenCompose(time -> RedisFacts.read(link::call))
                .thenCompose(facts -> facts.problem() == null
                        ? scriptsRun().thenApply(problem -> new StoreHealth(problem, facts.warnings()))
                        : CompletableFuture.completedFuture(StoreHealth.unusable(facts.problem())))
                .exceptionally(failure -> StoreHealth.unusable("Redis does not answer"));
    }

    /** Withdraws a task that does not exist: that script begins with a write, and there is nothing to write. */
    private CompletableFuture<String> scriptsRun() {
        return scripts.run(Script.WITHDRAW, keys.base(GroupName.DEFAULT), ReplyDecoder::nothing, bytes("none"))
                .<String>thenApply(ran -> null)
                .exceptionallyCompose(failure -> RedisLink.isAway(failure)
                        ? CompletableFuture.completedFuture("Redis is loading its data, or busy")
                        : link.problem()
                                .thenApply(problem -> problem.orElse("Redis refuses the scripts. See its log")));
    }
}
