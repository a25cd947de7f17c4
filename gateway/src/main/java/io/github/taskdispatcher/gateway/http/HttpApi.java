package io.github.taskdispatcher.gateway.http;

import io.github.taskdispatcher.gateway.access.Access;
import io.github.taskdispatcher.gateway.config.GatewayConfig;
import io.github.taskdispatcher.gateway.config.GatewayConfig.TaskLimits;
import io.github.taskdispatcher.gateway.dispatch.Dispatcher;
import io.github.taskdispatcher.gateway.dispatch.Submission;
import io.github.taskdispatcher.gateway.limits.ByteBudget;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.store.Replies.TaskView;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.wire.JsonText;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.http.MethodNotAllowedResponse;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The routes of the guide, and those that say whether this gateway is well. No thread is held by a slow client, neither
 * while it sends nor while it reads.
 */
public final class HttpApi {

    private static final Logger log = LoggerFactory.getLogger(HttpApi.class);

    /** How long a large answer waits for memory. */
    private static final long TURN_LIMIT_MS = 30_000;

    private final Dispatcher dispatcher;
    private final TaskLimits limits;
    private final Access access;
    private final Supplier<CompletableFuture<Optional<String>>> trouble;
    private final Executor answering;
    private final ByteBudget bodyBudget;
    private final ByteBudget answerBudget;
    private final BodyReader bodies;
    private final AnswerWriter writer;

    /**
     * @param trouble why this gateway should get no requests, in words for an operator; empty when it may
     * @param answering threads to make answers on
     */
    public HttpApi(
            Dispatcher dispatcher,
            GatewayConfig config,
            Access access,
            Supplier<CompletableFuture<Optional<String>>> trouble,
            Executor answering,
            ScheduledExecutorService timer) {
        this.dispatcher = dispatcher;
        this.limits = config.tasks();
        this.access = access;
        this.trouble = trouble;
        this.answering = answering;
        bodyBudget = new ByteBudget(config.limits().maxBufferedBytes() / 3);
        answerBudget = new ByteBudget(config.limits().maxBufferedBytes() / 3);
        bodies = new BodyReader(limits.maxBodyBytes(), config.limits().minBodyRate(), bodyBudget, timer);
        writer = new AnswerWriter(answerBudget, timer);
    }

    public void addTo(RoutesConfig routes) {
        routes.post("/api/openai", ctx -> answer(ctx, () -> submit(ctx)));
        routes.get("/api/task/{taskId}", ctx -> answer(ctx, () -> look(ctx)));
        routes.post("/api/worker-ticket", ctx -> answer(ctx, () -> completed(ticket(ctx))));
        routes.get("/livez", ctx -> answer(ctx, () -> completed(new Answer(200, status("ok", null)))));
        routes.get("/readyz", ctx -> answer(ctx, this::ready));
        routes.get("/ws", ctx -> {
            ctx.header("Upgrade", "websocket");
            answer(
                    ctx,
                    () -> completed(Answer.error(
                            ErrorCode.UPGRADE_REQUIRED, "Upgrade required: /ws is a WebSocket, see docs/protocol.md")));
        });
        routes.exception(HttpResponseException.class, this::refuse);
        routes.exception(Exception.class, (failure, ctx) -> {
            log.error("{} {} failed", ctx.method(), ctx.endpoint().path, failure);
            answer(ctx, () -> completed(Answer.error(ErrorCode.INTERNAL, "Internal error")));
        });
    }

    private static <T> CompletableFuture<T> completed(T value) {
        return CompletableFuture.completedFuture(value);
    }

    // ---- the routes ---------------------------------------------------------------------------------------------

    private CompletableFuture<Answer> submit(Context ctx) {
        try {
            checkClient(ctx);
            checkHeaders(ctx);
        } catch (BadRequest e) {
            return CompletableFuture.failedFuture(e);
        }
        return bodies.read(ctx).thenCompose(this::submit);
    }

    private CompletableFuture<Answer> submit(BodyReader.Body body) {
        SubmitRequest request;
        try {
            request = SubmitRequest.parse(body.bytes(), limits);
        } catch (BadRequest e) {
            bodyBudget.release(body.reserved());
            return CompletableFuture.failedFuture(e);
        }
        boolean async = request.async();
        return dispatcher
                .submit(
                        request.group(),
                        request.payload(),
                        request.timeoutMs(),
                        async,
                        () -> bodyBudget.release(body.reserved()))
                .thenComposeAsync(
                        submission -> submission instanceof Submission.Ended ended
                                ? withValue(ended.id(), ended.outcome(), outcome -> Answer.toEnded(ended.id(), outcome))
                                : completed(Answer.to(submission, async)),
                        answering);
    }

    private CompletableFuture<Answer> look(Context ctx) {
        try {
            checkClient(ctx);
        } catch (BadRequest e) {
            return CompletableFuture.failedFuture(e);
        }
        Optional<TaskId> id = TaskId.parse(ctx.pathParam("taskId"));
        return id.isEmpty()
                ? completed(Answer.notFound())
                : dispatcher
                        .look(id.get())
                        .thenComposeAsync(
                                view -> view.isPresent() ? look(id.get(), view.get()) : completed(Answer.notFound()),
                                answering);
    }

