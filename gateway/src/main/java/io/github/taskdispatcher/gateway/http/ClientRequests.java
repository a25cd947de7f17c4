package io.github.taskdispatcher.gateway.http;

import io.github.taskdispatcher.gateway.access.Access;
import io.github.taskdispatcher.gateway.config.GatewayConfig;
import io.github.taskdispatcher.gateway.config.GatewayConfig.SyncKeepAlive;
import io.github.taskdispatcher.gateway.dispatch.Dispatcher;
import io.github.taskdispatcher.gateway.limits.ByteBudget;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.store.TaskAccess;
import io.github.taskdispatcher.gateway.waiting.DisconnectSignal;
import io.github.taskdispatcher.gateway.waiting.StreamListener;
import io.github.taskdispatcher.gateway.waiting.TaskStream;
import io.github.taskdispatcher.task.TaskId;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What every route of clients needs: whether the client may ask, its body, memory for the body and the answer, and writing the answer. Any thread;
 * nothing blocks.
 */
public final class ClientRequests {

    private static final Logger log = LoggerFactory.getLogger(ClientRequests.class);

    private static final String FORM = "multipart/form-data";

    /** How long a large answer waits for memory. */
    private static final long TURN_LIMIT_MS = 30_000;

    /** What a handler was given: the request, its response, and what to complete when that is written. */
    public record Exchange(Request request, Response response, Callback callback) {}

    /**
     * A body in memory.
     *
     * @param release to be run once, when the bytes are needed no more
     */
    public record Body(byte[] bytes, Runnable release) {}

    /**
     * The largest body that is handled on the thread that read it, in bytes: to parse the worst one of this size takes about
     * a millisecond.
     */
    private static final int SMALL_BODY_BYTES = 64 * 1024;

    private final Dispatcher dispatcher;
    private final Access access;
    private final Executor pool;
    private final Executor heavy;
    private final ByteBudget bodyBudget;
    private final ByteBudget answerBudget;
    private final BodyReader bodies;
    private final AnswerWriter writer;
    private final ScheduledExecutorService timer;
    private final SyncKeepAlive keepAlive;
    private final boolean readOnly;

    /**
     * @param pool for making large answers
     * @param heavy for parsing large bodies: may use a part of the cores only
     */
    public ClientRequests(
            Dispatcher dispatcher,
            GatewayConfig config,
            Access access,
            Executor pool,
            Executor heavy,
            ScheduledExecutorService timer) {
        this.dispatcher = dispatcher;
        this.access = access;
        this.pool = pool;
        this.heavy = heavy;
        bodyBudget = new ByteBudget(config.limits().maxBufferedBytes() / 3);
        answerBudget = new ByteBudget(config.limits().maxBufferedBytes() / 3);
        bodies = new BodyReader(config.tasks().maxBodyBytes(), config.limits().minBodyRate(), bodyBudget, timer);
        writer = new AnswerWriter(answerBudget, timer);
        this.timer = timer;
        keepAlive = config.syncKeepAlive();
        readOnly = config.dashboard().readOnly();
    }

    // ---- what comes in ------------------------------------------------------------------------------------------

    /**
     * Lets a client in that may submit; of the body nothing has been read then.
     *
     * @return tag of the owner of its tasks; empty where clients need no key
     */
    public String checkClient(Request request) throws BadRequest {
        Access.Decision client = check(request, access.client(ClientKey.of(request)));
        return client.owner() == null ? "" : client.owner().tag();
    }

    /** Lets a client in, or an operator by the operator's key, and says which tasks the caller may read and follow. */
    public TaskAccess checkReader(Request request) throws BadRequest {
        Access.Decision reader = check(request, access.reader(ClientKey.of(request)));
        return reader.owner() == null
                ? TaskAccess.ALL
                : TaskAccess.of(reader.owner().tags());
    }

    /** The same for a caller that cancels. An operator does not where the pages only show. */
    public TaskAccess checkCanceller(Request request) throws BadRequest {
        TaskAccess tasks = checkReader(request);
        if (readOnly && access.asksClients() && access.isOperatorsKey(ClientKey.of(request))) {
            throw new BadRequest(
                    ErrorCode.FORBIDDEN, "Forbidden: an operator changes nothing here, DASHBOARD_READ_ONLY is set");
        }
        return tasks;
    }

