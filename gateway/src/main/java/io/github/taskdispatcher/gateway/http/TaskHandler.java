package io.github.taskdispatcher.gateway.http;

import io.github.taskdispatcher.gateway.config.GatewayConfig.TaskLimits;
import io.github.taskdispatcher.gateway.dispatch.Dispatcher;
import io.github.taskdispatcher.gateway.dispatch.Submission;
import io.github.taskdispatcher.gateway.http.ClientRequests.Exchange;
import io.github.taskdispatcher.gateway.store.NewTask;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.store.Replies.TaskView;
import io.github.taskdispatcher.gateway.store.TaskAccess;
import io.github.taskdispatcher.gateway.waiting.WaitPolicy;
import io.github.taskdispatcher.task.TaskId;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Submits and reads tasks: the two routes that clients use all day, below Javalin and the servlets, on the thread that read
 * the request; a large body is parsed elsewhere. Nothing here waits for anything. Every other request goes on to the handler behind, on a thread of the pool,
 * where it may.
 */
public final class TaskHandler extends Handler.Wrapper {

    private static final String SUBMIT = "/api/openai";
    private static final String CANCEL = "/cancel";
    private static final String EVENTS = "/events";

    private final Dispatcher dispatcher;
    private final TaskLimits limits;
    private final Executor pool;
    private final ClientRequests clients;

    /** @param pool for other requests */
    public TaskHandler(Dispatcher dispatcher, TaskLimits limits, ClientRequests clients, Executor pool) {
        this.dispatcher = dispatcher;
        this.limits = limits;
        this.clients = clients;
        this.pool = pool;
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        String path = path(request);
        if (path.equals(SUBMIT)) {
            answer(
                    request,
                    response,
                    callback,
                    is(request, "POST")
                            ? submit(new Exchange(request, response, callback))
                            : notAllowed(response, "POST"));
        } else if (path.startsWith(Answer.TASK_PATH) && path.indexOf('/', Answer.TASK_PATH.length()) < 0) {
            String id = path.substring(Answer.TASK_PATH.length());
            answer(
                    request,
                    response,
                    callback,
                    is(request, "GET") || is(request, "HEAD")
                            ? look(request, id)
                            : is(request, "DELETE") ? cancel(request, id) : notAllowed(response, "GET, HEAD, DELETE"));
        } else if (idBefore(CANCEL, path) != null) {
            answer(
                    request,
                    response,
                    callback,
                    is(request, "POST") ? cancel(request, idBefore(CANCEL, path)) : notAllowed(response, "POST"));
        } else if (idBefore(EVENTS, path) != null) {
            answer(
                    request,
                    response,
                    callback,
                    is(request, "GET")
                            ? events(new Exchange(request, response, callback), idBefore(EVENTS, path))
                            : notAllowed(response, "GET"));
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

    /** What stands in the path of a task before this end; null when it is no such path. */
    private static String idBefore(String end, String path) {
        int from = Answer.TASK_PATH.length();
        return path.startsWith(Answer.TASK_PATH)
                        && path.endsWith(end)
                        && path.indexOf('/', from) == path.length() - end.length()
                ? path.substring(from, path.length() - end.length())
                : null;
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
                answer(request, response, callback, completed(Answer.error(ErrorCode.NOT_FOUND, "Not found")));
            }
        } catch (Exception e) {
            Response.writeError(request, response, callback, e);
        }
    }

    private static <T> CompletableFuture<T> completed(T value) {
        return CompletableFuture.completedFuture(value);
    }

    // ---- the routes ---------------------------------------------------------------------------------------------

    private CompletableFuture<Answer> submit(Exchange exchange) {
        String owner;
        IdempotencyKey key;
        long holdMs;
        try {
            owner = clients.checkClient(exchange.request());
            key = IdempotencyKey.of(exchange.request(), owner);
            holdMs = WaitLimit.preferred(exchange.request(), exchange.response());
        } catch (BadRequest e) {
            return CompletableFuture.failedFuture(e);
        }
        return clients.withBody(exchange.request(), body -> submit(exchange, body, owner, key, holdMs));
    }