    private CompletableFuture<Answer> look(TaskId id, TaskView view) {
        return view.outcome() == null
                ? completed(Answer.to(id, view, null))
                : withValue(id, view.outcome(), outcome -> Answer.to(id, view, outcome));
    }

    /** Makes an answer of an outcome whose value may be large: then it waits for memory, and for the value. */
    private CompletableFuture<Answer> withValue(TaskId id, Outcome outcome, Function<Outcome, Answer> form) {
        long size = outcome.size();
        if (size <= Outcome.INLINE_BYTES) {
            return completed(form.apply(outcome));
        }
        if (outcome.value() != null && answerBudget.tryTake(size)) {
            return completed(form.apply(outcome).reserving(size));
        }
        Outcome light = outcome.light();
        return answerBudget
                .take(size)
                .orTimeout(TURN_LIMIT_MS, TimeUnit.MILLISECONDS)
                .thenCompose(turn -> dispatcher
                        .value(id)
                        .thenApplyAsync(
                                value -> value.map(light::with).map(form).orElseGet(Answer::notFound), answering)
                        .whenComplete((answer, failure) -> {
                            if (failure != null) {
                                answerBudget.release(size);
                            }
                        })
                        .thenApply(answer -> answer.reserving(size)));
    }

    private Answer ticket(Context ctx) {
        if (!access.asksWorkers()) {
            return Answer.error(
                    ErrorCode.INVALID_REQUEST, "Invalid request: workers need no ticket, there are no keys");
        }
        return access.ticket(ctx.header("Authorization"))
                .map(ticket -> new Answer(
                        200,
                        new JsonText(128)
                                .member("ticket", ticket)
                                .member("expiresInMs", access.ticketLifeMs())
                                .end()))
                .orElseGet(() -> Answer.error(
                        ErrorCode.UNAUTHORIZED, "Unauthorized: send a worker's key, Authorization: Bearer <key>"));
    }

    private CompletableFuture<Answer> ready() {
        return trouble.get().thenApply(reason -> reason.map(
                        text -> new Answer(503, java.util.List.of(status("unready", text)), 1, 0))
                .orElseGet(() -> new Answer(200, status("ready", null))));
    }

    private static byte[] status(String word, String reason) {
        JsonText json = new JsonText(64).member("status", word);
        return reason == null ? json.end() : json.member("reason", reason).end();
    }

    // ---- before the body is read --------------------------------------------------------------------------------

    private void checkClient(Context ctx) throws BadRequest {
        Access.Decision decision = access.client(ctx.header("Authorization"));
        if (decision.verdict() == Access.Verdict.UNKNOWN) {
            throw new BadRequest(
                    ErrorCode.UNAUTHORIZED, "Unauthorized: send a client's key, Authorization: Bearer <key>");
        }
        if (decision.verdict() == Access.Verdict.FORBIDDEN) {
            throw new BadRequest(ErrorCode.FORBIDDEN, "Forbidden: this key is not a client's");
        }
        // A page cannot know a key; without keys its origin is all there is to tell it by.
        if (!access.asksClients() && !access.originAllowed(ctx.header("Origin"), ctx.header("Host"))) {
            throw new BadRequest(
                    ErrorCode.FORBIDDEN, "Forbidden: pages of this origin may not ask, see ALLOWED_ORIGINS");
        }
    }

    private void checkHeaders(Context ctx) throws BadRequest {
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
    }

    private static boolean isJson(String type) {
        String name = type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        return name.equals("application/json") || name.endsWith("+json");
    }

    // ---- answering ----------------------------------------------------------------------------------------------

    /** Holds the request until the answer is there, then until it is written. */
    private void answer(Context ctx, Supplier<CompletableFuture<Answer>> made) {
        ctx.future(
                () -> made.get().exceptionally(failure -> failed(ctx, failure)).thenCompose(done -> {
                    if (dispatcher.isDraining()) {
                        ctx.header("Connection", "close");
                    }
                    return writer.write(ctx, done);
                }));
    }

    private static Answer failed(Context ctx, Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (cause instanceof BadRequest bad) {
            if (bad.code() == ErrorCode.TOO_LARGE || bad.code() == ErrorCode.REQUEST_TIMEOUT) {
                ctx.header("Connection", "close");
            }
            if (bad.code() == ErrorCode.UNAUTHORIZED) {
                ctx.header("WWW-Authenticate", "Bearer");
            }
            return Answer.error(bad.code(), bad.getMessage());
        }
        if (cause instanceof TimeoutException) {
            return Answer.error(ErrorCode.OVERLOADED, "Overloaded: no memory for a result this large, try again");
        }
        log.debug("{} {}: {}", ctx.method(), ctx.endpoint().path, cause.toString());
        return Answer.unavailable();
    }

    /** What Javalin refuses by itself (no route, wrong method), as the JSON all our errors are. */
    private void refuse(HttpResponseException refusal, Context ctx) {
        if (refusal instanceof MethodNotAllowedResponse) {
            ctx.header("Allow", refusal.getDetails().getOrDefault("availableMethods", ""));
        }
        answer(
                ctx,
                () -> completed(
                        switch (refusal.getStatus()) {
                            case 404 -> Answer.error(ErrorCode.NOT_FOUND, "Not found");
                            case 405 -> Answer.error(ErrorCode.METHOD_NOT_ALLOWED, "Method not allowed");
                            default -> Answer.error(ErrorCode.INVALID_REQUEST, "Bad request");
                        }));
    }
}
