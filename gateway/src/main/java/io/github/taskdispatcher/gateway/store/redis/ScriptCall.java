package io.github.taskdispatcher.gateway.store.redis;

import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.util.List;

/** A call of a script: its own future, of the words it replies. */
final class ScriptCall extends AsyncCommand<String, byte[], List<byte[]>> {

    private final long giveUpAtNanos;
    private final long bytes;

    /** @param giveUpAtNanos by {@link System#nanoTime()} */
    ScriptCall(long giveUpAtNanos, CommandType type, byte[] script, String key, byte[][] args) {
        super(new Command<>(type, new WordsOutput(RedisLink.CODEC), arguments(script, key, args)));
        this.giveUpAtNanos = giveUpAtNanos;
        bytes = bytes(args);
    }

    /** How large the arguments are together. */
    static long bytes(byte[][] args) {
        long bytes = 0;
        for (byte[] arg : args) {
            bytes += arg.length;
        }
        return bytes;
    }

    /** How large its arguments are together. */
    long bytes() {
        return bytes;
    }

    /** Fails the call when its time is over; says whether it did. */
    boolean giveUpIfOverdue(long now) {
        return now - giveUpAtNanos >= 0 && completeExceptionally(new RedisCommandTimeoutException("no reply in time"));
    }

    private static CommandArgs<String, byte[]> arguments(byte[] script, String key, byte[][] args) {
        CommandArgs<String, byte[]> all =
                new CommandArgs<>(RedisLink.CODEC).add(script).add(1).addKey(key);
        for (byte[] arg : args) {
            all.addValue(arg);
        }
        return all;
    }
}
