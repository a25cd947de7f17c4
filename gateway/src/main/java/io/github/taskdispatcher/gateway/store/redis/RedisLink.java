package io.github.taskdispatcher.gateway.store.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.taskdispatcher.gateway.config.GatewayConfig.RedisConfig;
import io.github.taskdispatcher.gateway.store.StoreException;
import io.github.taskdispatcher.gateway.store.TaskStore;
import io.lettuce.core.RedisBusyException;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisLoadingException;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.DefaultEventLoopGroupProvider;
import io.lettuce.core.resource.Delay;
import io.lettuce.core.resource.EventLoopGroupProvider;
import io.lettuce.core.resource.NettyCustomizer;
import io.netty.channel.Channel;
import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The connections to Redis: one for commands, one for hints, and one for calls with large arguments or replies, so that no small
 * call waits behind a large one. The library reconnects by itself and never sends a command twice: a call that was under way when
 * the connection broke fails at once, and so does every call while there is no connection.
 *
 * <p>Any thread may call. One thread of the client does all reading and writing, and runs the code that follows a reply. That code
 * must not block or take long. Scripts go out in {@linkplain ScriptBatches batches}. A small call may overtake a large one that
 * was made before it: a caller that needs an order waits for the reply.
 */
final class RedisLink implements AutoCloseable {

    /** A call with more bytes is large: Redis takes about as long to read this many as to run a script. */
    private static final int LARGE_BYTES = 64 * 1024;

