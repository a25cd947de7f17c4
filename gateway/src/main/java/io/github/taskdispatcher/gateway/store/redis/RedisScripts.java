package io.github.taskdispatcher.gateway.store.redis;

import static io.github.taskdispatcher.gateway.store.redis.RedisLink.bytes;

import io.github.taskdispatcher.gateway.store.TaskStore;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Runs scripts with the arguments that all of them begin with, see {@code lib/call.lua}. Any thread. */
final class RedisScripts {

    private static final byte[] REDIS_TIME = bytes("0");
    private static final byte[] ANY_TIME = bytes("0");

    private final RedisLink link;
    private final byte[] ttl;
    private final byte[] caller;

    /**
     * @param resultTtlMs how long an ended task stays readable
     * @param gatewayId the caller
     */
    RedisScripts(RedisLink link, long resultTtlMs, String gatewayId) {
        this.link = link;
        ttl = bytes(Long.toString(resultTtlMs));
        caller = bytes(gatewayId);
    }

    /**
     * Runs a script, whenever that may be.
     *
     * @param base what the keys of the script begin with
     * @param decode makes a value of the reply; runs on the client's thread
     */
    <T> CompletableFuture<T> run(Script script, String base, Function<List<byte[]>, T> decode, byte[]... args) {
        return runWithin(TaskStore.CALL_TIME_MS, script, base, ANY_TIME, decode, args);
    }

    /**
     * Runs a script.
     *
     * @param limitMs how long the reply is waited for
     * @param notAfter Redis time in ms after which the script does nothing; 0 for whenever
     */
    <T> CompletableFuture<T> runWithin(
            long limitMs,
            Script script,
            String base,
            byte[] notAfter,
            Function<List<byte[]>, T> decode,
            byte[]... args) {
        byte[][] all = new byte[args.length + 4][];
        all[0] = REDIS_TIME;
        all[1] = notAfter;
        all[2] = ttl;
        all[3] = caller;
        System.arraycopy(args, 0, all, 4, args.length);
        return link.run(script, limitMs, base, decode, all);
    }
}
