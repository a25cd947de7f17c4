package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * An OpenAI-compatible server as one runs beside a GPU. A request that contains {@code slow} is answered after {@link #release},
 * one that contains {@code fail} with an error, any other at once. Of a stream the first {@value #EARLY} chunks come at once in
 * any case; one that contains {@code break} ends there.
 */
final class UpstreamServer implements AutoCloseable {

    /** Not as a JSON library would write it: passed on it must be the same. */
    static final String ANSWER =
            "{\"id\":\"c1\",\n \"object\":\"chat.completion\",\"n\":1.0,\"seed\":12345678901234567890,"
                    + "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"h\\u00e9, 好\"}}]}";

    /** A stream's chunks, each as unlike a JSON library's text as {@link #ANSWER}. */
    static final List<String> CHUNKS = List.of(
            chunk("{\"role\":\"assistant\",\"content\":\"\"}", "null"),
            chunk("{\"content\":\"h\\u00e9, \"}", "null"),
            chunk("{\"content\":\"好\"}", "null"),
            chunk("{ }", "\"length\""),
            "{\"id\":\"s1\", \"object\":\"chat.completion.chunk\",\"choices\":[],\"usage\":{\"total_tokens\": 7}}");

    /**
     * A stream's chunks for a request that contains {@code tools}: later deltas have an empty id and name, as some servers send
     * them; those of the second call have ids of their own, and its number is that of the first.
     */
    static final List<String> TOOL_CHUNKS = List.of(
            call("\"id\":\"call_1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}"),
            call("\"id\":\"\",\"type\":\"\",\"function\":{\"name\":\"\",\"arguments\":\"}\"}"),
            call("\"id\":\"call_2\",\"type\":\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"[\"}"),
            call("\"id\":\"call_3\",\"function\":{\"arguments\":\"]\"}"),
            chunk("{}", "\"tool_calls\""),
            chunk("{\"content\":null}", "\"\""));

    /** How many chunks of a stream come before it is held. */
    static final int EARLY = 2;

    /** The body of every request, in the order of their arrival. */
    final Queue<String> bodies = new ConcurrentLinkedQueue<>();

    /** How many slow requests are held now, and how many were given up by who sent them. */
    final AtomicInteger held = new AtomicInteger();

    final AtomicInteger aborted = new AtomicInteger();

    /** The models it lists; null: it has no list (404). */
    volatile List<String> models;

    /** The key it asks for; null: none. */
    volatile String key;

    /** How often its models were read. */
    final AtomicInteger listed = new AtomicInteger();

    private final CountDownLatch released = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer server;

    /** @param port 0 picks a free one */
    UpstreamServer(int port) throws IOException {
        this(port, "llama3:8b", "org/embed");
    }

    /** @param models the ids of all it serves */
    UpstreamServer(int port, String... models) throws IOException {
        this.models = List.of(models);
        server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
        server.setExecutor(threads);
        server.createContext("/v1/models", this::list);
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

    int port() {
        return server.getAddress().getPort();
    }

    private boolean letsIn(HttpExchange exchange) throws IOException {
        if (key == null || ("Bearer " + key).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            return true;
        }
        answer(exchange, 401, "{\"error\":\"Unauthorized\"}");
        return false;
    }

    private void list(HttpExchange exchange) throws IOException {
        List<String> now = models;
        if (!letsIn(exchange)) {
            return;
        }
        if (now == null) {
            answer(exchange, 404, "{\"detail\":\"Not Found\"}");
        } else {
            String names =
                    now.stream().map(model -> "{\"id\":\"" + model + "\"}").collect(Collectors.joining(","));
            answer(exchange, 200, "{\"object\":\"list\",\"data\":[" + names + "]}");
        }
        listed.incrementAndGet();
    }

    private void chat(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
        if (!letsIn(exchange)) {
            return;
        }
        bodies.add(body);
        if (body.contains("too long")) {
            answer(
                    exchange,
                    400,
                    "{\"error\":{\"message\":\"4096 tokens at most\",\"type\":\"invalid_request_error\","
                            + "\"code\":\"context_length_exceeded\",\"param\":\"messages\"}}");
        } else if (body.contains("too many")) {
            exchange.getResponseHeaders().add("Retry-After", "7");
            answer(exchange, 429, "{\"error\":{\"message\":\"slow down\",\"type\":\"requests\",\"code\":429}}");
        } else if (body.contains("down")) {
            answer(exchange, 503, "starting");
        } else if (body.contains("wrong key")) {
            answer(exchange, 401, "{\"error\":\"Unauthorized\"}");
        } else if (body.contains("sound")) {
            try (OutputStream out = begin(exchange, 200, "audio/mpeg")) {
                out.write(new byte[2_000]);
            }
        } else if (body.contains("fail")) {
            answer(exchange, 404, "{\"error\":{\"message\":\"model 'x' not found\",\"type\":\"api_error\"}}");
        } else if (body.contains("\"stream\":true")) {
            stream(exchange, body);
        } else if (body.contains("slow")) {
            hold(exchange);
        } else {
            answer(exchange, 200, ANSWER);
        }
    }

    private void stream(HttpExchange exchange, String body) throws IOException {
        try (OutputStream out = begin(exchange, 200, "text/event-stream")) {
            List<String> chunks = body.contains("tools") ? TOOL_CHUNKS : CHUNKS;
            for (int i = 0; i < chunks.size(); i++) {
                if (i == EARLY && body.contains("break")) {
                    return;
                }
                if (i == EARLY && body.contains("slow") && !hold(out, ":\n\n")) {
                    return;
                }
                out.write(("data: " + chunks.get(i) + "\n\n").getBytes(UTF_8));
                out.flush();
            }
            out.write("data: [DONE]\n\n".getBytes(UTF_8));
        }
    }

    private void hold(HttpExchange exchange) throws IOException {
        try (OutputStream out = begin(exchange, 200, "application/json")) {
            if (hold(out, " ")) {
                out.write(ANSWER.getBytes(UTF_8));
            }
        }
    }

    /** Whether somebody still waits when it is released. Only writing what says nothing tells that the other side has gone. */
    private boolean hold(OutputStream out, String nothing) {
        held.incrementAndGet();
        try {
            while (!released.await(20, TimeUnit.MILLISECONDS)) {
                out.write(nothing.getBytes(UTF_8));
                out.flush();
            }
            return true;
        } catch (IOException gone) {
            aborted.incrementAndGet();
            return false;
        } catch (InterruptedException stopped) {
            return false;
        } finally {
            held.decrementAndGet();
        }
    }

    private static String chunk(String delta, String finishReason) {
        return "{\"id\":\"s1\", \"object\":\"chat.completion.chunk\",\"n\":1.0,\"choices\":[{\"index\":0,\"delta\":"
                + delta + ", \"finish_reason\":" + finishReason + "}]}";
    }

    private static String call(String members) {
        return chunk("{\"tool_calls\":[{\"index\":0," + members + "}]}", "null");
    }

    private static void answer(HttpExchange exchange, int status, String body) throws IOException {
        try (OutputStream out = begin(exchange, status, "application/json")) {
            out.write(body.getBytes(UTF_8));
        }
    }

    private static OutputStream begin(HttpExchange exchange, int status, String type) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, 0);
        return exchange.getResponseBody();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
