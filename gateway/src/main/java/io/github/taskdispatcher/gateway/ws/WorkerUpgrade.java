package io.github.taskdispatcher.gateway.ws;

import io.github.taskdispatcher.gateway.access.Access;
import io.github.taskdispatcher.gateway.config.GatewayConfig;
import io.github.taskdispatcher.gateway.config.GatewayConfig.TaskLimits;
import io.github.taskdispatcher.gateway.limits.ByteBudget;
import io.github.taskdispatcher.gateway.worker.Workers;
import io.github.taskdispatcher.task.GroupName;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;
import org.eclipse.jetty.websocket.core.Configuration;
import org.eclipse.jetty.websocket.core.FrameHandler;
import org.eclipse.jetty.websocket.core.server.ServerUpgradeRequest;
import org.eclipse.jetty.websocket.core.server.ServerUpgradeResponse;
import org.eclipse.jetty.websocket.core.server.WebSocketNegotiator;

/** Lets a worker in, or says before the upgrade why not. */
public final class WorkerUpgrade implements WebSocketNegotiator {

    /** The request attribute with the text of a refusal, for the error handler, which writes the body. */
    public static final String REFUSAL = "io.github.taskdispatcher.refusal";

    private static final int INPUT_BUFFER_BYTES = 32 * 1024;

    /** What a frame has beside its payload, at most. */
    private static final int FRAME_BYTES = 64 * 1024;

    private final Workers workers;
    private final Access access;
    private final TaskLimits limits;
    private final ConnectionLimit slots;
    private final KeyedConnections connections;
    private final ByteBudget results;
    private final Executor heavy;

    /** @param heavy for parsing large messages: may use a part of the cores only */
    public WorkerUpgrade(Workers workers, GatewayConfig config, Access access, Executor heavy) {
        this.workers = workers;
        this.access = access;
        this.heavy = heavy;
        limits = config.tasks();
        slots = new ConnectionLimit(
                config.limits().maxWorkers(),
                access.asksWorkers()
                        ? config.limits().maxWorkersPerKey()
                        : config.limits().maxWorkersPerAddress());
        connections = new KeyedConnections(access, slots);
        results = new ByteBudget(config.limits().maxBufferedBytes() / 3);
    }

    /** The room worker decides which worker is dead, and the reader how large a message may be: Jetty decides neither. */
    @Override
    public void customize(Configuration socket) {
        socket.setIdleTimeout(Duration.ZERO);
        socket.setInputBufferSize(INPUT_BUFFER_BYTES);
        // A task is sent in one frame: some clients read no others. What comes in is handed on piece by piece.
        socket.setMaxFrameSize(2L * Math.max(limits.maxBodyBytes(), limits.maxResultBytes()) + FRAME_BYTES);
        socket.setAutoFragment(true);
    }

    @Override
    public FrameHandler negotiate(ServerUpgradeRequest request, ServerUpgradeResponse response, Callback callback) {
        // No compression: it costs memory on every socket and time on every payload.
        response.setExtensions(List.of());
        if (!access.hostAllowed(Access.Role.WORKER, request.getHeaders().getValuesList(HttpHeader.HOST))) {
            return refuse(request, response, callback, 403, Access.FOREIGN_HOST);
        }
        Fields query = Request.extractQueryParameters(request);
        String authorization = header(request, HttpHeader.AUTHORIZATION);
        // A page that acts for its reader has no key to show. A proxy may have changed the host.
        if (!access.provesWorkersKey(authorization, ticket(query)) && !isOwnPage(request)) {
            return refuse(
                    request,
                    response,
                    callback,
                    403,
                    "Forbidden: pages of this origin may not ask, see ALLOWED_ORIGINS");
        }
        List<String> names = query.getValuesOrEmpty("group");
        Optional<GroupName> group = names.isEmpty() || names.get(0).isEmpty()
                ? Optional.of(GroupName.DEFAULT)
                : GroupName.parse(names.get(0));
        if (group.isEmpty() || names.size() > 1) {
            return refuse(request, response, callback, 400, "Invalid request: group must be " + GroupName.RULE);
        }
        Access.Decision decision = access.worker(authorization, ticket(query), group.get());
        if (decision.verdict() == Access.Verdict.UNKNOWN) {
            response.getHeaders().put(HttpHeader.WWW_AUTHENTICATE, "Bearer");
            return refuse(
                    request,
                    response,
                    callback,
                    401,
                    "Unauthorized: send a worker's key, Authorization: Bearer <key>, or a ticket");
        }
        if (decision.verdict() == Access.Verdict.FORBIDDEN) {
            return refuse(request, response, callback, 403, "Forbidden: this key does not serve this group");
        }
        String holder = decision.holder() == null ? Address.of(request) : decision.holder();
        if (!slots.hasRoom(holder)) {
            response.getHeaders().put(HttpHeader.RETRY_AFTER, "5");
            return refuse(request, response, callback, 503, "Overloaded: as many workers as allowed are connected");
        }
        return new WorkerEndpoint(
                workers,
                new WorkerPlace(
                        group.get(),
                        holder,
                        socket -> connections.take(socket, decision.holder(), holder, group.get())),
                limits,
                results,
                heavy);
    }

    private boolean isOwnPage(Request request) {
        return access.originAllowed(
                request.getHeaders()::get,
                Request.getRemoteAddr(request),
                request.getHttpURI().getScheme());
    }

    private static String header(Request request, HttpHeader name) {
        return request.getHeaders().get(name);
    }

    private static String ticket(Fields query) {
        List<String> tickets = query.getValuesOrEmpty("ticket");
        return tickets.size() == 1 ? tickets.get(0) : null;
    }

    private static FrameHandler refuse(Request request, Response response, Callback callback, int status, String text) {
        UpgradeGuard.refuse(request, response, callback, status, text);
        return null;
    }
}
