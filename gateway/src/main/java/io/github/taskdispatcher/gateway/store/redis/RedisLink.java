package io.github.taskdispatcher.gateway.store.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.taskdispatcher.gateway.store.StoreException;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.protocol.RedisCommand;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.DefaultEventLoopGroupProvider;
import io.lettuce.core.resource.Delay;
import io.lettuce.core.resource.EpollProvider;
import io.lettuce.core.resource.EventLoopGroupProvider;
import io.lettuce.core.resource.NettyCustomizer;
import io.netty.channel.Channel;
import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The connections to Redis: one for commands, one for hints. They come back by themselves, and a command is never sent a
 * second time by the library: what was under way when the connection broke fails at once, as does everything while there
 * is none.
 *
 * <p>Any thread may call. One thread of the client does all reading and writing, and runs what follows a reply: that must
 * never block, nor take long. Scripts go out in batches: while one is under way the next gathers, and leaves when the last
 * reply has come. Alone, a call leaves at once; under load that spares both ends most of their reads, writes and wake-ups.
 */
final class RedisLink implements AutoCloseable {

    private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(2);
    private static final long TIMEOUT_CHECK_MS = 50;
    private static final int CONNECT_ATTEMPTS = 4;
    static final RedisCodec<String, byte[]> CODEC = RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);

    /** Of one thread; the client's own pool would have two at least, and each batch would cross between them. */
    private final EventLoopGroupProvider loops = new DefaultEventLoopGroupProvider(1);

    private final ClientResources resources;
    private final RedisClient client;
    private final StatefulRedisConnection<String, byte[]> connection;
    private final StatefulRedisPubSubConnection<String, byte[]> hints;
    private final Queue<ScriptCall> unsent = new ConcurrentLinkedQueue<>();
    /** Whether a batch is under way, or about to be: its end sees to what was added meanwhile. */
    private final AtomicBoolean sending = new AtomicBoolean();

    private final EventExecutor loop;
    /** The batch under way, and how many of its replies have not come. */
    private volatile List<ScriptCall> batch = List.of();

    private final AtomicInteger awaited = new AtomicInteger();

    private final RedisURI uri;
    private volatile Subscription subscription;

    /**
     * Connects, waiting for it.
     *
     * @throws io.lettuce.core.RedisException when Redis cannot be reached
     */
    RedisLink(String url, String clientName) {
        uri = RedisURI.create(url);
        uri.setTimeout(COMMAND_TIMEOUT);
        uri.setClientName("td:gateway:" + clientName);
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
        client.setOptions(options());
        try {
            connection = patiently(() -> client.connect(CODEC));
            hints = patiently(() -> client.connectPubSub(CODEC));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        loop = thread.get();
        loop.scheduleWithFixedDelay(this::giveUpOverdue, TIMEOUT_CHECK_MS, TIMEOUT_CHECK_MS, TimeUnit.MILLISECONDS);
    }

    /** The first connection of a process that has yet to load its classes may take longer than any later one. */
    private static <T> T patiently(Supplier<T> connect) {
        for (int attempt = 1; ; attempt++) {
            try {
                return connect.get();
            } catch (RedisException e) {
                if (attempt == CONNECT_ATTEMPTS || !(e.getCause() instanceof RedisCommandTimeoutException)) {
                    throw e;
                }
            }
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
                .timeoutOptions(TimeoutOptions.builder()
                        .timeoutSource(new PlainCommandsOnly())
                        .build())
                .maintNotificationsConfig(MaintNotificationsConfig.disabled())
                .socketOptions(socket.build())
                .build();
    }

    /** Subscribes; {@code onSubscribed} runs now and after each reconnection, when hints may have been lost. */
    void subscribe(String channel, Consumer<byte[]> onHint, Runnable onSubscribed) {
        subscription =
                new Subscription(hints, () -> client.connectPubSubAsync(CODEC, uri), channel, onHint, onSubscribed);
    }

    /** One more connection, for what no task waits for: a large reply there delays nobody. Waits for it. */
    RedisSide side() {
        return new RedisSide(patiently(() -> client.connect(CODEC)));
    }

    /** Replaces the subscription when it has gone deaf since the last call. */
    CompletableFuture<Void> checkSubscription(String channel) {
        Subscription current = subscription;
        return current == null
                ? CompletableFuture.completedFuture(null)
                : current.check(word -> connection.async().publish(channel, bytes(word)));
    }

    /** A script under way: its own future, of the words it replies. */
    private static final class ScriptCall extends AsyncCommand<String, byte[], List<byte[]>> {

        private final long giveUpAtNanos;
        private volatile boolean sent;

        ScriptCall(long giveUpAtNanos, CommandType type, byte[] script, String key, byte[][] args) {
            super(new Command<>(type, new WordsOutput(CODEC), arguments(script, key, args)));
            this.giveUpAtNanos = giveUpAtNanos;
        }

        /** Whether its time was over. */
        boolean giveUpIfOverdue(long now) {
            return now - giveUpAtNanos >= 0
                    && completeExceptionally(new RedisCommandTimeoutException("no reply in time"));
        }

        private static CommandArgs<String, byte[]> arguments(byte[] script, String key, byte[][] args) {
            CommandArgs<String, byte[]> all =
                    new CommandArgs<>(CODEC).add(script).add(1).addKey(key);
            for (byte[] arg : args) {
                all.addValue(arg);
            }
            return all;
        }
    }

    /**
     * Runs a script; its reply is a list of words, each as UTF-8 or raw bytes.
     *
     * @param limitMs how long the reply is waited for
     * @param decode makes a value of the reply; runs on the client's thread
     */
    <T> CompletableFuture<T> run(
            Script script, long limitMs, String key, Function<List<byte[]>, T> decode, byte[]... args) {
        CompletableFuture<T> decoded = new CompletableFuture<>();
        long giveUpAt = System.nanoTime() + limitMs * 1_000_000;
        send(new ScriptCall(giveUpAt, CommandType.EVALSHA, script.sha(), key, args), (words, failure) -> {
            if (failure instanceof RedisNoScriptException) {
                send(
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

    private void send(ScriptCall call, BiConsumer<List<byte[]>, Throwable> then) {
        call.whenComplete((words, failure) -> {
            then.accept(words, failure);
            if (call.sent && awaited.decrementAndGet() == 0) {
                // Not from here: what else this round of the loop brings goes along.
                sendSoon();
            }
        });
        unsent.add(call);
        if (sending.compareAndSet(false, true)) {
            sendSoon();
        }
    }

    private void sendSoon() {
        try {
            loop.execute(this::sendBatch);
        } catch (RejectedExecutionException closed) {
            sending.set(false);
            for (ScriptCall late = unsent.poll(); late != null; late = unsent.poll()) {
                late.completeExceptionally(new RedisException("closed"));
            }
        }
    }

    /** On the loop, and never while a batch is under way. */
    private void sendBatch() {
        List<ScriptCall> next = new ArrayList<>();
        for (ScriptCall call = unsent.poll(); call != null; call = unsent.poll()) {
            call.sent = true;
            next.add(call);
        }
        batch = next;
        if (next.isEmpty()) {
            sending.set(false);
            if (!unsent.isEmpty() && sending.compareAndSet(false, true)) {
                sendSoon();
            }
            return;
        }
        awaited.set(next.size());
        try {
            connection.dispatch(next);
        } catch (RedisException e) {
            next.forEach(call -> call.completeExceptionally(e));
        }
    }

    private void giveUpOverdue() {
        long now = System.nanoTime();
        batch.forEach(call -> call.giveUpIfOverdue(now));
        unsent.removeIf(call -> call.giveUpIfOverdue(now));
    }

    /** Runs a plain command. */
    <T> CompletableFuture<T> call(Function<RedisAsyncCommands<String, byte[]>, CompletionStage<T>> command) {
        CompletableFuture<T> answered = new CompletableFuture<>();
        command.apply(connection.async())
                .whenComplete((value, failure) -> complete(answered, Function.identity(), value, failure));
        return answered;
    }

    /** As the store tells it. */
    static StoreException failed(Throwable failure) {
        Throwable cause = cause(failure);
        // An error that Redis answered with; the script had not changed anything then.
        return cause instanceof RedisCommandExecutionException
                ? StoreException.refused(cause)
                : StoreException.unanswered(cause);
    }

    private static Throwable cause(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    /** A timer each for the few plain commands; the scripts' are given up in one go, see {@link #giveUpOverdue}. */
    private static final class PlainCommandsOnly extends TimeoutOptions.TimeoutSource {
        @Override
        public long getTimeout(RedisCommand<?, ?, ?> command) {
            return command instanceof ScriptCall ? 0 : COMMAND_TIMEOUT.toMillis();
        }
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
