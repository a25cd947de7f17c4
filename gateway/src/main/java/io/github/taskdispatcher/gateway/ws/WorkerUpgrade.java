package io.github.taskdispatcher.gateway.ws;

import io.github.taskdispatcher.gateway.access.Access;
import io.github.taskdispatcher.gateway.config.GatewayConfig;
import io.github.taskdispatcher.gateway.config.GatewayConfig.TaskLimits;
import io.github.taskdispatcher.gateway.dispatch.Dispatcher;
import io.github.taskdispatcher.gateway.limits.ByteBudget;
import io.github.taskdispatcher.task.GroupName;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.eclipse.jetty.ee10.websocket.server.JettyServerUpgradeRequest;
import org.eclipse.jetty.ee10.websocket.server.JettyServerUpgradeResponse;
import org.eclipse.jetty.ee10.websocket.server.JettyWebSocketCreator;
import org.eclipse.jetty.ee10.websocket.server.JettyWebSocketServerContainer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets a worker in, or says before the upgrade why not. */
public final class WorkerUpgrade implements JettyWebSocketCreator {

    /** The request attribute with the text of a refusal, for whoever writes the error's body. */
    public static final String REFUSAL = "io.github.taskdispatcher.refusal";

    private static final Logger log = LoggerFactory.getLogger(WorkerUpgrade.class);

    /** Sixteen bytes in Base64; Jetty itself takes anything. */
    private static final Pattern HANDSHAKE_KEY = Pattern.compile("[A-Za-z0-9+/]{22}==");

    private final Dispatcher dispatcher;
    private final Access access;
    private final TaskLimits limits;
    private final WorkerSlots slots;
    private final ByteBudget results;

    public WorkerUpgrade(Dispatcher dispatcher, GatewayConfig config, Access access) {
        this.dispatcher = dispatcher;
        this.access = access;
        limits = config.tasks();
        slots = new WorkerSlots(config.limits().maxWorkers(), config.limits().maxWorkersPerKey());
        results = new ByteBudget(config.limits().maxBufferedBytes() / 3);
    }

    /** Sets what the container should know of our workers. */
    public void tune(JettyWebSocketServerContainer container) {
        // Who is dead is decided in dispatch; a result twice too large still gets an answer, beyond that the socket
        // closes.
        container.setIdleTimeout(Duration.ZERO);
        container.setMaxTextMessageSize(2L * limits.maxResultBytes());
        container.setMaxFrameSize(2L * limits.maxResultBytes());
        container.setMaxBinaryMessageSize(1024);
    }

    @Override
    public Object createWebSocket(JettyServerUpgradeRequest request, JettyServerUpgradeResponse response) {
        // No compression: it costs memory on every socket and time on every payload.
        response.setExtensions(List.of());
        if (!access.originAllowed(request.getHeader("Origin"), request.getHeader("Host"))) {
            return refuse(request, response, 403, "Forbidden: pages of this origin may not ask, see ALLOWED_ORIGINS");
        }
        String handshake = request.getHeader("Sec-WebSocket-Key");
        if (handshake == null || !HANDSHAKE_KEY.matcher(handshake).matches()) {
            return refuse(
                    request, response, 400, "Invalid request: the header Sec-WebSocket-Key must be 16 bytes in Base64");
        }
        List<String> names = request.getParameterMap().getOrDefault("group", List.of());
        Optional<GroupName> group = names.isEmpty() || names.get(0).isEmpty()
                ? Optional.of(GroupName.DEFAULT)
                : GroupName.parse(names.get(0));
        if (group.isEmpty() || names.size() > 1) {
            return refuse(
                    request,
                    response,
                    400,
                    "Invalid request: group must be 1 to " + GroupName.MAX_LENGTH + " characters of A-Z a-z 0-9 . _ -");
        }
        Access.Decision decision = access.worker(request.getHeader("Authorization"), ticket(request), group.get());
        if (decision.verdict() == Access.Verdict.UNKNOWN) {
            response.setHeader("WWW-Authenticate", "Bearer");
            return refuse(
                    request,
                    response,
                    401,
                    "Unauthorized: send a worker's key, Authorization: Bearer <key>, or a ticket");
        }
        if (decision.verdict() == Access.Verdict.FORBIDDEN) {
            return refuse(request, response, 403, "Forbidden: this key does not serve this group");
        }
        if (!slots.hasRoom(decision.holder())) {
            response.setHeader("Retry-After", "5");
            return refuse(request, response, 503, "Overloaded: as many workers as allowed are connected");
        }
        return new WorkerEndpoint(dispatcher, group.get(), limits, results, () -> slots.take(decision.holder()));
    }

    private static String ticket(JettyServerUpgradeRequest request) {
        List<String> tickets = request.getParameterMap().getOrDefault("ticket", List.of());
        return tickets.size() == 1 ? tickets.get(0) : null;
    }

    private static Object refuse(
            JettyServerUpgradeRequest request, JettyServerUpgradeResponse response, int status, String text) {
        request.setServletAttribute(REFUSAL, text);
        try {
            response.sendError(status, text);
        } catch (IOException e) {
            log.debug("refusal of an upgrade could not be sent: {}", e.getMessage());
        }
        return null;
    }
}
