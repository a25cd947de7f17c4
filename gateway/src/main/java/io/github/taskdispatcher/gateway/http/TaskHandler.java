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
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Submits and reads tasks: the two routes that clients use all day, below Javalin and the servlets, on the thread that read
 * the request. Nothing here waits for anything. Every other request goes on to the handler behind, on a thread of the pool,
 * where it may.
 */
public final class TaskHandler extends Handler.Wrapper {

    private static final Logger log = LoggerFactory.getLogger(TaskHandler.class);

    private static final String SUBMIT = "/api/openai";
    private static final String TASK = "/api/task/";
    private static final String CANCEL = "/cancel";

    /** How long a large answer waits for memory. */
    private static final long TURN_LIMIT_MS = 30_000;

    private final Dispatcher dispatcher;
    private final TaskLimits limits;
    private final Access access;
    private final Executor pool;
    private final ByteBudget bodyBudget;
    private final ByteBudget answerBudget;
    private final BodyReader bodies;
    private final AnswerWriter writer;

    /** @param pool for other requests, and for making large answers */
    public TaskHandler(
            Dispatcher dispatcher, GatewayConfig config, Access access, Executor pool, ScheduledExecutorService timer) {
        this.dispatcher = dispatcher;
        this.limits = config.tasks();
        this.access = access;
        this.pool = pool;
        bodyBudget = new ByteBudget(config.limits().maxBufferedBytes() / 3);
        answerBudget = new ByteBudget(config.limits().maxBufferedBytes() / 3);
        bodies = new BodyReader(limits.maxBodyBytes(), config.limits().minBodyRate(), bodyBudget, timer);
        writer = new AnswerWriter(answerBudget, timer);
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        String path = path(request);
        if (path.equals(SUBMIT)) {
            answer(request, response, callback, is(request, "POST") ? submit(request) : notAllowed(response, "POST"));
        } else if (path.startsWith(TASK) && path.indexOf('/', TASK.length()) < 0) {
            String id = path.substring(TASK.length());
            answer(
                    request,
                    response,
                    callback,
                    is(request, "GET") || is(request, "HEAD")
                            ? look(request, id)
                            : is(request, "DELETE") ? cancel(request, id) : notAllowed(response, "GET, DELETE"));
        } else if (path.startsWith(TASK)
                && path.indexOf('/', TASK.length()) == path.length() - CANCEL.length()
                && path.endsWith(CANCEL)) {
            String id = path.substring(TASK.length(), path.length() - CANCEL.length());
            answer(
                    request,
                    response,
                    callback,
                    is(request, "POST") ? cancel(request, id) : notAllowed(response, "POST"));
        } else {
            pool.execute(() -> handleBehind(request, response, callback));
        }
        return true;
    }

    /** Without a slash at its end; empty where there is none, as in {@code OPTIONS *}. */
    private static String path(Request request) {
        String path = request.getHttpURI().getCanonicalPath();
        if (path == null) {
            return "";
        }
        return path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    }

    private static boolean is(Request request, String method) {
        return method.equals(request.getMethod());
    }

    private static CompletableFuture<Answer> notAllowed(Response response, String allowed) {
        response.getHeaders().put(HttpHeader.ALLOW, allowed);
        return completed(Answer.error(ErrorCode.METHOD_NOT_ALLOWED, "Method not allowed"));
    }

    private void handleBehind(Request request, Response response, Callback callback) {
        try {
            if (!super.handle(request, response, callback)) {
                writer.write(request, response, callback, Answer.error(ErrorCode.NOT_FOUND, "Not found"));
            }
        } catch (Exception e) {
            Response.writeError(request, response, callback, e);
        }
    }

    private static <T> CompletableFuture<T> completed(T value) {
        return CompletableFuture.completedFuture(value);
    }

    // ---- the routes ---------------------------------------------------------------------------------------------

    private CompletableFuture<Answer> submit(Request request) {
        try {
            checkClient(request);
            checkHeaders(request);
        } catch (BadRequest e) {
            return CompletableFuture.failedFuture(e);
        }
        return bodies.read(request).thenCompose(this::submit);
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
                .thenCompose(submission -> submission instanceof Submission.Ended ended
                        ? withValue(ended.id(), ended.outcome(), outcome -> Answer.toEnded(ended.id(), outcome))
                        : completed(Answer.to(submission, async)));
    }

