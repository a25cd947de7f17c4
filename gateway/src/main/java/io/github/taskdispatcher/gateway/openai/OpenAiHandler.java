package io.github.taskdispatcher.gateway.openai;

import io.github.taskdispatcher.gateway.config.GatewayConfig.TaskLimits;
import io.github.taskdispatcher.gateway.dispatch.Dispatcher;
import io.github.taskdispatcher.gateway.dispatch.Models;
import io.github.taskdispatcher.gateway.dispatch.Submission;
import io.github.taskdispatcher.gateway.http.Answer;
import io.github.taskdispatcher.gateway.http.BadRequest;
import io.github.taskdispatcher.gateway.http.ClientRequests;
import io.github.taskdispatcher.gateway.http.ClientRequests.Exchange;
import io.github.taskdispatcher.gateway.http.ErrorCode;
import io.github.taskdispatcher.gateway.http.HttpConnections;
import io.github.taskdispatcher.gateway.http.IdempotencyKey;
import io.github.taskdispatcher.gateway.store.NewTask;
import io.github.taskdispatcher.gateway.store.Outcome;
import io.github.taskdispatcher.gateway.store.TaskAccess;
import io.github.taskdispatcher.gateway.waiting.WaitPolicy;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.github.taskdispatcher.task.TaskStatus;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * The routes under {@code /v1}, on the thread that read the request; a large body is parsed elsewhere, and nothing here waits for
 * anything. Every other path goes on to the handler behind.
 */
public final class OpenAiHandler extends Handler.Wrapper {

    private static final String ROOT = "/v1";
    private static final String MODELS = "/v1/models";
    private static final String RESPONSES = "/v1/responses";
    private static final String CANCEL = "/cancel";

    private static final List<String> READS = List.of("GET", "HEAD");
    private static final List<String> SUBMITS = List.of("POST");

    /** What a worker is told as its endpoint: it may join this to an address without looking into it. */
    private static final Pattern PLAIN_PATH = Pattern.compile("(/(?!\\.{1,2}(/|$))[A-Za-z0-9._~:@-]+)+/?");

    private final Dispatcher dispatcher;
    private final Models models;
    private final TaskLimits limits;
    private final ClientRequests clients;
    private final Executor heavy;
    private final ResultReader values;
    private final StoredResponses responses;

