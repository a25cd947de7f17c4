package io.github.taskdispatcher.gateway.http;

import io.github.taskdispatcher.gateway.config.GatewayConfig.TaskLimits;
import io.github.taskdispatcher.gateway.dispatch.Dispatcher;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.wire.JsonText;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.http.MethodNotAllowedResponse;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The routes of the guide, and those that say whether this gateway is well. */
public final class HttpApi {

    private static final Logger log = LoggerFactory.getLogger(HttpApi.class);

    private final Dispatcher dispatcher;
    private final TaskLimits limits;
    private final Supplier<CompletableFuture<Optional<String>>> trouble;
    private final Executor answering;

    /**
     * @param trouble why this gateway should get no requests, in words for an operator; empty when it may
     * @param answering threads that may block while a client reads its answer
     */
    public HttpApi(
            Dispatcher dispatcher,
            TaskLimits limits,
            Supplier<CompletableFuture<Optional<String>>> trouble,
            Executor answering) {
        this.dispatcher = dispatcher;
        this.limits = limits;
        this.trouble = trouble;
        this.answering = answering;
    }

    public void addTo(RoutesConfig routes) {
        routes.post("/api/openai", this::submit);
        routes.get("/api/task/{taskId}", this::look);
        routes.get("/livez", ctx -> write(ctx, new Answer(200, status("ok", null), 0)));
        routes.get("/readyz", this::ready);
        routes.get("/ws", ctx -> {
            ctx.header("Upgrade", "websocket");
            write(
                    ctx,
                    Answer.error(
                            ErrorCode.UPGRADE_REQUIRED, "Upgrade required: /ws is a WebSocket, see docs/protocol.md"));
        });
        routes.exception(HttpResponseException.class, HttpApi::refuse);
        routes.exception(Exception.class, (failure, ctx) -> {
            log.error("{} {} failed", ctx.method(), ctx.path(), failure);
            write(ctx, Answer.error(ErrorCode.INTERNAL, "Internal error"));
        });
    }

    private void submit(Context ctx) throws IOException {
        SubmitRequest request;
        try {
            request = SubmitRequest.parse(readBody(ctx), limits);
        } catch (BadRequest e) {
            write(ctx, Answer.error(e.code(), e.getMessage()));
            return;
        }
        boolean async = request.async();
        answer(
                ctx,
                dispatcher
                        .submit(request.group(), request.payload(), request.timeoutMs(), async)
                        .thenApply(submission -> Answer.to(submission, async)));
    }

    private void look(Context ctx) {
        Optional<TaskId> id = TaskId.parse(ctx.pathParam("taskId"));
        if (id.isEmpty()) {
            write(ctx, Answer.error(ErrorCode.NOT_FOUND, Answer.NOT_FOUND));
            return;
        }
        answer(ctx, dispatcher.look(id.get()).thenApply(view -> view.map(task -> Answer.to(id.get(), task))
                .orElseGet(() -> Answer.error(ErrorCode.NOT_FOUND, Answer.NOT_FOUND))));
    }

    private void ready(Context ctx) {
        answer(ctx, trouble.get().thenApply(reason -> reason.map(text -> new Answer(503, status("unready", text), 1))
                .orElseGet(() -> new Answer(200, status("ready", null), 0))));
    }

    private static byte[] status(String word, String reason) {
        JsonText json = new JsonText(64).member("status", word);
        return reason == null ? json.end() : json.member("reason", reason).end();
    }

    private byte[] readBody(Context ctx) throws BadRequest, IOException {
        String type = ctx.contentType();
        if (type != null && !isJson(type)) {
            throw new BadRequest(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                    "Unsupported media type: send the header Content-Type: application/json");
        }
        String encoding = ctx.header("Content-Encoding");
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            throw new BadRequest(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE, "Unsupported content encoding: send the body uncompressed");
        }
        int max = limits.maxBodyBytes();
        if (ctx.req().getContentLengthLong() > max) {
            throw tooLarge(ctx, max);
        }
        InputStream body = ctx.req().getInputStream();
        byte[] bytes = body.readNBytes(max + 1);
        if (bytes.length > max) {
            throw tooLarge(ctx, max);
        }
        return bytes;
    }

    private static boolean isJson(String type) {
        String name = type.split(";", 2)[0].strip();
        return name.equalsIgnoreCase("application/json") || name.toLowerCase().endsWith("+json");
    }

    private static BadRequest tooLarge(Context ctx, int max) {
        ctx.header("Connection", "close");
        return new BadRequest(ErrorCode.TOO_LARGE, "Request body too large: at most " + max + " bytes");
    }

    /** Holds the request until the answer is there, then writes it on a thread that may block. */
    private void answer(Context ctx, CompletableFuture<Answer> answer) {
        ctx.future(() -> answer.exceptionally(failure -> {
                    log.debug("{} {}: {}", ctx.method(), ctx.endpoint().path, failure.getMessage());
                    return Answer.unavailable();
                })
                .thenAcceptAsync(done -> write(ctx, done), answering));
    }

    private void write(Context ctx, Answer answer) {
        ctx.status(answer.status()).contentType("application/json").result(answer.body());
        if (answer.retryAfterSeconds() > 0) {
            ctx.header("Retry-After", Integer.toString(answer.retryAfterSeconds()));
        }
        if (dispatcher.isDraining()) {
            ctx.header("Connection", "close");
        }
    }

    /** What Javalin refuses by itself (no route, wrong method), as the JSON all our errors are. */
    private static void refuse(HttpResponseException refusal, Context ctx) {
        Answer answer =
                switch (refusal.getStatus()) {
                    case 404 -> Answer.error(ErrorCode.NOT_FOUND, "Not found");
                    case 405 -> Answer.error(ErrorCode.METHOD_NOT_ALLOWED, "Method not allowed");
                    default -> Answer.error(ErrorCode.INVALID_REQUEST, "Bad request");
                };
        if (refusal instanceof MethodNotAllowedResponse) {
            ctx.header("Allow", refusal.getDetails().getOrDefault("availableMethods", ""));
        }
        ctx.status(answer.status()).contentType("application/json").result(answer.body());
    }
}