    private CompletableFuture<Answer> look(Request request, String taskId) {
        try {
            checkClient(request);
        } catch (BadRequest e) {
            return CompletableFuture.failedFuture(e);
        }
        Optional<TaskId> id = TaskId.parse(taskId);
        return id.isEmpty()
                ? completed(Answer.notFound())
                : dispatcher
                        .look(id.get())
                        .thenCompose(
                                view -> view.isPresent() ? look(id.get(), view.get()) : completed(Answer.notFound()));
    }

    private CompletableFuture<Answer> cancel(Request request, String taskId) {
        try {
            checkClient(request);
        } catch (BadRequest e) {
            return CompletableFuture.failedFuture(e);
        }
        Optional<TaskId> id = TaskId.parse(taskId);
        return id.isEmpty()
                ? completed(Answer.notFound())
                : dispatcher.cancel(id.get()).thenApply(task -> task.map(view -> Answer.toCancelled(id.get(), view))
                        .orElseGet(Answer::notFound));
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
                                value -> value.map(light::with).map(form).orElseGet(Answer::notFound), pool)
                        .whenComplete((answer, failure) -> {
                            if (failure != null) {
                                answerBudget.release(size);
                            }
                        })
                        .thenApply(answer -> answer.reserving(size)));
    }

    // ---- before the body is read --------------------------------------------------------------------------------

    private void checkClient(Request request) throws BadRequest {
        Access.Decision decision = access.client(header(request, HttpHeader.AUTHORIZATION));
        if (decision.verdict() == Access.Verdict.UNKNOWN) {
            throw new BadRequest(
                    ErrorCode.UNAUTHORIZED, "Unauthorized: send a client's key, Authorization: Bearer <key>");
        }
        if (decision.verdict() == Access.Verdict.FORBIDDEN) {
            throw new BadRequest(ErrorCode.FORBIDDEN, "Forbidden: this key is not a client's");
        }
        // A page cannot know a key; without keys its origin is all there is to tell it by.
        if (!access.asksClients()
                && !access.originAllowed(header(request, HttpHeader.ORIGIN), header(request, HttpHeader.HOST))) {
            throw new BadRequest(
                    ErrorCode.FORBIDDEN, "Forbidden: pages of this origin may not ask, see ALLOWED_ORIGINS");
        }
    }

    private static void checkHeaders(Request request) throws BadRequest {
        String type = header(request, HttpHeader.CONTENT_TYPE);
        if (type != null && !isJson(type)) {
            throw new BadRequest(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                    "Unsupported media type: send the header Content-Type: application/json");
        }
        String encoding = header(request, HttpHeader.CONTENT_ENCODING);
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            throw new BadRequest(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE, "Unsupported content encoding: send the body uncompressed");
        }
    }

    private static String header(Request request, HttpHeader name) {
        return request.getHeaders().get(name);
    }

    private static boolean isJson(String type) {
        if (type.equals("application/json")) {
            return true;
        }
        String name = type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        return name.equals("application/json") || name.endsWith("+json");
    }

    // ---- answering ----------------------------------------------------------------------------------------------

    private void answer(Request request, Response response, Callback callback, CompletableFuture<Answer> made) {
        // Held for as long as its task may take: no byte moves on this connection meanwhile, and none is missed.
        request.addIdleTimeoutListener(timeout -> false);
        made.whenComplete((answer, failure) -> {
            if (dispatcher.isDraining()) {
                response.getHeaders().put(HttpHeader.CONNECTION, "close");
            }
            writer.write(request, response, callback, failure == null ? answer : failed(request, failure));
        });
    }

    private static Answer failed(Request request, Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (cause instanceof BadRequest bad) {
            return Answer.error(bad.code(), bad.getMessage());
        }
        if (cause instanceof TimeoutException) {
            return Answer.error(ErrorCode.OVERLOADED, "Overloaded: no memory for a result this large, try again");
        }
        log.debug("{} {}: {}", request.getMethod(), request.getHttpURI().getPath(), cause.toString());
        return Answer.unavailable();
    }
}
