package io.github.taskdispatcher.gateway.dashboard;

import io.github.taskdispatcher.gateway.access.Access;
import io.github.taskdispatcher.gateway.access.Peer;
import io.github.taskdispatcher.gateway.http.BadRequest;
import io.github.taskdispatcher.gateway.http.ErrorCode;
import io.github.taskdispatcher.gateway.store.SessionStore;
import io.javalin.http.Context;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Which requests may see the pages, and act: an operator's key as a header (programs) or a session in a cookie (browsers). The cookie
 * goes to no other site and no script can read it; an action needs a header besides, which no form of another site can send.
 */
public final class Operators {

    static final String COOKIE = "td_operator";
    /** What reads the cookie; the pages themselves and the paths of clients and workers never see it. */
    private static final String COOKIE_PATH = "/api/dashboard";
    /** Any value will do. */
    static final String ACTION_HEADER = "X-Dashboard";

    private final Access access;
    private final boolean readOnly;
    private final SignedOut signedOut;
    private final FailedSignIns failures = new FailedSignIns();

    /**
     * The operator of a request, by its headers. Stays usable after the request.
     *
     * @param encrypted whether the browser came by TLS
     * @param session the cookie; each text may be null
     */
    record Credentials(String origin, String host, boolean encrypted, String authorization, String session) {
        static Credentials of(Context ctx) {
            return new Credentials(
                    ctx.header("Origin"),
                    ctx.header("Host"),
                    peer(ctx).encrypted(),
                    ctx.header("Authorization"),
                    ctx.cookie(COOKIE));
        }
    }

    /**
     * @param sessions where the gateways tell each other which sessions ended
     * @param readOnly whether operators change nothing
     */
    public Operators(Access access, SessionStore sessions, boolean readOnly) {
        this.access = access;
        this.readOnly = readOnly;
        signedOut = new SignedOut(access, sessions);
    }

    /** Completes when it is known which sessions have ended; before a check of a request with a cookie. Never fails. */
    CompletableFuture<Void> refresh(Context ctx) {
        return ctx.cookie(COOKIE) == null ? CompletableFuture.completedFuture(null) : refresh();
    }

    /** The same for the pages that listen. */
    CompletableFuture<Void> refresh() {
        return access.asksOperators() ? signedOut.refresh() : CompletableFuture.completedFuture(null);
    }

    /** @throws BadRequest when this request may not see anything */
    void check(Context ctx) throws BadRequest {
        check(Credentials.of(ctx));
    }

    private void check(Credentials asker) throws BadRequest {
        if (!access.originAllowed(asker.origin, asker.host, asker.encrypted)) {
            throw new BadRequest(
                    ErrorCode.FORBIDDEN, "Forbidden: pages of this origin may not ask, see ALLOWED_ORIGINS");
        }
        switch (access.operator(asker.authorization, asker.session).verdict()) {
            case UNKNOWN ->
                throw new BadRequest(
                        ErrorCode.UNAUTHORIZED,
                        "Unauthorized: sign in at /dashboard, or send an operator's key, Authorization: Bearer <key>");
            case FORBIDDEN ->
                throw new BadRequest(
                        ErrorCode.FORBIDDEN,
                        access.asksOperators()
                                ? "Forbidden: this key is not an operator's"
                                : "Forbidden: clients and workers need keys here, so the pages need one too: set ADMIN_KEYS");
            default -> {}
        }
    }

    /** @throws BadRequest when this request may not change anything */
    void checkAction(Context ctx) throws BadRequest {
        checkHeader(ctx);
        check(ctx);
        if (readOnly) {
            throw new BadRequest(ErrorCode.FORBIDDEN, "Forbidden: the pages only show, DASHBOARD_READ_ONLY is set");
        }
    }

    private static void checkHeader(Context ctx) throws BadRequest {
        if (ctx.header(ACTION_HEADER) == null) {
            throw new BadRequest(ErrorCode.FORBIDDEN, "Forbidden: an action needs the header " + ACTION_HEADER + ": 1");
        }
    }

    /** Gives the browser a session for the key in the header. */
    void signIn(Context ctx) throws BadRequest {
        checkHeader(ctx);
        Optional<String> session = access.session(ctx.header("Authorization"));
        if (session.isEmpty()) {
            // A right key is never refused: only failures are counted.
            throw failures.count(peer(ctx).network(), System.nanoTime())
                    ? new BadRequest(
                            ErrorCode.UNAUTHORIZED, "Unauthorized: send an operator's key, Authorization: Bearer <key>")
                    : new BadRequest(
                            ErrorCode.OVERLOADED,
                            "Overloaded: too many sign-ins from this address failed, wait a second or send a valid key");
        }
        setCookie(ctx, session.get(), access.sessionLifeMs() / 1_000);
    }

    /** Ends the browser's session on every gateway. Fails, and the cookie stays, when the store does not record it. */
    CompletableFuture<Void> signOut(Context ctx) throws BadRequest {
        checkHeader(ctx);
        Optional<Access.Session> session = access.findSession(ctx.cookie(COOKIE));
        return (session.isEmpty() ? CompletableFuture.<Void>completedFuture(null) : signedOut.end(session.get()))
                .thenAccept(ended -> setCookie(ctx, "", 0));
    }

    private static void setCookie(Context ctx, String value, long maxAgeSeconds) {
        ctx.res()
                .addHeader(
                        "Set-Cookie",
                        COOKIE + '=' + value + "; Path=" + COOKIE_PATH + "; Max-Age=" + maxAgeSeconds
                                + "; HttpOnly; SameSite=Strict" + (peer(ctx).encrypted() ? "; Secure" : ""));
    }

    private static Peer peer(Context ctx) {
        return Peer.of(ctx.ip(), ctx.scheme(), ctx.header("X-Forwarded-For"), ctx.header("X-Forwarded-Proto"));
    }

    Access access() {
        return access;
    }

    boolean readOnly() {
        return readOnly;
    }

    /** Whether this request may see the pages. */
    boolean isIn(Context ctx) {
        return isIn(Credentials.of(ctx));
    }

    /** Whether that request may still see the pages. */
    boolean isIn(Credentials asker) {
        try {
            check(asker);
            return true;
        } catch (BadRequest no) {
            return false;
        }
    }
}
