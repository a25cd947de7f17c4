package io.github.taskdispatcher.gateway.store.redis;

import static io.github.taskdispatcher.gateway.store.redis.RedisLink.bytes;
import static io.github.taskdispatcher.gateway.store.redis.RedisLink.number;
import static io.github.taskdispatcher.gateway.store.redis.RedisLink.text;

import io.github.taskdispatcher.gateway.store.KeptRequest;
import io.lettuce.core.SetArgs;
import java.util.concurrent.CompletableFuture;

/** The keys of requests: one text each, in no group's slot. See {@link KeptRequest}. Any thread. */
final class RedisRequests {

    /** How long the key of a refused request is kept: longer than a submit that has read the key takes. */
    private static final long REFUSED_MS = 10_000;

    private final RedisLink link;
    private final RedisScripts scripts;
    private final Keys keys;

    RedisRequests(RedisLink link, RedisScripts scripts, Keys keys) {
        this.link = link;
        this.scripts = scripts;
        this.keys = keys;
    }

    CompletableFuture<KeptRequest> once(String key, KeptRequest mine, long lifeMs) {
        // Both go out together. The key may expire in between: then the next call keeps ours.
        SetArgs ifNew = SetArgs.Builder.nx().px(lifeMs);
        return link.call(redis -> redis.set(keys.once(key), bytes(mine.text()), ifNew)
                        .thenCombine(redis.get(keys.once(key)), (set, kept) -> kept))
                .thenCompose(kept -> {
                    if (kept == null) {
                        return once(key, mine, lifeMs);
                    }
                    KeptRequest found = KeptRequest.parse(text(kept));
                    return found.wasRefused() ? reclaim(key, mine, lifeMs) : CompletableFuture.completedFuture(found);
                });
    }

    private CompletableFuture<KeptRequest> reclaim(String key, KeptRequest mine, long lifeMs) {
        return scripts.run(
                Script.RECLAIM,
                keys.once(key),
                ReplyDecoder::kept,
                bytes(mine.text()),
                bytes(mine.id().text()),
                number(lifeMs));
    }

    CompletableFuture<Void> keep(String key, KeptRequest mine, long lifeMs) {
        SetArgs life = SetArgs.Builder.px(lifeMs);
        return link.call(redis -> redis.set(keys.once(key), bytes(mine.text()), life))
                .thenApply(set -> null);
    }

    CompletableFuture<Void> refuse(String key, KeptRequest kept) {
        return scripts.run(
                Script.REFUSE, keys.once(key), ReplyDecoder::nothing, bytes(kept.text()), number(REFUSED_MS));
    }

    CompletableFuture<Void> confirm(String key, KeptRequest kept, long lifeMs) {
        return scripts.run(Script.CONFIRM, keys.once(key), ReplyDecoder::nothing, bytes(kept.task()), number(lifeMs));
    }
}
