package io.github.taskdispatcher.gateway.openai;

import io.github.taskdispatcher.gateway.config.GatewayConfig.TaskLimits;
import io.github.taskdispatcher.gateway.dispatch.Dispatcher;
import io.github.taskdispatcher.gateway.dispatch.Hold;
import io.github.taskdispatcher.gateway.dispatch.Submission;
import io.github.taskdispatcher.gateway.http.Answer;
import io.github.taskdispatcher.gateway.http.BadRequest;
import io.github.taskdispatcher.gateway.http.ClientRequests;
import io.github.taskdispatcher.gateway.http.ClientRequests.Exchange;
import io.github.taskdispatcher.gateway.http.ErrorCode;
import io.github.taskdispatcher.gateway.http.IdempotencyKey;
import io.github.taskdispatcher.gateway.store.NewTask;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.store.Replies.TaskView;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * The routes under {@code /v1}, on the thread that read the request; nothing here waits for anything. Every other path goes on
 * to the handler behind.
 */
public final class OpenAiHandler extends Handler.Wrapper {

    private static final String ROOT = "/v1";
    private static final String MODELS = "/v1/models";
    private static final String RESPONSES = "/v1/responses";
    private static final String CANCEL = "/cancel";

    private final Dispatcher dispatcher;
    private final TaskLimits limits;
    private final ClientRequests clients;
    private final Executor pool;

    /** @param pool for looking into large results */
    public OpenAiHandler(Dispatcher dispatcher, TaskLimits limits, ClientRequests clients, Executor pool) {
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
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        String path = request.getHttpURI().getDecodedPath();
        if (path == null || !path.startsWith(ROOT) || path.length() > ROOT.length() && path.charAt(3) != '/') {
            return super.handle(request, response, callback);
        }
        CompletableFuture<Answer> made;
        try {
            clients.checkClient(request);
            made = route(
                    new Exchange(request, response, callback),
                    path.endsWith("/") ? path.substring(0, path.length() - 1) : path);
        } catch (BadRequest e) {
            made = CompletableFuture.failedFuture(e);
        }
        clients.answer(request, response, callback, made, OpenAiErrors::of);
        return true;
    }

    private CompletableFuture<Answer> route(Exchange exchange, String path) throws BadRequest {
        Request request = exchange.request();
        switch (request.getMethod()) {
            case "GET" -> {
                if (path.equals(MODELS)) {
                    return dispatcher.models().list().thenApply(ModelObjects::list);
                }
                if (path.startsWith(MODELS + '/')) {
                    return model(path.substring(MODELS.length() + 1));
                }
                if (path.startsWith(RESPONSES + '/')) {
                    return response(path.substring(RESPONSES.length() + 1));
                }
            }
            case "POST" -> {
                if (path.startsWith(RESPONSES + '/') && path.endsWith(CANCEL)) {
                    return cancel(path.substring(RESPONSES.length() + 1, path.length() - CANCEL.length()));
                }
                // What belongs to a response or a model is no endpoint of a worker's.
                if (path.length() > ROOT.length() + 1
                        && !path.startsWith(RESPONSES + '/')
                        && !path.equals(MODELS)
                        && !path.startsWith(MODELS + '/')) {
                    return submit(exchange, path);
                }
            }
            default -> {}
        }
        throw new BadRequest(
                ErrorCode.NOT_FOUND,
                "Unknown request URL: " + request.getMethod() + ' ' + path + ", see docs/openai.md");
    }

    private CompletableFuture<Answer> model(String id) {
        return dispatcher.models().find(id).thenApply(found -> found.map(
                        model -> new Answer(200, ModelObjects.object(model)))
                .orElseGet(() -> OpenAiErrors.of(
                        ErrorCode.NOT_FOUND, "The model '" + id + "' is not served by any worker now", "model")));
    }

    // ---- submitting ---------------------------------------------------------------------------------------------

    private CompletableFuture<Answer> submit(Exchange exchange, String path) throws BadRequest {
        Wishes wishes = Wishes.of(exchange.request(), exchange.response());
        return clients.body(exchange.request()).thenCompose(body -> {
            try {
                OpenAiRequest asked = OpenAiRequest.parse(path, body.bytes());
                if (asked.stream() && asked.background()) {
                    throw new BadParameter("stream", "must be false with background");
                }
                if (asked.stream() && !dispatcher.hasRoom()) {
                    throw Answer.refusal(new Submission.Overloaded());
                }
                return route(asked, wishes)
                        .whenComplete((route, failure) -> {
                            if (failure != null) {
                                body.release().run();
                            }
                        })
                        .thenCompose(route -> submit(exchange, asked, wishes, route, body));
            } catch (BadRequest e) {
                body.release().run();
                return CompletableFuture.failedFuture(e);
            }
        });
    }

