package io.github.taskdispatcher.bench.stack;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.javalin.Javalin;
import io.javalin.http.Context;
import io.javalin.websocket.WsContext;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the gateway's own parts do without the gateway: {@code BareServer REDIS_URL}. {@code /sync} answers with fixed bytes,
 * {@code /future} does so from another thread. {@code /relay} writes the body to Redis, sends it to a mirror over a WebSocket,
 * and when it is back reads it from Redis and answers with that.
 */
public final class BareServer {

    /** What {@code /sync} and {@code /future} answer. */
    public static final byte[] ANSWER = ("{\"type\":\"echo\",\"text\":\"" + "x".repeat(170) + "\"}").getBytes(US_ASCII);

    private final RedisAsyncCommands<byte[], byte[]> redis;
    private final BlockingQueue<WsContext> idle = new ArrayBlockingQueue<>(1024);
    private final Map<String, CompletableFuture<Boolean>> sent = new ConcurrentHashMap<>();
    private final AtomicLong keys = new AtomicLong();
    private final Executor other = Executors.newSingleThreadExecutor();

    private BareServer(String redisUrl) {
        redis = RedisClient.create(RedisURI.create(redisUrl))
                .connect(ByteArrayCodec.INSTANCE)
                .async();
    }

    /** @param args URL of Redis */
    public static void main(String[] args) {
        BareServer server = new BareServer(args[0]);
        Javalin javalin = Javalin.create(config -> {
            config.startup.showJavalinBanner = false;
            config.http.maxRequestSize = 64L << 20;
            config.http.asyncTimeout = 0;
            config.jetty.modifyWebSocketServletFactory(factory -> {
                factory.setMaxBinaryMessageSize(64L << 20);
                // The mirrors rest while other rows are measured.
                factory.setIdleTimeout(Duration.ZERO);
            });
            config.routes.post("/sync", BareServer::answer);
            config.routes.post("/future", server::answerFromOtherThread);
            config.routes.post("/relay", server::relay);
            config.routes.ws("/ws", ws -> {
                ws.onConnect(server.idle::add);
                ws.onBinaryMessage(message -> {
                    CompletableFuture<Boolean> waiting = server.sent.remove(message.sessionId());
                    server.idle.add(message);
                    waiting.complete(message.data().hasRemaining());
                });
            });
        });
        javalin.start("127.0.0.1", 0);
        System.out.println("READY " + javalin.port());
    }

    private static void answer(Context ctx) {
        if (ctx.bodyAsBytes().length == 0) {
            ctx.status(400);
        }
        ctx.contentType("application/json").result(ANSWER);
    }

    private void answerFromOtherThread(Context ctx) {
        if (ctx.bodyAsBytes().length == 0) {
            ctx.status(400);
        }
        CompletableFuture<byte[]> answer = new CompletableFuture<>();
        ctx.future(() ->
                answer.thenAccept(bytes -> ctx.contentType("application/json").result(bytes)));
        other.execute(() -> answer.complete(ANSWER));
    }

    private void relay(Context ctx) {
        byte[] body = ctx.bodyAsBytes();
        // A few keys used in turn, so that Redis' memory does not grow.
        byte[] key = ("relay:" + keys.incrementAndGet() % 64).getBytes(US_ASCII);
        ctx.future(() -> redis.set(key, body)
                .thenCompose(stored -> mirrored(body))
                .thenCompose(back -> redis.get(key))
                .thenAccept(bytes -> {
                    // Else it would be sent in chunks.
                    ctx.res().setContentLength(bytes.length);
                    ctx.contentType("application/json").result(bytes);
                })
                .toCompletableFuture());
    }

    private CompletableFuture<Boolean> mirrored(byte[] body) {
        // There are more mirrors than connections that ask.
        WsContext mirror = idle.remove();
        CompletableFuture<Boolean> back = new CompletableFuture<>();
        sent.put(mirror.sessionId(), back);
        mirror.send(ByteBuffer.wrap(body));
        return back;
    }
}
