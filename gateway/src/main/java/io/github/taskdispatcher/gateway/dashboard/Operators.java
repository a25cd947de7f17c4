package io.github.taskdispatcher.gateway.dashboard;

import io.github.taskdispatcher.gateway.access.Access;
import io.github.taskdispatcher.gateway.http.BadRequest;
import io.github.taskdispatcher.gateway.http.ErrorCode;
import io.github.taskdispatcher.gateway.limits.RateLimit;
import io.javalin.http.Context;

/**
 * Who may see the pages, and act: an operator's key as a header (programs) or a session in a cookie (browsers). The cookie
 * goes to no other site and no script can read it; an action needs a header besides, which no form of another site can send.
 */
final class Operators {

    static final String COOKIE = "td_operator";
    /** Any value will do. */
    static final String ACTION_HEADER = "X-Dashboard";

    private static final int TRIES = 20;
    private static final int TRIES_PER_SECOND = 1;

    private final Access access;
    private final boolean readOnly;
    private final RateLimit tries = new RateLimit(TRIES, TRIES_PER_SECOND, System.nanoTime());

    Operators(Access access, boolean readOnly) {
        this.access = access;
        this.readOnly = readOnly;
    }

    /** @throws BadRequest when this request may not see anything */
    void check(Context ctx) throws BadRequest {
        if (!access.originAllowed(ctx.header("Origin"), ctx.header("Host"))) {
            throw new BadRequest(
                    ErrorCode.FORBIDDEN, "Forbidden: pages of this origin may not ask, see ALLOWED_ORIGINS");
        }
        switch (access.operator(ctx.header("Authorization"), ctx.cookie(COOKIE)).verdict()) {
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
        synchronized (tries) {
            if (!tries.allows(System.nanoTime())) {
                throw new BadRequest(ErrorCode.OVERLOADED, "Overloaded: too many tries to sign in, wait a moment");
            }
        }
        String session = access.session(ctx.header("Authorization"))
                .orElseThrow(() -> new BadRequest(
                        ErrorCode.UNAUTHORIZED, "Unauthorized: send an operator's key, Authorization: Bearer <key>"));
        setCookie(ctx, session, access.sessionLifeMs() / 1_000);
    }

    void signOut(Context ctx) throws BadRequest {
        checkHeader(ctx);
        setCookie(ctx, "", 0);
    }

    private static void setCookie(Context ctx, String value, long maxAgeSeconds) {
        boolean encrypted = "https".equals(ctx.header("X-Forwarded-Proto")) || "https".equals(ctx.scheme());
        ctx.res()
                .addHeader(
                        "Set-Cookie",
                        COOKIE + '=' + value + "; Path=/; Max-Age=" + maxAgeSeconds + "; HttpOnly; SameSite=Strict"
                                + (encrypted ? "; Secure" : ""));
    }

    Access access() {
        return access;
    }

    boolean readOnly() {
        return readOnly;
    }

    /** Whether this request may see the pages. */
    boolean isIn(Context ctx) {
        try {
            check(ctx);
            return true;
        } catch (BadRequest no) {
            return false;
        }
    }
}
