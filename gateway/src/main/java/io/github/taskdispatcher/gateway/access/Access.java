package io.github.taskdispatcher.gateway.access;

import io.github.taskdispatcher.gateway.config.GatewayConfig.AccessConfig;
import io.github.taskdispatcher.gateway.config.GatewayConfig.TaskAccessMode;
import io.github.taskdispatcher.task.GroupName;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;

/**
 * Decides which requests are let in. A role without keys is open to all, as in the guide; that the gateway then listens on
 * loopback only is checked with the settings. Any thread.
 */
public final class Access {

    /** Text of a refusal by {@link #hostAllowed}, for every edge. */
    public static final String FOREIGN_HOST =
            "Forbidden: the header Host must name this gateway where it asks for no key, see ALLOWED_HOSTS";

    /** What a request wants to act as. */
    public enum Role {
        CLIENT,
        WORKER,
        OPERATOR
    }

    /** What a request is answered with. */
    public enum Verdict {
        ALLOWED,
        /** No key, or an unknown one. */
        UNKNOWN,
        /** A valid key, but not for this. */
        FORBIDDEN
    }

    /**
     * @param holder of the key, for logs and for counting; never the key itself. Null where no key is needed
     * @param owner tenant of the tasks that a client's key makes and has; null for none, and for all
     */
    public record Decision(Verdict verdict, String holder, Owner owner) {

        Decision(Verdict verdict, String holder) {
            this(verdict, holder, null);
        }

        public boolean allowed() {
            return verdict == Verdict.ALLOWED;
        }
    }

    private static final Decision OPEN = new Decision(Verdict.ALLOWED, null);
    private static final Decision UNKNOWN = new Decision(Verdict.UNKNOWN, null);
    private static final Decision CLOSED = new Decision(Verdict.FORBIDDEN, null);
    private static final String SCHEME = "Bearer ";
    private static final long TICKET_LIFE_MS = 60_000;
    private static final long SESSION_LIFE_MS = 12 * 3_600_000L;

    /** The keys of all roles, and what is signed with them. */
    private record Keys(KeyRing clients, KeyRing workers, KeyRing admins, Tickets tickets, Tickets sessions) {
        static Keys of(AccessConfig config) {
            KeyRing workers = new KeyRing(config.workerKeys());
            KeyRing admins = new KeyRing(config.adminKeys());
            return new Keys(
                    new KeyRing(config.clientKeys()),
                    workers,
                    admins,
                    new Tickets(workers, "worker ticket", TICKET_LIFE_MS),
                    new Tickets(admins, "operator session", SESSION_LIFE_MS));
        }

        boolean areOfAnotherRole(String key, KeyRing role) {
            boolean known = false;
            for (KeyRing other : new KeyRing[] {clients, workers, admins}) {
                known |= other != role && other.find(key).isPresent();
            }
            return known;
        }
    }

    private final List<Runnable> changes = new CopyOnWriteArrayList<>();
    private volatile Keys keys;
    private final Set<String> origins;
    private final HostNames hosts;
    private final boolean ownTasksOnly;
    private final LongSupplier clock;
    private volatile EndedSessions ended = EndedSessions.NONE;

    /** @param clock ms since 1970, the same for all gateways, for the life of tickets */
    public Access(AccessConfig config, LongSupplier clock) {
        keys = Keys.of(config);
        origins = config.origins();
        hosts = new HostNames(config.hosts());
        ownTasksOnly = config.taskAccess() == TaskAccessMode.OWNER;
        this.clock = clock;
    }

    /**
     * Takes the keys of this configuration instead of those before. Tickets and sessions of a key that is gone are no longer valid;
     * those that come in by other means hear it by {@link #onChange}.
     */
    public void replaceKeys(AccessConfig config) {
        keys = Keys.of(config);
        changes.forEach(Runnable::run);
    }

    /** Runs this on the caller's thread whenever keys were replaced; it must not block. */
    public void onChange(Runnable change) {
        changes.add(change);
    }

