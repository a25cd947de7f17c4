package io.github.taskdispatcher.gateway.store.redis;

import io.github.taskdispatcher.gateway.store.TaskStore;
import io.lettuce.core.output.ValueListOutput;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.util.List;

/**
 * Reads fields of a hash that may be large. The reply has a value or null for each field. The longer the reply, the longer the
 * caller waits for it. The 33 MB of the largest result took longer than the two seconds of a small call on a busy machine of two cores.
 */
final class LargeRead extends AsyncCommand<String, byte[], List<byte[]>> {

    private final long limitMs;

    /** @param bytes how large the reply is */
    LargeRead(String key, long bytes, String... fields) {
        super(new Command<>(CommandType.HMGET, new ValueListOutput<>(RedisLink.CODEC), arguments(key, fields)));
        limitMs = RedisSetup.COMMAND_TIMEOUT.toMillis() + TaskStore.transferMs(bytes);
    }

    /** How long its reply is waited for. */
    long limitMs() {
        return limitMs;
    }

    private static CommandArgs<String, byte[]> arguments(String key, String[] fields) {
        CommandArgs<String, byte[]> all = new CommandArgs<>(RedisLink.CODEC).addKey(key);
        for (String field : fields) {
            all.add(field);
        }
        return all;
    }
}