    static final RedisCodec<String, byte[]> CODEC = RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);

    /** One thread. The client's own pool has at least two, and each batch would cross between them. */
    private final EventLoopGroupProvider loops = new DefaultEventLoopGroupProvider(1);

    private final ClientResources resources;
    private final RedisClient client;
    private final StatefulRedisConnection<String, byte[]> connection;
    private final StatefulRedisConnection<String, byte[]> large;
    private final StatefulRedisPubSubConnection<String, byte[]> hints;
    private final ScriptBatches scripts;
    private final ScriptBatches largeScripts;
    private final RedisURI uri;
    private final StartCheck check;
    private volatile Subscription subscription;

    /**
     * Connects, waiting for it, and for Redis while it loads its data.
     *
     * @param gatewayId this process's own
     * @throws io.github.taskdispatcher.gateway.store.UnusableStoreException when Redis cannot be reached or used
     * @throws io.lettuce.core.RedisException when Redis goes away meanwhile
     */
    RedisLink(RedisConfig config, String gatewayId) {
        uri = RedisSetup.uri(config, "td:gateway:" + gatewayId);
        AtomicReference<EventExecutor> thread = new AtomicReference<>();
        resources = DefaultClientResources.builder()
                .reconnectDelay(
                        Delay.fullJitter(Duration.ofMillis(50), Duration.ofSeconds(1), 50, TimeUnit.MILLISECONDS))
                .eventLoopGroupProvider(loops)
                .nettyCustomizer(new NettyCustomizer() {
                    @Override
                    public void afterChannelInitialized(Channel channel) {
                        thread.set(channel.eventLoop());
                    }
                })
                .build();
        client = RedisClient.create(resources, uri);
        client.setOptions(RedisSetup.options(config, null));
        try {
            check = new StartCheck(client, config, uri, gatewayId);
            check.run();
            connection = check.connected(() -> client.connect(CODEC));
            large = check.connected(() -> client.connect(CODEC));
            hints = check.connected(() -> client.connectPubSub(CODEC));
            scripts = new ScriptBatches(connection, thread.get());
            largeScripts = new ScriptBatches(large, thread.get());
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Subscribes; {@code onSubscribed} runs now and after each reconnection, when hints may have been lost. */
    void subscribe(String channel, Consumer<byte[]> onHint, Runnable onSubscribed) {
        subscription =
                new Subscription(hints, () -> client.connectPubSubAsync(CODEC, uri), channel, onHint, onSubscribed);
    }

    /** Opens one more connection, for calls that no task waits for: a large reply on it delays no task. Waits for it. */
    RedisSide side() {
        return new RedisSide(check.connected(() -> client.connect(CODEC)));
    }

    /** Replaces the subscription when it has gone deaf since the last call. */
    CompletableFuture<Void> checkSubscription(String channel) {
        Subscription current = subscription;
        return current == null
                ? CompletableFuture.completedFuture(null)
                : current.check(word -> connection.async().publish(channel, bytes(word)));
    }

    /**
     * Runs a script; its reply is a list of words, each as UTF-8 or raw bytes.
     *
     * @param limitMs how long the reply is waited for, and as long again as the arguments, and those of the calls before it, may
     *     take on their way: a call that was given up too early would be repeated while Redis still works on it
     * @param decode makes a value of the reply; runs on the client's thread
     */
    <T> CompletableFuture<T> run(
            Script script, long limitMs, String key, Function<List<byte[]>, T> decode, byte[]... args) {
        CompletableFuture<T> decoded = new CompletableFuture<>();
        long bytes = ScriptCall.bytes(args);
        ScriptBatches way = bytes > LARGE_BYTES ? largeScripts : scripts;
        long giveUpAt = System.nanoTime()
                + TimeUnit.MILLISECONDS.toNanos(limitMs + TaskStore.transferMs(way.pendingBytes() + bytes));
        way.send(new ScriptCall(giveUpAt, CommandType.EVALSHA, script.sha(), key, args), (words, failure) -> {
            if (failure instanceof RedisNoScriptException) {
                way.send(
                        new ScriptCall(giveUpAt, CommandType.EVAL, script.body(), key, args),
                        (again, refusal) -> complete(decoded, decode, again, refusal));
            } else {
                complete(decoded, decode, words, failure);
            }
        });
        return decoded;
    }

    private static <R, T> void complete(
            CompletableFuture<T> future, Function<R, T> decode, R reply, Throwable failure) {
        if (failure != null) {
            future.completeExceptionally(failed(failure));
            return;
        }
        try {
            future.complete(decode.apply(reply));
        } catch (RuntimeException e) {
            future.completeExceptionally(e);
        }
    }

    /** Runs a plain command. */
    <T> CompletableFuture<T> call(Function<RedisAsyncCommands<String, byte[]>, CompletionStage<T>> command) {
        CompletableFuture<T> answered = new CompletableFuture<>();
        command.apply(connection.async())
                .whenComplete((value, failure) -> complete(answered, Function.identity(), value, failure));
        return answered;
    }

    /** Runs a read whose reply may be large. */
    CompletableFuture<List<byte[]>> read(LargeRead command) {
        CompletableFuture<List<byte[]>> answered = new CompletableFuture<>();
        large.dispatch(command);
        command.whenComplete((values, failure) -> complete(answered, Function.identity(), values, failure));
        return answered;
    }

    /** Why Redis does not do what tasks need, for an operator; empty when it does. */
    CompletableFuture<Optional<String>> problem() {
        return check.problem(connection);
    }

    /** As the store tells it. */
    static StoreException failed(Throwable failure) {
        Throwable cause = cause(failure);
        // An error that Redis answered with; the script had not changed anything then. A Redis that loads its data, or
        // that a script keeps busy, is away for a while: the call is made again.
        return isAnswer(cause) && !isAway(cause) ? StoreException.refused(cause) : StoreException.unanswered(cause);
    }

    /** Whether Redis answered with an error. */
    static boolean isAnswer(Throwable failure) {
        return cause(failure) instanceof RedisCommandExecutionException;
    }

    /** Whether Redis answered that it does nothing for a while. */
    static boolean isAway(Throwable failure) {
        Throwable cause = cause(failure);
        Throwable told = cause instanceof StoreException ? cause.getCause() : cause;
        return told instanceof RedisLoadingException || told instanceof RedisBusyException;
    }

    /** Whether Redis answered a call with an error; false when it did not answer. */
    static boolean isRefused(Throwable failure) {
        Throwable cause = cause(failure);
        return cause instanceof StoreException told && told.isRefused();
    }

    private static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    static byte[] number(long number) {
        return bytes(Long.toString(number));
    }

    static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    static String text(byte[] bytes) {
        return new String(bytes, UTF_8);
    }

    @Override
    public void close() {
        client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        resources.shutdown(0, 2, TimeUnit.SECONDS);
        loops.shutdown(0, 2, TimeUnit.SECONDS);
    }
}
