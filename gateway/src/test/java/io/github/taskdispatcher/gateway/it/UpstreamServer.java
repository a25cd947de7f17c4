package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An OpenAI-compatible server as one runs beside a GPU. A request that contains {@code slow} is answered after {@link #release},
 * one that contains {@code fail} with an error, any other at once.
 */
final class UpstreamServer implements AutoCloseable {

    /** Not as a JSON library would write it: passed on it must be the same. */
    static final String ANSWER =
            "{\"id\":\"c1\",\n \"object\":\"chat.completion\",\"n\":1.0,\"seed\":12345678901234567890,"
                    + "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"h\\u00e9, 好\"}}]}";

    /** The body of every request, in the order of their arrival. */
    final Queue<String> bodies = new ConcurrentLinkedQueue<>();

    /** How many slow requests are held now, and how many were given up by who sent them. */
    final AtomicInteger held = new AtomicInteger();

    final AtomicInteger aborted = new AtomicInteger();

    private final CountDownLatch released = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer server;

    /** @param port 0 picks a free one */
    UpstreamServer(int port) throws IOException {
        server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
        server.setExecutor(threads);
        server.createContext("/v1/models", exchange -> {
            answer(exchange, 200, "{\"object\":\"list\",\"data\":[{\"id\":\"llama3:8b\"},{\"id\":\"org/embed\"}]}");
        });
        server.createContext("/v1/chat/completions", this::chat);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** Answers what is slow, now and from now on. */
    void release() {
        released.countDown();
    }

    private void chat(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
        bodies.add(body);
        if (body.contains("fail")) {
            answer(exchange, 404, "{\"error\":{\"message\":\"model 'x' not found\",\"type\":\"api_error\"}}");
        } else if (body.contains("slow")) {
            hold(exchange);
        } else {
            answer(exchange, 200, ANSWER);
        }
    }

    /** Spaces before the JSON: only writing tells that the other side has gone. */
    private void hold(HttpExchange exchange) throws IOException {
        held.incrementAndGet();
        try (OutputStream out = begin(exchange, 200)) {
            while (!released.await(20, TimeUnit.MILLISECONDS)) {
                out.write(' ');
                out.flush();
            }
            out.write(ANSWER.getBytes(UTF_8));
        } catch (IOException gone) {
            aborted.incrementAndGet();
        } catch (InterruptedException stopped) {
            exchange.close();
        } finally {
            held.decrementAndGet();
        }
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        try (OutputStream out = begin(exchange, status)) {
            out.write(body.getBytes(UTF_8));
        }
    }

    private static OutputStream begin(HttpExchange exchange, int status) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, 0);
        return exchange.getResponseBody();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
