package io.github.taskdispatcher.gateway.dashboard;

import static io.github.taskdispatcher.gateway.http.HttpApi.read;

import io.github.taskdispatcher.gateway.access.Access;
import io.github.taskdispatcher.gateway.config.GatewayConfig;
import io.github.taskdispatcher.gateway.config.GatewayConfig.Payloads;
import io.github.taskdispatcher.gateway.dispatch.Dispatcher;
import io.github.taskdispatcher.gateway.http.Answer;
import io.github.taskdispatcher.gateway.http.BadRequest;
import io.github.taskdispatcher.gateway.http.ErrorCode;
import io.github.taskdispatcher.gateway.limits.ByteBudget;
import io.github.taskdispatcher.gateway.store.BoardStore;
import io.github.taskdispatcher.gateway.store.BoardStore.TaskExtras;
import io.github.taskdispatcher.gateway.store.MissingRight;
import io.github.taskdispatcher.gateway.store.NewTask;
import io.github.taskdispatcher.gateway.store.TaskAccess;
import io.github.taskdispatcher.gateway.store.TaskFacts;
import io.github.taskdispatcher.gateway.waiting.WaitPolicy;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import io.github.taskdispatcher.wire.RawJson;
import io.github.taskdispatcher.wire.StoredPayload;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The routes of the pages and of their API; see {@code openapi.yaml}. */
public final class DashboardApi {

    private static final Logger log = LoggerFactory.getLogger(DashboardApi.class);

    /** A request or result above this is sent only when it is asked for again, with {@code all}. */
    private static final long WHOLE_BYTES = 1 << 20;

    private static final String GUIDES_ENDPOINT = "/api/openai";

    private static final String CONTENT_SECURITY =
            "default-src 'self'; object-src 'none'; base-uri 'none';" + " form-action 'self'; frame-ancestors 'none'";

    /** What a page must know before it asks for anything else. */
    record Session(
            boolean signedIn,
            boolean asksKey,
            boolean readOnly,
            String payloads,
            boolean asksClients,
            boolean asksWorkers,
            String gateway,
            long defaultTimeoutMs,
            long resultTtlMs) {}

    private final String gatewayId;
    private final BoardStore store;
    private final Dispatcher dispatcher;
    private final GatewayConfig config;
    private final Operators operators;
    private final Views views;
    private final ViewCache cache;
    private final LiveViews live;
    private final Pages pages = new Pages();
    private final Executor pool;
    private final ByteBudget budget;

    /**
     * @param timer for deadlines and for the second hand of live views; not closed here
     * @param pool threads that may wait for a page to read its answer, and mask a large payload
     */
    public DashboardApi(
            DashboardSource source,
            Dispatcher dispatcher,
            GatewayConfig config,
            Operators operators,
            ScheduledExecutorService timer,
            Executor pool) {
        gatewayId = source.gatewayId();
        store = source.board();
        this.dispatcher = dispatcher;
        this.config = config;
        this.operators = operators;
        views = new Views(source, dispatcher, config.dashboard().payloads());
        cache = new ViewCache(views);
        live = new LiveViews(cache, operators, store::now, timer);
        budget = new ByteBudget(
                2L * Math.max(config.tasks().maxResultBytes(), config.tasks().maxBodyBytes()));
        this.pool = pool;
    }

    public void addTo(RoutesConfig routes) {
        read(routes, "/dashboard", ctx -> page(ctx, "index.html"));
        read(routes, "/dashboard/<path>", ctx -> page(ctx, ctx.pathParam("path")));
        read(routes, "/test-worker", ctx -> page(ctx, "test-worker.html"));
        read(routes, "/api/dashboard/session", ctx -> answer(ctx, () -> done(json(session(ctx)))));
        routes.post(
                "/api/dashboard/session",
                ctx -> answer(ctx, () -> {
                    operators.signIn(ctx);
                    return done(new Answer(204, new byte[0]));
                }));
        routes.delete(
                "/api/dashboard/session",
                ctx -> answer(ctx, () -> operators.signOut(ctx).thenApply(out -> new Answer(204, new byte[0]))));
        routes.get("/api/dashboard/events", this::events);
        routes.head("/api/dashboard/events", ctx -> {
            // A stream without a body would have no end.
            ctx.header("Allow", "GET");
            answer(ctx, () -> done(Answer.error(ErrorCode.METHOD_NOT_ALLOWED, "Method not allowed")));
        });
        read(routes, "/api/dashboard/views/{view}", ctx -> answer(ctx, () -> view(ctx)));
        read(routes, "/api/dashboard/tasks/{id}/request", ctx -> answer(ctx, () -> payload(ctx, true)));
        read(routes, "/api/dashboard/tasks/{id}/result", ctx -> answer(ctx, () -> payload(ctx, false)));
        routes.post("/api/dashboard/tasks/{id}/again", ctx -> answer(ctx, () -> again(ctx)));
        routes.post("/api/dashboard/tasks/{id}/cancel", ctx -> answer(ctx, () -> cancel(ctx)));
    }