    /**
     * Where a task runs.
     *
     * @param model as its worker is told
     */
    private record Route(GroupName group, String model) {}

    /** Fails when the store cannot say which group serves the model: the gateway then answers 503 and routes nowhere. */
    private CompletableFuture<Route> route(OpenAiRequest asked, Wishes wishes) {
        String model = asked.model();
        GroupName named = wishes.group() == null ? asked.group() : wishes.group();
        if (named != null) {
            return CompletableFuture.completedFuture(new Route(named, model));
        }
        int at = model.lastIndexOf('@');
        Optional<GroupName> suffix = at < 1 ? Optional.empty() : GroupName.parse(model.substring(at + 1));
        return dispatcher.models().groupOf(model).thenApply(group -> group.map(found -> new Route(found, model))
                .or(() -> suffix.map(found -> new Route(found, model.substring(0, at))))
                .orElseGet(() -> new Route(GroupName.DEFAULT, model)));
    }

    private CompletableFuture<Answer> submit(
            Exchange exchange, OpenAiRequest asked, Wishes wishes, Route route, ClientRequests.Body body) {
        double timeoutMs = Double.isNaN(wishes.timeoutMs()) ? asked.timeoutMs() : wishes.timeoutMs();
        NewTask task = NewTask.of(
                        route.group(),
                        asked.payload(route.model()),
                        Double.isNaN(timeoutMs) ? limits.defaultTimeoutMs() : limits.clampTimeout(timeoutMs))
                .noting(new TaskNote(asked.path(), asked.background(), asked.model()).text());
        Hold hold = asked.stream()
                ? Hold.FOLLOWED
                : asked.background() ? Hold.NONE : Hold.of(wishes.holdMs(), clients.client(exchange.request()));
        CompletableFuture<Submission> submitted = submit(exchange, asked, wishes, task, hold, body);
        if (asked.stream()) {
            return submitted.thenCompose(submission -> submission instanceof Submission.Accepted accepted
                    ? stream(exchange, accepted.id(), asked)
                    : answer(submission, asked, wishes));
        }
        return clients.keepingInTouch(exchange, submitted).thenCompose(submission -> answer(submission, asked, wishes));
    }

    private CompletableFuture<Submission> submit(
            Exchange exchange, OpenAiRequest asked, Wishes wishes, NewTask task, Hold hold, ClientRequests.Body body) {
        if (wishes.key() != null) {
            String fingerprint = IdempotencyKey.fingerprint(asked.path(), body.bytes());
            return dispatcher.submitOnce(wishes.key().name(), fingerprint, task, hold, body.release());
        }
        if (wishes.attempt() == SdkAttempt.UNKNOWN) {
            return dispatcher.submit(task, hold, body.release());
        }
        String key = IdempotencyKey.derived(
                clients.owner(exchange.request()), asked.path(), task.group().text(), body.bytes());
        return wishes.attempt() == SdkAttempt.FIRST
                ? dispatcher.submitFirst(key, task, hold, body.release())
                : dispatcher.submitAgain(key, task, hold, body.release());
    }

    /** Null when the stream is the answer. */
    private CompletableFuture<Answer> stream(Exchange exchange, TaskId id, OpenAiRequest asked) {
        Results results = results(id, asked);
        return clients.stream(exchange, id, 0, out -> new OpenAiStream(results, clients, out, pool))
                .thenApply(found -> found
                        ? null
                        : OpenAiErrors.of(ErrorCode.TASK_LOST, "Task lost: Redis no longer has it", null)
                                .about(id));
    }

    private Results results(TaskId id, OpenAiRequest asked) {
        return new Results(Endpoint.of(asked.path()), id, asked.model(), dispatcher.now() / 1_000);
    }