    private Access.Decision check(Request request, Access.Decision decision) throws BadRequest {
        if (!access.hostAllowed(Access.Role.CLIENT, request.getHeaders().getValuesList(HttpHeader.HOST))) {
            throw new BadRequest(ErrorCode.FORBIDDEN, Access.FOREIGN_HOST);
        }
        if (decision.verdict() == Access.Verdict.UNKNOWN) {
            throw new BadRequest(
                    ErrorCode.UNAUTHORIZED,
                    "Unauthorized: send a client's key, as Authorization: Bearer <key>, x-api-key or api-key");
        }
        if (decision.verdict() == Access.Verdict.FORBIDDEN) {
            throw new BadRequest(ErrorCode.FORBIDDEN, "Forbidden: this key is not a client's");
        }
        // A page cannot know a key; without keys its origin is all there is to tell it by.
        if (!access.asksClients() && !isOwnPage(request)) {
            throw new BadRequest(
                    ErrorCode.FORBIDDEN, "Forbidden: pages of this origin may not ask, see ALLOWED_ORIGINS");
        }
        return decision;
    }

    private boolean isOwnPage(Request request) {
        return access.originAllowed(
                request.getHeaders()::get,
                Request.getRemoteAddr(request),
                request.getHttpURI().getScheme());
    }

    /**
     * Which tenant a request belongs to: its owner, or else all requests with the same key from the same address.
     *
     * @param owner what {@link #checkClient} said
     */
    public static String whose(Request request, String owner) {
        String authorization = Objects.requireNonNullElse(ClientKey.of(request), "");
        return owner.isEmpty() ? authorization + ' ' + Request.getRemoteAddr(request) : owner;
    }

