package io.github.taskdispatcher.gateway.store.redis;

import io.github.taskdispatcher.gateway.store.MissingRight;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * What Redis tells of itself, by {@code INFO} and {@code CONFIG GET}. A hosted Redis, or an ACL, may refuse either: then the other
 * one is used, as far as it tells the same.
 *
 * @param info the fields of {@code INFO}; empty when it is refused
 * @param policy {@code maxmemory-policy}, empty when Redis does not tell
 * @param appendonly {@code yes} or {@code no}, empty when Redis does not tell
 * @param missing the commands that were refused and without which something is not known
 */
record RedisFacts(Map<String, String> info, String policy, String appendonly, List<String> missing) {

    /** Runs a command on a connection. */
    interface Caller {
        <T> CompletableFuture<T> call(Function<RedisAsyncCommands<String, byte[]>, CompletionStage<T>> command);
    }

    private record Read(Map<String, String> fields, String missing) {}

    /** Asks Redis. Fails when Redis does not answer; that it refuses a command is no failure. */
    static CompletableFuture<RedisFacts> read(Caller redis) {
        CompletableFuture<Read> info =
                allowing("INFO", redis.call(commands -> commands.info()).thenApply(RedisFacts::fields));
        CompletableFuture<Read> policy =
                allowing("CONFIG|GET", redis.call(commands -> commands.configGet("maxmemory-policy")));
        CompletableFuture<Read> appendonly =
                allowing("CONFIG|GET", redis.call(commands -> commands.configGet("appendonly")));
        return CompletableFuture.allOf(info, policy, appendonly)
                .thenApply(read -> of(info.join(), policy.join(), appendonly.join()));
    }

    private static RedisFacts of(Read info, Read policyRead, Read appendonlyRead) {
        Map<String, String> facts = info.fields;
        String policy = policyRead.fields.getOrDefault("maxmemory-policy", facts.getOrDefault("maxmemory_policy", ""));
        String enabled = facts.getOrDefault("aof_enabled", "");
        String appendonly = appendonlyRead.fields.getOrDefault(
                "appendonly", enabled.isEmpty() ? "" : enabled.equals("1") ? "yes" : "no");
        List<String> missing = new ArrayList<>();
        if (info.missing != null) {
            missing.add(info.missing);
        }
        boolean untold = policy.isEmpty() || appendonly.isEmpty();
        if (untold && policyRead.missing != null) {
            missing.add(policyRead.missing);
        }
        return new RedisFacts(facts, policy, appendonly, List.copyOf(missing));
    }

    /** A refusal is empty fields; hosted Redis answers an unknown command instead of a missing right. */
    private static CompletableFuture<Read> allowing(String command, CompletableFuture<Map<String, String>> asked) {
        return asked.thenApply(fields -> new Read(fields, null)).exceptionally(failure -> {
            boolean unknown = String.valueOf(failure.getMessage()).contains("unknown command");
            if (MissingRight.of(failure).isEmpty() && !unknown) {
                throw failure instanceof CompletionException wrapped ? wrapped : new CompletionException(failure);
            }
            return new Read(Map.of(), command);
        });
    }

    private static Map<String, String> fields(String info) {
        Map<String, String> fields = new HashMap<>();
        info.lines().filter(line -> line.contains(":")).forEach(line -> {
            int colon = line.indexOf(':');
            fields.put(line.substring(0, colon), line.substring(colon + 1).strip());
        });
        return fields;
    }

    /** Whether Redis is loading its data; false when it does not tell. */
    boolean isLoading() {
        return info.getOrDefault("loading", "0").equals("1");
    }

    /** How far that is, to be set behind a sentence; empty when Redis does not tell. */
    String loading() {
        String share = info.getOrDefault("loading_loaded_perc", "");
        String left = info.getOrDefault("loading_eta_seconds", "");
        return share.isEmpty() ? "" : ": " + share + " %" + (left.isEmpty() ? "" : ", about " + left + " s left");
    }

    /** A number of {@code INFO}; 0 when Redis does not tell. */
    long number(String field) {
        String text = info.get(field);
        return text == null || !text.matches("\\d{1,18}") ? 0 : Long.parseLong(text);
    }

    /** What an operator should change, in words; that Redis evicts is no warning but {@linkplain #problem problem}. */
    List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        if (appendonly.equals("no")) {
            warnings.add("Redis keeps no append-only file: accepted tasks are lost when Redis crashes or is killed."
                    + " Set appendonly yes");
        }
        if (!missing.isEmpty() && (policy.isEmpty() || appendonly.isEmpty())) {
            warnings.add(
                    "Redis does not tell whether it keeps accepted tasks: the gateway's Redis user may run neither"
                            + " INFO nor CONFIG|GET. Allow +info, or make sure of appendonly yes and maxmemory-policy noeviction");
        }
        return warnings;
    }

    /** Why tasks would not be kept, in words; null when they are, or when Redis does not tell. */
    String problem() {
        return policy.isEmpty() || policy.equals("noeviction")
                ? null
                : "Redis would evict tasks: its maxmemory-policy is " + policy + ", set it to noeviction";
    }
}