    private CompletableFuture<Answer> answer(Submission submission, OpenAiRequest asked, Wishes wishes) {
        if (submission instanceof Submission.Ended ended) {
            return ended(ended, asked);
        }
        if (!(submission instanceof Submission.Accepted accepted)) {
            return completed(OpenAiErrors.of(Answer.refusal(submission)));
        }
        if (asked.background()) {
            TaskNote note = new TaskNote(asked.path(), true, asked.model());
            return response(accepted.id(), note, accepted.status(), dispatcher.now(), null);
        }
        if (wishes.preferred()) {
            return completed(Answer.to(accepted, false));
        }
        return completed(OpenAiErrors.of(
                        ErrorCode.WAIT_TIMEOUT,
                        "Wait timeout: the task goes on, follow it with GET " + Answer.TASK_PATH
                                + accepted.id().text(),
                        null)
                .about(accepted.id()));
    }

    private CompletableFuture<Answer> ended(Submission.Ended ended, OpenAiRequest asked) {
        Results results = results(ended.id(), asked);
        return clients.withValue(ended.id(), ended.outcome(), pool, outcome -> ended(ended.id(), outcome, results));
    }

    private static Answer ended(TaskId id, Outcome outcome, Results results) {
        if (outcome.status() != TaskStatus.COMPLETED) {
            return OpenAiErrors.of(id, outcome);
        }
        List<byte[]> body = results.of(outcome.value());
        return body == null
                ? OpenAiErrors.of(ErrorCode.WORKER_ERROR, results.expected(), null)
                        .about(id)
                : new Answer(200, body).about(id);
    }

    // ---- responses ----------------------------------------------------------------------------------------------

    private CompletableFuture<Answer> response(String name) {
        Optional<TaskId> id = Results.taskId(name);
        return id.isEmpty()
                ? completed(noResponse(name))
                : dispatcher.look(id.get()).thenCompose(view -> response(id.get(), view));
    }

    private CompletableFuture<Answer> response(TaskId id, Optional<TaskView> view) {
        Optional<TaskNote> note = noteOf(view);
        if (note.isEmpty()) {
            return completed(noResponse(Results.responseId(id)));
        }
        TaskView task = view.orElseThrow();
        return response(id, note.get(), task.status(), task.enqueuedAt(), task.outcome());
    }

    private static Optional<TaskNote> noteOf(Optional<TaskView> view) {
        return view.flatMap(task -> TaskNote.of(task.note())).filter(TaskNote::isResponse);
    }

    /** Only a response is cancelled here; one that has ended stays as it is. */
    private CompletableFuture<Answer> cancel(String name) {
        Optional<TaskId> id = Results.taskId(name);
        return id.isEmpty()
                ? completed(noResponse(name))
                : dispatcher
                        .look(id.get())
                        .thenCompose(view -> noteOf(view).isPresent()
                                ? dispatcher.cancel(id.get()).thenCompose(cancelled -> response(id.get(), cancelled))
                                : completed(noResponse(name)));
    }

    private static Answer noResponse(String name) {
        return OpenAiErrors.of(
                ErrorCode.NOT_FOUND, "Response with id '" + name + "' not found, or expired", "response_id");
    }

    /** @param outcome of an ended one, null when it was not read */
    private CompletableFuture<Answer> response(
            TaskId id, TaskNote note, TaskStatus status, long createdAt, Outcome outcome) {
        Results results = new Results(Endpoint.RESPONSES, id, note.model(), createdAt / 1_000);
        if (outcome == null && status.ended()) {
            return response(Results.responseId(id));
        }
        if (outcome != null) {
            return clients.withValue(id, outcome, pool, read -> endedResponse(id, note, read, results));
        }
        String word = status == TaskStatus.QUEUED ? "queued" : "in_progress";
        return completed(new Answer(200, results.response(word, null, null, note.background())).about(id));
    }

    private static Answer endedResponse(TaskId id, TaskNote note, Outcome outcome, Results results) {
        if (outcome.status() == TaskStatus.COMPLETED) {
            return new Answer(200, results.of(outcome.value())).about(id);
        }
        if (outcome.status() == TaskStatus.CANCELLED) {
            return new Answer(200, results.response("cancelled", null, null, note.background())).about(id);
        }
        byte[] error = OpenAiErrors.responseError(outcome);
        return new Answer(200, results.response("failed", null, error, note.background())).about(id);
    }

    private static CompletableFuture<Answer> completed(Answer answer) {
        return CompletableFuture.completedFuture(answer);
    }
}
