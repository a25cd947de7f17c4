package io.github.taskdispatcher.gateway.store.redis;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.github.taskdispatcher.gateway.store.Assignment;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.protocol.RedisStateMachine;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Reading what {@code complete.lua} replies when it hands out the next task: from the bytes of the socket to the assignment. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class ReplyBenchmark {

    private static final RedisCodec<String, byte[]> CODEC = RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);

    @Param({"200", "1048576"})
    private int bytes;

    private final RedisStateMachine decoder = new RedisStateMachine();
    private ByteBuf reply;
    private List<byte[]> words;

    @Setup
    public void make() {
        String payload = "{\"model\":\"default\",\"data\":{\"text\":\"" + "x".repeat(bytes) + "\"}}";
        StringBuilder text = new StringBuilder("*5\r\n");
        for (String word : List.of(
                "recorded", "c8e5c5c2-be4f-8b31-a1b6-b2b957a078f4", "G-1a2b3c4d:17", "1795486526420", payload)) {
            text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
        }
        reply = Unpooled.directBuffer().writeBytes(text.toString().getBytes(US_ASCII));
        words = decode();
    }

    /** What the Redis client does. */
    @Benchmark
    public List<byte[]> decode() {
        WordsOutput output = new WordsOutput(CODEC);
        if (!decoder.decode(reply.readerIndex(0), output)) {
            throw new IllegalStateException("half a reply");
        }
        return output.get();
    }

    /** From words to the assignment. */
    @Benchmark
    public Assignment assignment() {
        return ReplyDecoder.completed(words).next();
    }
}