    /**
     * Whether a worker that came in may go on.
     *
     * @param holder what {@link Decision#holder} said
     */
    public boolean workerMayStay(String holder, GroupName group) {
        KeyRing workers = keys.workers;
        return holder == null ? workers.isEmpty() : workers.has(holder, group);
    }

    /** Whether a client with this {@code Authorization} header (null for none) may submit and read tasks. */
    public Decision client(String authorization) {
        Keys now = keys;
        if (now.clients.isEmpty()) {
            return OPEN;
        }
        return now.clients
                .find(key(authorization))
                .map(holder -> new Decision(Verdict.ALLOWED, holder.name(), holder.owner()))
                .orElseGet(() -> decide(now, now.clients, authorization));
    }

    /**
     * Whether a caller with this {@code Authorization} header may read, follow and cancel tasks, and which: a client those of its
     * tenant, an operator all (the owner is null).
     */
    public Decision reader(String authorization) {
        Decision client = client(authorization);
        if (client.allowed()) {
            return ownTasksOnly ? client : new Decision(Verdict.ALLOWED, client.holder());
        }
        return isOperatorsKey(authorization) ? operator(authorization, null) : client;
    }

    /** Whether this header holds an operator's key. */
    public boolean isOperatorsKey(String authorization) {
        return keys.admins.find(key(authorization)).isPresent();
    }

    /** Whether clients are asked for a key at all. */
    public boolean asksClients() {
        return !keys.clients.isEmpty();
    }

    /** Whether workers are asked for a key at all. */
    public boolean asksWorkers() {
        return !keys.workers.isEmpty();
    }

    /** Whether a worker with this header, or this ticket when it has none, may serve the group. */
    public Decision worker(String authorization, String ticket, GroupName group) {
        Keys now = keys;
        if (now.workers.isEmpty()) {
            return OPEN;
        }
        Optional<KeyRing.Holder> holder = authorization == null && ticket != null
                ? now.tickets.find(ticket, clock.getAsLong()).map(Tickets.Valid::holder)
                : now.workers.find(key(authorization));
        if (holder.isEmpty()) {
            return authorization != null && now.areOfAnotherRole(key(authorization), now.workers)
                    ? new Decision(Verdict.FORBIDDEN, null)
                    : UNKNOWN;
        }
        return new Decision(
                holder.get().mayServe(group) ? Verdict.ALLOWED : Verdict.FORBIDDEN,
                holder.get().name());
    }

    /**
     * Whether this header, or this ticket when there is none, proves that its sender holds a worker's key. No page has one by
     * itself: a browser adds neither.
     */
    public boolean provesWorkersKey(String authorization, String ticket) {
        Keys now = keys;
        return authorization != null
                ? now.workers.find(key(authorization)).isPresent()
                : ticket != null && now.tickets.find(ticket, clock.getAsLong()).isPresent();
    }

    /** A ticket for a worker that cannot send headers; empty when the header is not a worker's. */
    public Optional<String> ticket(String authorization) {
        String key = key(authorization);
        Keys now = keys;
        return now.workers.find(key).map(holder -> now.tickets.issue(key, clock.getAsLong()));
    }

    /** How long a ticket is valid, in ms. */
    public long ticketLifeMs() {
        return TICKET_LIFE_MS;
    }

    /** Whether operators are asked for a key at all. */
    public boolean asksOperators() {
        return !keys.admins.isEmpty();
    }

    /**
     * Whether an operator may see the pages: one who sends this header, or this session when it has none. Without keys of
     * operators all may, unless clients or workers need keys: then others must not read what those say.
     */
    public Decision operator(String authorization, String session) {
        Keys now = keys;
        if (now.admins.isEmpty()) {
            return now.clients.isEmpty() && now.workers.isEmpty() ? OPEN : CLOSED;
        }
        if (authorization != null) {
            return decide(now, now.admins, authorization);
        }
        return liveSession(session)
                .map(valid -> new Decision(Verdict.ALLOWED, valid.holder().name()))
                .orElse(UNKNOWN);
    }

    /**
     * A session that has not ended.
     *
     * @param until when it ends by itself, in ms
     */
    public record Session(String id, long until) {}