    /** @param heavy for parsing large results: may use a part of the cores only */
    public OpenAiHandler(
            Dispatcher dispatcher, Models models, TaskLimits limits, ClientRequests clients, Executor heavy) {
        this.dispatcher = dispatcher;
        this.models = models;
        this.limits = limits;
        this.clients = clients;
        this.heavy = heavy;
        values = new ResultReader(clients, heavy);
        responses = new StoredResponses(dispatcher, values);
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    /** An error in the form that the client of this path reads: see {@link io.github.taskdispatcher.gateway.http.ErrorForm}. */
    public static Answer error(Request request, int status, String text) {
        BadRequest bad = new BadRequest(ErrorCode.ofStatus(status), text);
        boolean below = isBelow(request.getHttpURI().getPath()) || isBelow(HttpConnections.target(request));
        Answer answer = below ? OpenAiErrors.of(bad) : Answer.error(bad);
        return answer.withStatus(status);
    }

    /** @param path decoded or not, or null */
    private static boolean isBelow(String path) {
        return path != null && path.startsWith(ROOT) && (path.length() == ROOT.length() || path.charAt(3) == '/');
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        String path = request.getHttpURI().getDecodedPath();
        if (!isBelow(path)) {
            BadRequest wrong = path == null ? null : WrongPaths.outside(request.getMethod(), path);
            if (wrong == null) {
                return super.handle(request, response, callback);
            }
            clients.answer(request, response, callback, CompletableFuture.failedFuture(wrong), OpenAiErrors::of);
            return true;
        }
        CompletableFuture<Answer> made;
        try {
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
        String method = request.getMethod();
        String rest = path.startsWith(RESPONSES + '/') ? path.substring(RESPONSES.length() + 1) : null;
        if (rest != null && isOfResponse(method, rest)) {
            return routeOfResponse(exchange, rest);
        }
        String owner = clients.checkClient(request);
        BadRequest wrong = WrongPaths.below(method, path);
        if (wrong != null) {
            throw wrong;
        }
        if (path.equals(MODELS)) {
            allow(exchange, READS);
            return models.list().thenApply(ModelObjects::list);
        }
        if (path.startsWith(MODELS + '/')) {
            allow(exchange, READS);
            return model(path.substring(MODELS.length() + 1));
        }
        if (Endpoint.of(path) != Endpoint.OTHER) {
            allow(exchange, SUBMITS);
        }
        if (method.equals("POST") && path.length() > ROOT.length() + 1) {
            return submit(exchange, path, owner);
        }
        throw unknown(method, path);
    }

    /** Any other POST there is a task, such as {@code /v1/responses/input_tokens}. */
    private static boolean isOfResponse(String method, String rest) {
        return !method.equals("POST") || rest.contains("/") || ResponseMapper.isResponseId(rest);
    }

    private CompletableFuture<Answer> routeOfResponse(Exchange exchange, String rest) throws BadRequest {
        Request request = exchange.request();
        boolean cancels = rest.endsWith(CANCEL);
        TaskAccess tasks = cancels ? clients.checkCanceller(request) : clients.checkReader(request);
        String id = cancels ? rest.substring(0, rest.length() - CANCEL.length()) : rest;
        if (id.contains("/")) {
            throw unknown(request.getMethod(), RESPONSES + '/' + rest);
        }
        allow(exchange, cancels ? SUBMITS : READS);
        if (!cancels && asksForStream(request.getHttpURI().getQuery())) {
            throw new BadParameter(
                    "stream", "must be false: read the response, or follow its task with GET /api/task/{id}/events");
        }
        return cancels ? responses.cancel(id, tasks) : responses.read(id, tasks);
    }

    private static boolean asksForStream(String query) {
        return query != null && List.of(query.split("&")).contains("stream=true");
    }

    private static BadRequest unknown(String method, String path) {
        return WrongPaths.unknown(method, path, "see docs/openai.md");
    }

    /** Refuses a request with another method than those. */
    private static void allow(Exchange exchange, List<String> methods) throws BadRequest {
        String method = exchange.request().getMethod();
        if (!methods.contains(method)) {
            String allowed = String.join(", ", methods);
            exchange.response().getHeaders().put(HttpHeader.ALLOW, allowed);
            throw new BadRequest(ErrorCode.METHOD_NOT_ALLOWED, "Method not allowed: " + method + ", send " + allowed);
        }
    }

    private CompletableFuture<Answer> model(String id) {
        return models.find(id)
                .thenCompose(found -> found.isPresent()
                        ? completed(new Answer(200, ModelObjects.object(found.get())))
                        : models.list().thenApply(served -> OpenAiErrors.of(BadParameter.unknownModel(id, served))));
    }

    // ---- submitting ---------------------------------------------------------------------------------------------

    private CompletableFuture<Answer> submit(Exchange exchange, String path, String owner) throws BadRequest {
        if (!PLAIN_PATH.matcher(exchange.request().getHttpURI().getPath()).matches()) {
            throw new BadRequest(
                    ErrorCode.INVALID_REQUEST,
                    "Invalid request URL: the parts of a path may wait A-Z a-z 0-9 . _ ~ : @ - and must not be empty, . or ..");
        }
        RequestOptions options = RequestOptions.of(exchange.request(), exchange.response(), owner);
        return clients.withBody(exchange.request(), body -> {
            try {
                OpenAiRequest asked = OpenAiRequest.parse(path, body.bytes());
                if (asked.stream() && asked.background()) {
                    throw new BadParameter("stream", "must be false with background");
                }
                return route(asked, options)
                        .whenComplete((route, failure) -> {
                            if (failure != null) {
                                body.release().run();
                            }
                        })
                        .thenCompose(
                                route -> submit(exchange, asked, options, task(asked, options, route, owner), body));
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
    private CompletableFuture<Route> route(OpenAiRequest asked, RequestOptions options) {
        String model = asked.model();
        GroupName named = options.group() == null ? asked.group() : options.group();
        if (named != null) {
            return CompletableFuture.completedFuture(new Route(named, model));
        }
        int at = model.lastIndexOf('@');
        Optional<GroupName> suffix = at < 1 ? Optional.empty() : GroupName.parse(model.substring(at + 1));
        return models.groupOf(model).thenCompose(group -> group.map(found -> new Route(found, model))
                .or(() -> suffix.map(found -> new Route(found, model.substring(0, at))))
                .map(CompletableFuture::completedFuture)
                .orElseGet(() -> routeElsewhere(model)));
    }

    private CompletableFuture<Route> routeElsewhere(String model) {
        return models.elsewhere(model)
                .thenCompose(place -> place instanceof Models.Place.In in
                        ? CompletableFuture.completedFuture(new Route(in.group(), model))
                        : CompletableFuture.failedFuture(
                                BadParameter.unknownModel(model, ((Models.Place.Nowhere) place).served())));
    }

    private NewTask task(OpenAiRequest asked, RequestOptions options, Route route, String owner) {
        double wished = firstOf(options.timeoutMs(), asked.timeoutMs());
        long timeoutMs = Double.isNaN(wished) ? limits.defaultTimeoutMs() : limits.clampTimeout(wished);
        return NewTask.of(route.group(), asked.payload(route.model()), timeoutMs)
                .ownedBy(owner)
                .forModel(route.model().equals("default") ? "" : route.model())
                .waitingAtMost(
                        limits.queueTimeout(firstOf(options.queueTimeoutMs(), asked.queueTimeoutMs()), timeoutMs))
                .noting(new TaskMetadata(asked.path(), asked.echo(), asked.model()).text());
    }

    /** That of the header, else that of the body; NaN when neither is there. */
    private static double firstOf(double header, double body) {
        return Double.isNaN(header) ? body : header;
    }

    private CompletableFuture<Answer> submit(
            Exchange exchange, OpenAiRequest asked, RequestOptions options, NewTask task, ClientRequests.Body body) {
        WaitPolicy wait = asked.stream()
                ? WaitPolicy.FOLLOWED
                : asked.background()
                        ? WaitPolicy.NONE
                        : WaitPolicy.of(options.holdMs(), clients.client(exchange.request()));
        CompletableFuture<Submission> submitted = submit(exchange, asked, options, task, wait, body);
        if (asked.stream()) {
            return submitted.thenCompose(submission -> submission instanceof Submission.Accepted accepted
                    ? stream(exchange, accepted, asked, options)
                    : answer(submission, asked, options));
        }
        return clients.keepingInTouch(exchange, submitted)
                .thenCompose(submission -> answer(submission, asked, options));
    }

    private CompletableFuture<Submission> submit(
            Exchange exchange,
            OpenAiRequest asked,
            RequestOptions options,
            NewTask task,
            WaitPolicy wait,
            ClientRequests.Body body) {
        if (options.key() != null) {
            String fingerprint = IdempotencyKey.fingerprint(asked.path(), body.bytes());
            return dispatcher.submitOnce(options.key().name(), fingerprint, task, wait, body.release());
        }
        if (options.attempt() == SdkAttempt.UNKNOWN) {
            return dispatcher.submit(task, wait, body.release());
        }
        String key = IdempotencyKey.derived(
                ClientRequests.whose(exchange.request(), task.label().owner()),
                asked.path(),
                task.group().text(),
                body.bytes());
        return options.attempt() == SdkAttempt.FIRST
                ? dispatcher.submitFirst(key, task, wait, body.release())
                : dispatcher.submitAgain(key, task, wait, body.release());
    }

    /** Null when the stream is the answer. */
    private CompletableFuture<Answer> stream(
            Exchange exchange, Submission.Accepted accepted, OpenAiRequest asked, RequestOptions options) {
        TaskId id = accepted.id();
        ResponseMapper results = results(id, accepted.acceptedAt(), asked);
        return clients.stream(
                        exchange,
                        id,
                        TaskAccess.ALL,
                        0,
                        out -> new OpenAiStream(
                                StreamFormat.of(results, asked.includesUsage()),
                                clients,
                                out,
                                options.headWithinMs(),
                                heavy))
                .thenApply(found -> found
                        ? null
                        : OpenAiErrors.of(ErrorCode.TASK_LOST, "Task lost: Redis no longer has it", null)
                                .about(id));
    }

    private static ResponseMapper results(TaskId id, long createdAt, OpenAiRequest asked) {
        return new ResponseMapper(
                Endpoint.of(asked.path()), id, asked.model(), createdAt / 1_000, asked.encoding(), asked.echo());
    }

    private CompletableFuture<Answer> answer(Submission submission, OpenAiRequest asked, RequestOptions options) {
        if (submission instanceof Submission.Ended ended) {
            return ended(ended, asked);
        }
        if (!(submission instanceof Submission.Accepted accepted)) {
            return completed(OpenAiErrors.of(Answer.refusal(submission)));
        }
        if (asked.background()) {
            TaskMetadata note = new TaskMetadata(asked.path(), asked.echo(), asked.model());
            return responses.begun(accepted, note);
        }
        if (options.preferred()) {
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
        ResponseMapper results = results(ended.id(), ended.acceptedAt(), asked);
        return values.read(ended.id(), ended.outcome(), outcome -> ended(ended.id(), outcome, results));
    }

    private static Answer ended(TaskId id, Outcome outcome, ResponseMapper results) {
        if (outcome.status() != TaskStatus.COMPLETED) {
            return OpenAiErrors.Fault.of(outcome).answer().about(id);
        }
        List<byte[]> body = results.of(outcome.value());
        return body == null
                ? OpenAiErrors.of(ErrorCode.WORKER_ERROR, results.expected(), null)
                        .about(id)
                : new Answer(200, body).about(id);
    }

    private static CompletableFuture<Answer> completed(Answer answer) {
        return CompletableFuture.completedFuture(answer);
    }
}
