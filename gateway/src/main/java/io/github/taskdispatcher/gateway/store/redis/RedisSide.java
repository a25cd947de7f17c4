package io.github.taskdispatcher.gateway.store.redis;

import static io.github.taskdispatcher.gateway.store.redis.RedisLink.CODEC;
import static io.github.taskdispatcher.gateway.store.redis.RedisLink.bytes;

import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.output.CommandOutput;
import io.lettuce.core.output.DoubleListOutput;
import io.lettuce.core.output.DoubleOutput;
import io.lettuce.core.output.IntegerOutput;
import io.lettuce.core.output.MapOutput;
import io.lettuce.core.output.ValueListOutput;
import io.lettuce.core.output.ValueOutput;
import io.lettuce.core.protocol.AsyncCommand;
import io.lettuce.core.protocol.Command;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A connection beside the one of the tasks, and pipelines on it: many commands, one write. Any thread. What follows a reply runs
 * on a thread of its own, for it may take long.
 */
final class RedisSide implements AutoCloseable {

    private final StatefulRedisConnection<String, byte[]> connection;
    private final ExecutorService executor = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "board");
        thread.setDaemon(true);
        return thread;
    });

    RedisSide(StatefulRedisConnection<String, byte[]> connection) {
        this.connection = connection;
    }

    /** Runs one command. */
    <T> CompletableFuture<T> call(Function<RedisAsyncCommands<String, byte[]>, CompletionStage<T>> command) {
        return onExecutor(command.apply(connection.async()));
    }

    /** Runs a read whose reply may be large. */
    CompletableFuture<List<byte[]>> read(LargeRead command) {
        connection.dispatch(command);
        return onExecutor(command);
    }

    private <T> CompletableFuture<T> onExecutor(CompletionStage<T> stage) {
        return stage.handleAsync(
                        (value, failure) -> {
                            if (failure != null) {
                                throw RedisLink.failed(failure);
                            }
                            return value;
                        },
                        executor)
                .toCompletableFuture();
    }

    /** The connection is closed with the client. */
    @Override
    public void close() {
        executor.shutdown();
    }

    Pipeline pipeline() {
        return new Pipeline();
    }

    /** Commands that go out together. One thread fills it; its futures are done when {@link #run} is. */
    final class Pipeline {

        private final List<AsyncCommand<String, byte[], ?>> commands = new ArrayList<>();

        /** A command with a whole number for a reply. Arguments are texts, numbers or bytes. */
        CompletableFuture<Long> number(CommandType type, String key, Object... args) {
            return add(type, new IntegerOutput<>(CODEC), key, args);
        }

        /** A command with one value, or null, for a reply. */
        CompletableFuture<byte[]> value(CommandType type, String key, Object... args) {
            return add(type, new ValueOutput<>(CODEC), key, args);
        }

        /** A command with a list of values, each of which may be null. */
        CompletableFuture<List<byte[]>> values(CommandType type, String key, Object... args) {
            return add(type, new ValueListOutput<>(CODEC), key, args);
        }

        /** A command with a list of scores, each of which may be null. */
        CompletableFuture<List<Double>> scores(CommandType type, String key, Object... args) {
            return add(type, new DoubleListOutput<>(CODEC), key, args);
        }

        /** A command with a score for a reply. */
        CompletableFuture<Double> score(CommandType type, String key, Object... args) {
            return add(type, new DoubleOutput<>(CODEC), key, args);
        }

        /** A command with names and values for a reply. */
        CompletableFuture<Map<String, byte[]>> map(CommandType type, String key, Object... args) {
            return add(type, new MapOutput<>(CODEC), key, args);
        }

        private <T> CompletableFuture<T> add(
                CommandType type, CommandOutput<String, byte[], T> output, String key, Object... args) {
            CommandArgs<String, byte[]> all = new CommandArgs<>(CODEC).addKey(key);
            for (Object arg : args) {
                all.add(arg instanceof byte[] raw ? raw : bytes(arg.toString()));
            }
            AsyncCommand<String, byte[], T> command = new AsyncCommand<>(new Command<>(type, output, all));
            commands.add(command);
            return command;
        }

        /** Sends them; when all are answered, makes the result of their replies. Fails with the first that failed. */
        <T> CompletableFuture<T> run(Supplier<T> result) {
            if (commands.isEmpty()) {
                return CompletableFuture.completedFuture(result.get());
            }
            connection.dispatch(commands);
            return onExecutor(CompletableFuture.allOf(commands.toArray(CompletableFuture[]::new)))
                    .thenApply(done -> result.get());
        }
    }
}
