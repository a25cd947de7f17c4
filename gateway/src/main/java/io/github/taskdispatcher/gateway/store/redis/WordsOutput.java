package io.github.taskdispatcher.gateway.store.redis;

import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.output.CommandOutput;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** The reply of a script: a list of words, which may be raw bytes. Filled by the client's thread. */
final class WordsOutput extends CommandOutput<String, byte[], List<byte[]>> {

    WordsOutput(RedisCodec<String, byte[]> codec) {
        super(codec, null);
    }

    @Override
    public void multi(int count) {
        if (output == null) {
            output = new ArrayList<>(Math.max(count, 1));
        }
    }

    @Override
    public void set(ByteBuffer bytes) {
        output.add(bytes == null ? null : codec.decodeValue(bytes));
    }
}
