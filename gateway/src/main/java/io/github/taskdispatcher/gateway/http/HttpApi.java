package io.github.taskdispatcher.gateway.http;

import io.github.taskdispatcher.gateway.access.Access;
import io.github.taskdispatcher.gateway.store.StoreHealth;
import io.github.taskdispatcher.wire.JsonText;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HttpResponseException;
import io.javalin.http.MethodNotAllowedResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is asked now and then: whether this gateway is well, a ticket for a worker; and the errors of paths that are none. */
public final class HttpApi {

    private static final Logger log = LoggerFactory.getLogger(HttpApi.class);

    private static final Set<String> PROBES = Set.of("/livez", "/readyz");

    private final byte[] description = description();
    private final Access access;
    private final Supplier<CompletableFuture<StoreHealth>> health;

    /** @param health whether this gateway should get requests */
    public HttpApi(Access access, Supplier<CompletableFuture<StoreHealth>> health) {
        this.access = access;
        this.health = health;
    }

    public void addTo(RoutesConfig routes) {
        routes.before(this::checkHost);
        routes.post("/api/worker-ticket", ctx -> answer(ctx, ticket(ctx)));
        read(routes, "/livez", ctx -> answer(ctx, new Answer(200, status("ok", null))));
        read(routes, "/readyz", ctx -> ctx.future(() -> health.get().thenAccept(found -> answer(ctx, ready(found)))));
        read(routes, "/", ctx -> ctx.redirect("/dashboard"));
        read(routes, "/openapi.json", ctx -> answer(ctx, new Answer(200, description)));
        read(routes, "/ws", ctx -> {
            ctx.header("Upgrade", "websocket");
            answer(
                    ctx,
                    Answer.error(
                            ErrorCode.UPGRADE_REQUIRED, "Upgrade required: /ws is a WebSocket, see docs/protocol.md"));
        });
        routes.exception(HttpResponseException.class, HttpApi::refuse);
        routes.exception(Exception.class, (failure, ctx) -> {
            log.error("{} {} failed", ctx.method(), ctx.endpoint().path, failure);
            answer(ctx, Answer.error(ErrorCode.INTERNAL, "Internal error"));
        });
    }

    /** Routes GET and HEAD to the same handler: Javalin by itself answers HEAD with 200, whatever GET would say. */
    public static void read(RoutesConfig routes, String path, Handler handler) {
        routes.get(path, handler);
        routes.head(path, handler);
    }

    /** Pages and their API, without keys, are for those only that name this gateway; probes may name anything. */
    private void checkHost(Context ctx) {
        if (PROBES.contains(ctx.path())
                || access.hostAllowed(
                        Access.Role.OPERATOR, Collections.list(ctx.req().getHeaders("Host")))) {
            return;
        }
        answer(ctx, Answer.error(ErrorCode.FORBIDDEN, Access.FOREIGN_HOST));
        ctx.skipRemainingHandlers();
    }

    /** What this gateway offers, as OpenAPI. */
    private static byte[] description() {
        try (InputStream in = HttpApi.class.getResourceAsStream("/openapi.json")) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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

    private static Answer ready(StoreHealth health) {
        if (health.problem() != null) {
            return new Answer(503, List.of(status("unready", health.problem())), 1, null, 0);
        }
        JsonText json = new JsonText(64).member("status", "ready");
        if (!health.warnings().isEmpty()) {
            json.member("warning", String.join(". ", health.warnings()));
        }
        return new Answer(200, json.end());
    }

    private static byte[] status(String word, String reason) {
        JsonText json = new JsonText(64).member("status", word);
        return reason == null ? json.end() : json.member("reason", reason).end();
    }

    /** These answers are small, all of one part. */
    private static void answer(Context ctx, Answer answer) {
        ctx.status(answer.status());
        answer.headers(ctx::header);
        ctx.result(answer.parts().get(0));
    }

    /** What Javalin refuses by itself (no route, wrong method), as the JSON all our errors are. */
    private static void refuse(HttpResponseException refusal, Context ctx) {
        if (refusal instanceof MethodNotAllowedResponse) {
            ctx.header("Allow", refusal.getDetails().getOrDefault("availableMethods", ""));
        }
        answer(
                ctx,
                switch (refusal.getStatus()) {
                    case 404 -> Answer.error(ErrorCode.NOT_FOUND, "Not found");
                    case 405 -> Answer.error(ErrorCode.METHOD_NOT_ALLOWED, "Method not allowed");
                    default -> Answer.error(ErrorCode.INVALID_REQUEST, "Bad request");
                });
    }
}
