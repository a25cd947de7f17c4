package io.github.taskdispatcher.gateway.store.redis;

import static io.github.taskdispatcher.gateway.store.redis.RedisLink.CODEC;
import static io.github.taskdispatcher.gateway.store.redis.RedisLink.bytes;

import io.lettuce.core.RedisException;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.output.NestedMultiOutput;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether Redis does what tasks need. Each command that the scripts and the gateway use for tasks is sent once, on a key of its own
 * that holds a text: Redis looks at the rights first and then refuses most of them, because the key has the wrong type. So nothing
 * changes, and Redis 6.2 tells as much as 7. What only the pages need is not among them.
 *
 * @param commands those that the user may not use, in capitals
 * @param keys whether the user may not read or write the gateway's keys
 * @param channels whether the user may not use the gateway's channels
 * @param unknown commands that Redis does not know, in capitals
 * @param refusals what else Redis answered instead of doing as it was told, such as {@code READONLY ...}
 */
record NeededRights(
        TreeSet<String> commands, boolean keys, boolean channels, TreeSet<String> unknown, List<String> refusals) {

    /** The key stands behind the first word. */
    private static final List<String> ON_THE_KEY = List.of(
            "EXISTS",
            "GET",
            "HDEL f",
            "HGET f",
            "HINCRBY f 1",
            "HLEN",
            "HMGET f",
            "HSET f v",
            "HSTRLEN f",
            "LINDEX 0",
            "LINSERT BEFORE v v",
            "LLEN",
            "LPOP",
            "LPOS v",
            "LPUSH v",
            "LRANGE 0 0",
            "LREM 0 v",
            "LTRIM 0 0",
            "PERSIST",
            "PTTL",
            "RPUSH v",
            "SADD v",
            "SCARD",
            "SRANDMEMBER 1",
            "SREM v",
            "XADD * f v",
            "XRANGE - +",
            "ZADD 1 v",
            "ZCARD",
            "ZCOUNT 0 0",
            "ZMSCORE v",
            "ZRANGE 0 0",
            "ZRANGEBYSCORE 0 0",
            "ZREM v",
            "ZREMRANGEBYSCORE 0 0",
            "ZREVRANGE 0 0",
            "ZSCAN 0",
            "ZSCORE v",
            "PEXPIRE 1000",
            "DEL");

    /** In a cluster of two, one chance in 65,536 remains that all of them are on this node. */
    private static final int SLOTS_TRIED = 16;

    /** Of no script. */
    private static final String UNKNOWN_SCRIPT = "0".repeat(40);

    private static final Pattern COMMAND = Pattern.compile("run the '([^']+)'");
    private static final Pattern UNKNOWN = Pattern.compile("unknown command '?`?([^'`,]+)");

    /** Tries them. Completes when Redis has answered all; fails when it does not answer. */
    static CompletableFuture<NeededRights> of(
            StatefulRedisConnection<String, byte[]> connection, Keys keys, String gatewayId) {
        String key = keys.check(gatewayId);
        List<AsyncCommand<String, byte[], List<Object>>> tried = new ArrayList<>();
        tried.add(command("SET", key, "v", "PX", "1000"));
        tried.add(command("TIME"));
        tried.add(command("EVALSHA", UNKNOWN_SCRIPT, "1", key));
        tried.add(command("EVAL", "return 1", "1", key));
        for (String line : ON_THE_KEY) {
            String[] words = line.split(" ");
            String[] args = new String[words.length];
            args[0] = key;
            System.arraycopy(words, 1, args, 1, words.length - 1);
            tried.add(command(words[0], args));
        }
        for (int slot = 0; slot < SLOTS_TRIED; slot++) {
            tried.add(command("EXISTS", keys.check(gatewayId, slot)));
        }
        tried.add(command("PUBLISH", keys.channel(gatewayId), ""));
        connection.dispatch(tried);
        List<CompletableFuture<String>> errors =
                tried.stream().map(NeededRights::error).toList();
        return CompletableFuture.allOf(errors.toArray(CompletableFuture[]::new))
                .thenApply(done -> judged(errors.stream()
                        .map(CompletableFuture::join)
                        .filter(error -> !error.isEmpty())
                        .toList()));
    }

    /** The commands that are tried, in capitals. */
    static TreeSet<String> tried() {
        TreeSet<String> names = new TreeSet<>(List.of("SET", "TIME", "EVALSHA", "EVAL", "PUBLISH"));
        ON_THE_KEY.forEach(line -> names.add(line.split(" ")[0]));
        return names;
    }

    private static AsyncCommand<String, byte[], List<Object>> command(String name, String... args) {
        CommandArgs<String, byte[]> all = new CommandArgs<>(CODEC);
        for (String arg : args) {
            all.add(bytes(arg));
        }
        return new AsyncCommand<>(new Command<>(CommandType.valueOf(name), new NestedMultiOutput<>(CODEC), all));
    }

    /** What Redis answered if that is an error, or nothing. */
    private static CompletableFuture<String> error(AsyncCommand<String, byte[], List<Object>> command) {
        return command.toCompletableFuture().handle((reply, failure) -> {
            if (failure == null) {
                return "";
            }
            if (!RedisLink.isAnswer(failure)) {
                throw failure instanceof RedisException known ? known : new RedisException(failure);
            }
            return String.valueOf(failure.getMessage());
        });
    }

    /** What errors of Redis tell. */
    static NeededRights judged(List<String> errors) {
        NeededRights rights = new NeededRights(new TreeSet<>(), false, false, new TreeSet<>(), new ArrayList<>());
        for (String error : errors) {
            rights = rights.and(error);
        }
        return rights;
    }

    private NeededRights and(String error) {
        Matcher denied = COMMAND.matcher(error);
        Matcher notKnown = UNKNOWN.matcher(error);
        if (error.startsWith("NOPERM") && denied.find()) {
            commands.add(denied.group(1).toUpperCase(Locale.ROOT));
        } else if (error.startsWith("NOPERM")) {
            boolean channel = error.contains("channel");
            return new NeededRights(commands, keys || !channel, channels || channel, unknown, refusals);
        } else if (notKnown.find()) {
            unknown.add(notKnown.group(1).strip().toUpperCase(Locale.ROOT));
        } else if (!error.startsWith("WRONGTYPE") && !error.startsWith("NOSCRIPT") && !error.startsWith("OOM")) {
            refusals.add(error);
        }
        return this;
    }

    /** What Redis answered with one of these first words. */
    Optional<String> refusal(String... firstWords) {
        return refusals.stream()
                .filter(error -> List.of(firstWords).contains(error.split(" ", 2)[0]))
                .findFirst();
    }

    /** That Redis takes no writes, why, and what to do; empty when it takes them. */
    Optional<String> noWrites() {
        if (refusal("READONLY").isPresent()) {
            return Optional.of("Redis is a read-only replica. Set REDIS_URL to its primary, or to redis-sentinel://");
        }
        return refusals.stream()
                .findFirst()
                .map(refusal -> "Redis takes no writes. It says: " + ConnectFailure.cleaned(refusal));
    }

    /** What the user may not do, and the rules that allow it; empty when nothing is missing. */
    Optional<String> missing(String user, String prefix) {
        List<String> what = new ArrayList<>();
        List<String> rules = new ArrayList<>();
        if (!commands.isEmpty()) {
            what.add("use " + String.join(", ", commands));
            commands.forEach(command -> rules.add("+" + command.toLowerCase(Locale.ROOT)));
        }
        if (keys) {
            what.add("read and write the keys " + prefix + "*");
            rules.add("~" + prefix + "*");
        }
        if (channels) {
            what.add("use the channels " + prefix + "*");
            rules.add("&" + prefix + "*");
        }
        return what.isEmpty()
                ? Optional.empty()
                : Optional.of("the Redis user " + user + " may not " + String.join(", nor ", what)
                        + ". Allow it: ACL SETUSER " + user + " " + String.join(" ", rules));
    }
}