    private CompletableFuture<Answer> submit(
            Exchange exchange, ClientRequests.Body body, String owner, IdempotencyKey key, long wishedMs) {
        SubmitRequest request;
        try {
            request = SubmitRequest.parse(body.bytes(), limits);
        } catch (BadRequest e) {
            body.release().run();
            return CompletableFuture.failedFuture(e);
        }
        boolean async = request.async();
        WaitPolicy wait = request.stream()
                ? WaitPolicy.FOLLOWED
                : async ? WaitPolicy.NONE : WaitPolicy.of(wishedMs, clients.client(exchange.request()));
        NewTask task = NewTask.of(
                        request.group(), request.payload(), request.times().timeoutMs())
                .ownedBy(owner)
                .forModel(request.model())
                .waitingAtMost(request.times().queueTimeoutMs());
        CompletableFuture<Submission> submitted = key == null
                ? dispatcher.submit(task, wait, body.release())
                : dispatcher.submitOnce(
                        key.name(), IdempotencyKey.fingerprint(SUBMIT, body.bytes()), task, wait, body.release());
        if (request.stream()) {
            return submitted.thenCompose(submission -> submission instanceof Submission.Accepted accepted
                    ? events(exchange, accepted.id(), TaskAccess.ALL, 0)
                    : completed(Answer.to(submission, false)));
        }
        CompletableFuture<Submission> held = async ? submitted : clients.keepingInTouch(exchange, submitted);
        return held.thenCompose(submission -> submission instanceof Submission.Ended ended
                ? withValue(ended.id(), ended.outcome(), outcome -> Answer.toEnded(ended.id(), outcome))
                : completed(Answer.to(submission, async)));
    }

    /** Null when the events are the answer. */
    private CompletableFuture<Answer> events(Exchange exchange, TaskId id, TaskAccess tasks, long after) {
        return clients.stream(exchange, id, tasks, after, out -> new TaskEvents(id, clients, out, after))
                .thenApply(found -> found ? null : Answer.notFound());
    }

    private CompletableFuture<Answer> events(Exchange exchange, String taskId) {
        String last = exchange.request().getHeaders().get("Last-Event-ID");
        TaskAccess tasks;
        try {
            tasks = clients.checkReader(exchange.request());
            if (last != null && !last.equals(TaskEvents.END) && !last.matches("\\d{1,15}")) {
                throw new BadRequest(
                        ErrorCode.INVALID_REQUEST, "Invalid request: Last-Event-ID must be the id of an event");
            }
        } catch (BadRequest e) {
            return CompletableFuture.failedFuture(e);
        }
        if (TaskEvents.END.equals(last)) {
            // Which stops a browser that connects again.
            return completed(new Answer(204, new byte[0]));
        }
        Optional<TaskId> id = TaskId.parse(taskId);
        return id.isEmpty()
                ? completed(Answer.notFound())
                : events(exchange, id.get(), tasks, last == null ? 0 : Long.parseLong(last));
    }

    private CompletableFuture<Answer> look(Request request, String taskId) {
        TaskAccess tasks;
        long waitMs;
        try {
            tasks = clients.checkReader(request);
            waitMs = WaitLimit.ofQuery(request);
        } catch (BadRequest e) {
            return CompletableFuture.failedFuture(e);
        }
        Optional<TaskId> id = TaskId.parse(taskId);
        return id.isEmpty()
                ? completed(Answer.notFound())
                : dispatcher
                        .look(id.get(), tasks, waitMs, clients.client(request))
                        .thenCompose(
                                view -> view.isPresent() ? look(id.get(), view.get()) : completed(Answer.notFound()));
    }

    private CompletableFuture<Answer> cancel(Request request, String taskId) {
        TaskAccess tasks;
        try {
            tasks = clients.checkCanceller(request);
        } catch (BadRequest e) {
            return CompletableFuture.failedFuture(e);
        }
        Optional<TaskId> id = TaskId.parse(taskId);
        return id.isEmpty()
                ? completed(Answer.notFound())
                : dispatcher.cancel(id.get(), tasks).thenApply(task -> task.map(
                                view -> Answer.toCancelled(id.get(), view))
                        .orElseGet(Answer::notFound));
    }

    private CompletableFuture<Answer> look(TaskId id, TaskView view) {
        return view.outcome() == null
                ? completed(Answer.to(id, view, null))
                : withValue(id, view.outcome(), outcome -> Answer.to(id, view, outcome));
    }

    /** What is made of a value here is made at once, however large: it is not looked into. */
    private CompletableFuture<Answer> withValue(TaskId id, Outcome outcome, Function<Outcome, Answer> form) {
        return clients.withValue(id, outcome, Runnable::run, form);
    }

    private void answer(Request request, Response response, Callback callback, CompletableFuture<Answer> made) {
        clients.answer(request, response, callback, made, Answer::error);
    }
}