    /** Lets every listening page go; before the HTTP server stops. */
    public void close() {
        live.close();
    }

    // ---- pages --------------------------------------------------------------------------------------------------

    private void page(Context ctx, String path) {
        answer(ctx, () -> {
            // A path without an ending is a place within the page, which finds it by itself.
            Optional<Pages.Page> found = pages.find(path.contains(".") ? path : "index.html");
            if (found.isEmpty()) {
                return done(Answer.error(ErrorCode.NOT_FOUND, "Not found"));
            }
            Pages.Page page = found.get();
            ctx.res().setContentType(page.type());
            ctx.header("Content-Security-Policy", CONTENT_SECURITY);
            ctx.header("Cross-Origin-Opener-Policy", "same-origin");
            ctx.header("Permissions-Policy", "camera=(), microphone=(), geolocation=()");
            ctx.header("ETag", page.etag());
            ctx.res().addHeader("Vary", "Accept-Encoding");
            ctx.header("Cache-Control", "no-cache");
            if (page.etag().equals(ctx.header("If-None-Match"))) {
                return done(new Answer(304, new byte[0]));
            }
            String accepted = ctx.header("Accept-Encoding");
            boolean gzip = accepted != null && accepted.contains("gzip");
            if (gzip) {
                ctx.header("Content-Encoding", "gzip");
            }
            return done(page.answer(gzip));
        });
    }

    // ---- views --------------------------------------------------------------------------------------------------

    private Session session(Context ctx) {
        Access access = operators.access();
        return new Session(
                operators.isIn(ctx),
                access.asksOperators(),
                operators.readOnly(),
                config.dashboard().payloads().name().toLowerCase(java.util.Locale.ROOT),
                access.asksClients(),
                access.asksWorkers(),
                gatewayId,
                config.tasks().defaultTimeoutMs(),
                config.tasks().resultTtlMs());
    }

    private CompletableFuture<Answer> view(Context ctx) throws BadRequest {
        operators.check(ctx);
        ViewQuery query = ViewQuery.parse(ctx.pathParam("view"), ctx.queryParamMap());
        ctx.header("X-Now", Long.toString(store.now()));
        return cache.get(query).thenApply(json -> new Answer(200, json));
    }

    private void events(Context ctx) {
        secure(ctx);
        ctx.future(() -> operators.refresh(ctx).thenCompose(known -> listen(ctx)));
    }

    private CompletableFuture<Void> listen(Context ctx) {
        ViewQuery query;
        try {
            operators.check(ctx);
            Map<String, List<String>> params = new java.util.HashMap<>(ctx.queryParamMap());
            List<String> view = params.remove("view");
            query = ViewQuery.parse(view == null ? "" : view.get(0), params);
            if (live.isFull()) {
                throw new BadRequest(ErrorCode.OVERLOADED, "Overloaded: too many pages listen, poll instead");
            }
        } catch (BadRequest e) {
            write(ctx, failed(ctx, e));
            return CompletableFuture.completedFuture(null);
        }
        EventStream stream = new EventStream();
        stream.open(ctx);
        live.add(stream, query, Operators.Credentials.of(ctx));
        return stream.done();
    }

    // ---- one task's payloads ------------------------------------------------------------------------------------

    private CompletableFuture<Answer> payload(Context ctx, boolean request) throws BadRequest {
        operators.check(ctx);
        if (config.dashboard().payloads() == Payloads.HIDDEN) {
            throw new BadRequest(ErrorCode.FORBIDDEN, "Forbidden: payloads are hidden, see DASHBOARD_PAYLOADS");
        }
        boolean all = ctx.queryParam("all") != null;
        return task(ctx).thenCompose(found -> {
            if (found.isEmpty()) {
                return done(Answer.notFound());
            }
            TaskFacts task = found.get();
            return store.extras(List.of(task)).thenCompose(extras -> {
                long bytes = size(extras.get(0), request);
                ctx.header("X-Size", Long.toString(bytes));
                if (bytes == 0) {
                    return done(Answer.error(ErrorCode.NOT_FOUND, "Not kept (any more)"));
                }
                if (bytes > WHOLE_BYTES && !all) {
                    return done(new Answer(204, new byte[0]));
                }
                if (!budget.tryTake(bytes)) {
                    return done(Answer.error(ErrorCode.OVERLOADED, "Overloaded: no memory to show this, try again"));
                }
                return kept(task, bytes, request)
                        .thenApplyAsync(
                                value -> value.map(kept -> request ? sent(ctx, kept) : kept)
                                        .map(this::shown)
                                        .map(shown -> new Answer(200, shown))
                                        .orElseGet(Answer::notFound),
                                pool)
                        .whenComplete((answer, failure) -> {
                            if (failure != null) {
                                budget.release(bytes);
                            }
                        })
                        .thenApply(answer -> answer.reserving(bytes));
            });
        });
    }