    private static void checkHeaders(Request request) throws BadRequest {
        String type = header(request, HttpHeader.CONTENT_TYPE);
        if (type != null && !isJson(type)) {
            throw new BadRequest(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                    isForm(type)
                            ? "Unsupported media type: forms and files (" + FORM + ") are not supported, send JSON"
                            : "Unsupported media type: send the header Content-Type: application/json");
        }
        String encoding = header(request, HttpHeader.CONTENT_ENCODING);
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            throw new BadRequest(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE, "Unsupported content encoding: send the body uncompressed");
        }
    }

    /**
     * Reads a JSON body as it comes, then does this with it: a small body on the thread that read it, a large one elsewhere,
     * because the time it takes is the peer's choice.
     *
     * @param use takes the body over, with its {@code release}
     */
    public <T> CompletableFuture<T> withBody(Request request, Function<Body, CompletableFuture<T>> use) {
        try {
            checkHeaders(request);
        } catch (BadRequest e) {
            return CompletableFuture.failedFuture(e);
        }
        return bodies.read(request)
                .thenApply(body -> new Body(body.bytes(), () -> bodyBudget.release(body.reserved())))
                .thenCompose(body -> body.bytes().length <= SMALL_BODY_BYTES ? use.apply(body) : elsewhere(body, use));
    }

    private <T> CompletableFuture<T> elsewhere(Body body, Function<Body, CompletableFuture<T>> use) {
        try {
            return CompletableFuture.supplyAsync(() -> use.apply(body), heavy).thenCompose(Function.identity());
        } catch (RejectedExecutionException stopping) {
            body.release().run();
            return CompletableFuture.failedFuture(stopping);
        }
    }

    private static String header(Request request, HttpHeader name) {
        return request.getHeaders().get(name);
    }

    private static boolean isForm(String type) {
        return type.strip().toLowerCase(Locale.ROOT).startsWith(FORM);
    }

    private static boolean isJson(String type) {
        if (type.equals("application/json")) {
            return true;
        }
        String name = type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        return name.equals("application/json") || name.endsWith("+json");
    }

    // ---- what goes out ------------------------------------------------------------------------------------------

    /**
     * Makes an answer of an outcome whose value may be large: then it waits for memory, and for the value.
     *
     * @param form what is made of it; runs at once when the value is small, else where {@code former} says
     * @return fails with {@link ErrorCode#INTERNAL} when the form fails: the value is there, no answer can be made of it
     */
    public CompletableFuture<Answer> withValue(
            TaskId id, Outcome outcome, Executor former, Function<Outcome, Answer> form) {
        long size = outcome.size();
        if (size <= Outcome.INLINE_BYTES) {
            return CompletableFuture.supplyAsync(() -> formed(id, outcome, form), Runnable::run);
        }
        if (outcome.value() != null && answerBudget.tryTake(size)) {
            return CompletableFuture.supplyAsync(() -> formed(id, outcome, form).reserving(size), former)
                    .whenComplete((answer, failure) -> release(size, failure));
        }
        Outcome light = outcome.light();
        return answerBudget
                .take(size)
                .orTimeout(TURN_LIMIT_MS, TimeUnit.MILLISECONDS)
                .thenCompose(turn -> dispatcher
                        .value(id, size)
                        .thenApplyAsync(
                                value -> value.map(read -> formed(id, light.with(read), form))
                                        .orElseGet(Answer::notFound),
                                pool)
                        .whenComplete((answer, failure) -> release(size, failure))
                        .thenApply(answer -> answer.reserving(size)));
    }

    private static Answer formed(TaskId id, Outcome outcome, Function<Outcome, Answer> form) {
        try {
            return form.apply(outcome);
        } catch (RuntimeException e) {
            log.error("no answer could be made of the result of task {}", id, e);
            String why = "Internal error: no answer could be made of the result; the task has ended, see GET ";
            throw new CompletionException(new BadRequest(ErrorCode.INTERNAL, why + Answer.TASK_PATH + id.text()));
        }
    }

    private void release(long size, Throwable failure) {
        if (failure != null) {
            answerBudget.release(size);
        }
    }

    /** What an answer reserved is free again. */
    public void written(Answer answer) {
        answerBudget.release(answer.reserved());
    }

    /**
     * Answers with a stream of a task's events.
     *
     * @param tasks which tasks the client may follow
     * @param after number of the last chunk the client knows, 0 for none
     * @param form makes events of what there is to hear
     * @return false when there is no such task; then, and when it fails, the response has not begun
     */
    public CompletableFuture<Boolean> stream(
            Exchange exchange, TaskId id, TaskAccess tasks, long after, Function<EventWriter, StreamListener> form) {
        EventWriter out = new EventWriter(exchange, timer, id, answerBudget);
        Optional<TaskStream> opened = dispatcher.follow(id, tasks, after, form.apply(out));
        if (opened.isEmpty()) {
            return CompletableFuture.failedFuture(new BadRequest(
                    ErrorCode.OVERLOADED, "Overloaded: this gateway holds as many requests as it may, try again"));
        }
        closeWhenDraining(exchange.response());
        TaskStream stream = opened.get();
        out.telling(stream::wake, stream::leave, stream::clientLeft);
        return stream.begin();
    }

    /** The client of a request whose body has been read. */
    public DisconnectSignal client(Request request) {
        return left -> WatchfulEndPoint.watch(request, left);
    }

    /** Keeps the client of a held request in touch, if it is wanted, until this is done. */
    public <T> CompletableFuture<T> keepingInTouch(Exchange exchange, CompletableFuture<T> held) {
        return KeepAlive.until(held, exchange, keepAlive, timer);
    }

    /**
     * Answers when the answer is made; null when the request has been answered otherwise.
     *
     * @param error how what the client is told of a failure looks
     */
    public void answer(
            Request request,
            Response response,
            Callback callback,
            CompletableFuture<Answer> made,
            Function<BadRequest, Answer> error) {
        // Held for as long as its task may take: no byte moves on this connection meanwhile, and none is missed.
        request.addIdleTimeoutListener(timeout -> false);
        made.whenComplete((answer, failure) -> {
            if (answer == null && failure == null) {
                return;
            }
            WatchfulEndPoint.unwatch(request);
            closeWhenDraining(response);
            writer.write(
                    request, response, callback, failure == null ? answer : error.apply(refusal(request, failure)));
        });
    }

    /** The next request is better made to another gateway; what has begun can no longer say so. */
    private void closeWhenDraining(Response response) {
        if (dispatcher.isDraining() && !response.isCommitted()) {
            response.getHeaders().put(HttpHeader.CONNECTION, "close");
        }
    }

    private static BadRequest refusal(Request request, Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (cause instanceof BadRequest bad) {
            return bad;
        }
        if (cause instanceof TimeoutException) {
            return new BadRequest(ErrorCode.OVERLOADED, "Overloaded: no memory for a result this large, try again");
        }
        log.debug("{} {}: {}", request.getMethod(), request.getHttpURI().getPath(), cause.toString());
        return new BadRequest(ErrorCode.UNAVAILABLE, Answer.UNAVAILABLE);
    }
}