    /** The session that this cookie is of; empty when there is none, or it has ended. */
    public Optional<Session> findSession(String cookie) {
        return liveSession(cookie).map(valid -> new Session(valid.id(), valid.until()));
    }

    private Optional<Tickets.Valid> liveSession(String cookie) {
        EndedSessions over = ended;
        return cookie == null
                ? Optional.empty()
                : keys.sessions.find(cookie, clock.getAsLong()).filter(valid -> !over.has(valid.id(), valid.until()));
    }

    /** Sessions that are no longer valid, from now on. */
    public void ended(EndedSessions sessions) {
        ended = sessions;
    }

    /** A session for a browser; empty when the header is not an operator's. */
    public Optional<String> session(String authorization) {
        String key = key(authorization);
        Keys now = keys;
        return now.admins.find(key).map(holder -> now.sessions.issue(key, clock.getAsLong()));
    }

    /** How long a session is valid, in ms. */
    public long sessionLifeMs() {
        return SESSION_LIFE_MS;
    }

    /**
     * Whether a request may be answered under the host it names. Where a role needs no key, a page of a foreign name that
     * points to this gateway could otherwise act as that role; where it needs one, any host will do.
     *
     * @param headers every {@code Host} header of the request
     */
    public boolean hostAllowed(Role role, List<String> headers) {
        boolean open =
                switch (role) {
                    case CLIENT -> keys.clients.isEmpty();
                    case WORKER -> keys.workers.isEmpty();
                    case OPERATOR -> operator(null, null).allowed();
                };
        return !open || hosts.include(headers);
    }

    private static Decision decide(Keys keys, KeyRing role, String authorization) {
        if (role.isEmpty()) {
            return OPEN;
        }
        String key = key(authorization);
        Optional<KeyRing.Holder> holder = role.find(key);
        if (holder.isPresent()) {
            return new Decision(Verdict.ALLOWED, holder.get().name());
        }
        return keys.areOfAnotherRole(key, role) ? new Decision(Verdict.FORBIDDEN, null) : UNKNOWN;
    }

    /** The key behind {@code Bearer}, or one that is sent without that word; null for none. */
    private static String key(String authorization) {
        if (authorization == null) {
            return null;
        }
        if (authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return authorization.substring(SCHEME.length()).strip();
        }
        return authorization.indexOf(' ') < 0 ? authorization : null;
    }

    /** Whether {@code ALLOWED_ORIGINS} names any origin. */
    public boolean listsOrigins() {
        return !origins.isEmpty();
    }

    /** Whether {@code ALLOWED_ORIGINS} names this origin: its pages may read answers, too. */
    public boolean originListed(String origin) {
        return origins.contains(origin.toLowerCase(Locale.ROOT));
    }

    /**
     * The same for a request: where a proxy near by says so, it came by TLS.
     *
     * @param headers gives the first value of a header by its name, or null
     * @param address of the connection
     * @param scheme of the connection
     */
    public boolean originAllowed(UnaryOperator<String> headers, String address, String scheme) {
        Peer peer = Peer.of(address, scheme, null, headers.apply("X-Forwarded-Proto"));
        return originAllowed(headers.apply("Origin"), headers.apply("Host"), peer.encrypted());
    }

    /**
     * Whether a page of this origin may talk to us: any program that is no page (null), pages of our own host, and those of
     * {@code ALLOWED_ORIGINS}. Where a request came by TLS, a page that came without is none of our own: anybody on its way may
     * have written it. The other way round it may be ours, for a proxy need not say that it was asked by TLS.
     *
     * @param host the request's {@code Host}
     * @param encrypted whether the request is known to have come by TLS
     */
    public boolean originAllowed(String origin, String host, boolean encrypted) {
        if (origin == null || originListed(origin)) {
            return true;
        }
        try {
            URI uri = URI.create(origin);
            boolean schemeFits =
                    "https".equalsIgnoreCase(uri.getScheme()) || !encrypted && "http".equalsIgnoreCase(uri.getScheme());
            return schemeFits && host != null && host.equalsIgnoreCase(uri.getRawAuthority());
        } catch (IllegalArgumentException notAnOrigin) {
            return false;
        }
    }
}