    private CompletableFuture<Optional<TaskFacts>> task(Context ctx) {
        Optional<TaskId> id = TaskId.parse(ctx.pathParam("id"));
        return id.isEmpty()
                ? CompletableFuture.completedFuture(Optional.empty())
                : views.tasks().find(id.get());
    }

    private static long size(TaskExtras extras, boolean request) {
        return request ? extras.requestBytes() : extras.resultBytes();
    }

    private CompletableFuture<Optional<byte[]>> kept(TaskFacts task, long bytes, boolean request) {
        return request
                ? store.request(task.group(), task.id(), bytes)
                : task.status() == TaskStatus.COMPLETED
                        ? dispatcher.value(task.id(), bytes)
                        : CompletableFuture.completedFuture(Optional.empty());
    }

    /** What the client sent, where to, and how large it was. */
    private static byte[] sent(Context ctx, byte[] payload) {
        StoredPayload.Sent sent = StoredPayload.sent(RawJson.of(payload));
        ctx.header("X-Endpoint", sent.endpoint() == null ? GUIDES_ENDPOINT : sent.endpoint());
        ctx.header("X-Size", Integer.toString(sent.body().length()));
        return sent.body().toBytes();
    }

    private byte[] shown(byte[] value) {
        return config.dashboard().payloads() == Payloads.MASKED ? Masking.mask(value) : value;
    }

    // ---- actions ------------------------------------------------------------------------------------------------

    /** The same request as a new task of the same group. */
    private CompletableFuture<Answer> again(Context ctx) throws BadRequest {
        operators.checkAction(ctx);
        return task(ctx).thenCompose(found -> {
            if (found.isEmpty()) {
                return done(Answer.notFound());
            }
            TaskFacts task = found.get();
            return store.extras(List.of(task))
                    .thenCompose(extras -> kept(task, extras.get(0).requestBytes(), true))
                    .thenCompose(request -> {
                        if (request.isEmpty()) {
                            return done(Answer.error(ErrorCode.NOT_FOUND, "Its request is not kept (any more)"));
                        }
                        long timeoutMs = config.tasks().clampTimeout(task.deadline() - task.enqueuedAt());
                        return dispatcher
                                .submit(NewTask.of(task.group(), request.get(), timeoutMs), WaitPolicy.NONE, () -> {})
                                .thenApply(submission -> Answer.to(submission, true));
                    });
        });
    }

    private CompletableFuture<Answer> cancel(Context ctx) throws BadRequest {
        operators.checkAction(ctx);
        Optional<TaskId> id = TaskId.parse(ctx.pathParam("id"));
        return id.isEmpty()
                ? done(Answer.notFound())
                : dispatcher.cancel(id.get(), TaskAccess.ALL).thenApply(task -> task.map(
                                view -> Answer.toCancelled(id.get(), view))
                        .orElseGet(Answer::notFound));
    }

    // ---- answering ----------------------------------------------------------------------------------------------

    private interface Making {
        CompletableFuture<Answer> make() throws BadRequest;
    }

    private static CompletableFuture<Answer> done(Answer answer) {
        return CompletableFuture.completedFuture(answer);
    }

    private static Answer json(Object value) {
        return new Answer(200, Views.json(value));
    }

    private static void secure(Context ctx) {
        ctx.header("X-Content-Type-Options", "nosniff");
        ctx.header("Referrer-Policy", "no-referrer");
        ctx.header("Cache-Control", "no-store");
    }

    private void answer(Context ctx, Making made) {
        secure(ctx);
        ctx.future(() -> operators
                .refresh(ctx)
                .thenCompose(known -> make(made))
                .exceptionally(failure -> failed(ctx, failure))
                .thenAcceptAsync(answer -> write(ctx, answer), pool));
    }

    private void write(Context ctx, Answer answer) {
        ctx.status(answer.status());
        answer.headers((name, value) -> {
            // A page has said what it is; all else is JSON, as Javalin is told.
            if (!name.equals("Content-Type")) {
                ctx.header(name, value);
            }
        });
        ctx.result(answer.parts().get(0));
        budget.release(answer.reserved());
    }

    private static CompletableFuture<Answer> make(Making made) {
        try {
            return made.make();
        } catch (BadRequest e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static Answer failed(Context ctx, Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (cause instanceof BadRequest bad) {
            return Answer.error(bad);
        }
        log.debug("{} {}: {}", ctx.method(), ctx.endpoint().path, cause.toString());
        return MissingRight.of(cause)
                .map(right -> Answer.error(
                        ErrorCode.UNAVAILABLE,
                        "Service unavailable: the gateway's Redis user may not use " + right
                                + ", allow it with ACL SETUSER"))
                .orElseGet(Answer::unavailable);
    }
}
