package io.github.taskdispatcher.gateway.store.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.taskdispatcher.gateway.store.StoreException;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.Delay;
import io.lettuce.core.resource.EpollProvider;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The connections to Redis: one for commands, one for hints. They come back by themselves, and a command is never sent a
 * second time by the library: what was under way when the connection broke fails at once, as does everything while there
 * is none.
 *
 * <p>Any thread may call. Results are handed to the executor; no code of ours runs on a Redis thread, except for the
 * hand-over itself.
 */
final class RedisLink implements AutoCloseable {

    private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(2);

    private final ClientResources resources;
    private final RedisClient client;
    private final StatefulRedisConnection<String, byte[]> connection;
    private final StatefulRedisPubSubConnection<String, String> hints;
    private final Executor executor;

    /**
     * Connects, waiting for it.
     *
     * @throws io.lettuce.core.RedisException when Redis cannot be reached
     */
    RedisLink(String url, String clientName, Executor executor) {
        this.executor = executor;
        RedisURI uri = RedisURI.create(url);
        uri.setTimeout(COMMAND_TIMEOUT);
        uri.setClientName("td:gateway:" + clientName);
        resources = DefaultClientResources.builder()
                .reconnectDelay(
                        Delay.fullJitter(Duration.ofMillis(50), Duration.ofSeconds(1), 50, TimeUnit.MILLISECONDS))
                .build();
        client = RedisClient.create(resources, uri);
        client.setOptions(options());
        RedisCodec<String, byte[]> codec = RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);
        try {
            connection = client.connect(codec);
            hints = client.connectPubSub(StringCodec.UTF8);
        } catch (RuntimeException e) {
            client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
            resources.shutdown(0, 1, TimeUnit.SECONDS);
            throw e;
        }
    }

    private static ClientOptions options() {
        SocketOptions.Builder socket = SocketOptions.builder()
                .connectTimeout(Duration.ofSeconds(2))
                .keepAlive(SocketOptions.KeepAliveOptions.builder()
                        .enable()
                        .idle(Duration.ofSeconds(5))
                        .interval(Duration.ofSeconds(5))
                        .count(3)
                        .build());
        if (EpollProvider.isAvailable()) {
            socket.tcpUserTimeout(SocketOptions.TcpUserTimeoutOptions.builder()
                    .enable()
                    .tcpUserTimeout(Duration.ofSeconds(10))
                    .build());
        }
        return ClientOptions.builder()
                .autoReconnect(true)
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .requestQueueSize(20_000)
                .pingBeforeActivateConnection(true)
                .protocolVersion(ProtocolVersion.RESP3)
                .timeoutOptions(TimeoutOptions.enabled(COMMAND_TIMEOUT))
                .socketOptions(socket.build())
                .build();
    }

    /** Subscribes; {@code onSubscribed} runs now and after each reconnection, when hints may have been lost. */
    void subscribe(String channel, Consumer<String> onHint, Runnable onSubscribed) {
        hints.addListener(new RedisPubSubAdapter<>() {
            @Override
            public void message(String from, String text) {
                executor.execute(() -> onHint.accept(text));
            }

            @Override
            public void subscribed(String to, long count) {
                executor.execute(onSubscribed);
            }
        });
        hints.async().subscribe(channel);
    }

    /** One more connection, for what no task waits for: a large reply there delays nobody. Waits for it. */
    RedisSide side() {
        return new RedisSide(client.connect(RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE)), this);
    }

    /** Runs a script; its reply is a list of words, each as UTF-8 or raw bytes. */
    CompletableFuture<List<byte[]>> run(Script script, String key, byte[]... args) {
        String[] keys = {key};
        CompletionStage<List<byte[]>> first = commands().evalsha(script.sha(), ScriptOutputType.MULTI, keys, args);
        CompletionStage<List<byte[]>> known = first.handle((reply, failure) -> {
                    if (cause(failure) instanceof RedisNoScriptException) {
                        CompletionStage<List<byte[]>> whole =
                                commands().eval(script.body(), ScriptOutputType.MULTI, keys, args);
                        return whole;
                    }
                    return first;
                })
                .thenCompose(Function.identity());
        return onExecutor(known);
    }

    /** Runs a plain command. */
    <T> CompletableFuture<T> call(Function<RedisAsyncCommands<String, byte[]>, CompletionStage<T>> command) {
        return onExecutor(command.apply(commands()));
    }

    private RedisAsyncCommands<String, byte[]> commands() {
        return connection.async();
    }

    /** The reply, handed over to the executor, its failure made a {@link StoreException}. */
    <T> CompletableFuture<T> onExecutor(CompletionStage<T> stage) {
        return stage.handleAsync(
                        (value, failure) -> {
                            if (failure == null) {
                                return value;
                            }
                            Throwable cause = cause(failure);
                            // An error that Redis answered with; the script had not changed anything then.
                            throw cause instanceof RedisCommandExecutionException
                                    ? StoreException.refused(cause)
                                    : StoreException.unanswered(cause);
                        },
                        executor)
                .toCompletableFuture();
    }

    private static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
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
    }
}
