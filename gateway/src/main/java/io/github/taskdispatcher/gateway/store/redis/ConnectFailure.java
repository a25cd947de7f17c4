package io.github.taskdispatcher.gateway.store.redis;

import io.github.taskdispatcher.gateway.config.GatewayConfig.RedisConfig;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisURI;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeoutException;

/**
 * Why a connection to Redis failed, as one line for an operator. What Redis answers may repeat the arguments of the command, a
 * password among them: only the words before them are shown.
 */
final class ConnectFailure {

    private final RedisConfig config;
    private final RedisURI uri;
    private final List<Throwable> all = new ArrayList<>();

    ConnectFailure(RedisConfig config, RedisURI uri, Throwable failure) {
        this.config = config;
        this.uri = uri;
        collect(failure, Collections.newSetFromMap(new IdentityHashMap<>()));
    }

    private void collect(Throwable failure, Set<Throwable> seen) {
        if (failure == null || !seen.add(failure)) {
            return;
        }
        all.add(failure);
        collect(failure.getCause(), seen);
        for (Throwable other : failure.getSuppressed()) {
            collect(other, seen);
        }
    }

    private boolean says(String... words) {
        return all.stream().map(failure -> String.valueOf(failure.getMessage())).anyMatch(text -> {
            for (String word : words) {
                if (text.contains(word)) {
                    return true;
                }
            }
            return false;
        });
    }

    private boolean is(Class<? extends Throwable> type) {
        return all.stream().anyMatch(type::isInstance);
    }

    /** Redis was reached and is not ready yet: it is loading its data, or a script keeps it busy. */
    boolean passes() {
        return says("LOADING ", "BUSY ");
    }

    /** The first connections of a process that has yet to load its classes may take longer than any later one. */
    boolean isTimeout() {
        return is(RedisCommandTimeoutException.class)
                || is(SslHandshakeTimeoutException.class)
                || is(TimeoutException.class);
    }

    /** Redis did not answer, or not in time; it may do so later. */
    boolean isSilence() {
        return isTimeout() || isClosed() || says("not connected");
    }

    /** Whether RESP2, which needs no {@code HELLO}, may get further: a proxy refuses the command, or hangs up on it. */
    boolean maySpeakResp2() {
        boolean refused = says("HELLO", "hello", "unknown command", "unsupported command", "NOPROTO");
        boolean told = says("NOAUTH", "WRONGPASS", "DENIED ");
        return !told && (refused || isClosed());
    }

    private boolean isClosed() {
        return says("closed prematurely", "Connection reset", "Broken pipe");
    }

    /** What is wrong and what to set. */
    String message() {
        boolean sentinel = says("Cannot connect Redis Sentinel", "Cannot connect to a Redis Sentinel");
        String who = sentinel ? "A Sentinel at " + RedisSetup.sentinels(uri) : "Redis at " + RedisSetup.address(uri);
        if (says("Cannot provide redisAddress using sentinel")) {
            return "The Sentinels at " + RedisSetup.sentinels(uri) + " know no master named "
                    + uri.getSentinelMasterId() + ". Correct the name behind # in REDIS_URL.";
        }
        if (says("NOAUTH")) {
            return who + " needs a password. "
                    + (sentinel
                            ? "Set REDIS_SENTINEL_PASSWORD."
                            : "Put it into REDIS_URL: redis://:password@host:port or redis://user:password@host:port.");
        }
        if (says("WRONGPASS", "invalid password")) {
            return who + " refuses the password. Correct "
                    + (sentinel
                            ? "REDIS_SENTINEL_PASSWORD."
                            : "user and password in REDIS_URL; write other characters than letters and digits as %XX.");
        }
        if (says("DENIED ")) {
            return who
                    + " is in protected mode: it takes connections from its own machine only. Set a password in Redis"
                    + " (requirepass) and in REDIS_URL.";
        }
        if (says("max number of clients")) {
            return who + " takes no more clients. Raise its maxclients.";
        }
        if (says("SELECT is not allowed in cluster mode")) {
            return StartCheck.cluster(who);
        }
        if (says("DB index is out of range", "invalid DB index")) {
            return who + " has no database " + uri.getDatabase()
                    + ". Correct the number at the end of REDIS_URL, or raise its" + " databases.";
        }
        return uri.isSsl() ? ofTls(who) : ofAddress(who);
    }

    private String ofTls(String who) {
        if (says("NotAfter", "NotBefore")) {
            return "The certificate of " + who + " has expired, or is not valid yet. Renew it, or correct the clock.";
        }
        if (says("PKIX path", "valid certification path", "No trusted certificate")) {
            return "The certificate of " + who + " is not signed by a CA that the gateway trusts. "
                    + (config.caFile() == null
                            ? "Set REDIS_CA_FILE to the certificate of its CA (PEM)."
                            : "REDIS_CA_FILE=" + config.caFile() + " holds another CA: correct it.");
        }
        if (says("No subject alternative", "No name matching")) {
            return "The certificate of " + who
                    + " is for another host. Write the host in REDIS_URL as the certificate names"
                    + " it; an IP address must stand in the certificate too.";
        }
        if (says("certificate_required", "bad_certificate", "handshake_failure")) {
            return who
                    + " asks for a certificate of the client, which the gateway does not have. Set its tls-auth-clients"
                    + " no.";
        }
        if (is(NotSslRecordException.class) || isTimeout()) {
            return who + " does not answer in TLS within " + RedisSetup.COMMAND_TIMEOUT.toSeconds()
                    + " s. If it does not speak TLS on this port, write redis:// instead of rediss:// in REDIS_URL.";
        }
        return ofAddress(who);
    }

    private String ofAddress(String who) {
        if (is(UnknownHostException.class)) {
            return unreachable(who, "the name of the host is not known. Correct REDIS_URL.");
        }
        if (is(ConnectException.class) && says("refused")) {
            return unreachable(who, "nothing listens there. Start it, or correct REDIS_URL.");
        }
        if (isTimeout() || is(ConnectException.class)) {
            return unreachable(who, "it does not answer. Start it, open the way to it, or correct REDIS_URL.");
        }
        if (isClosed()) {
            return unreachable(
                    who,
                    "it closes the connection without an answer. "
                            + (uri.isSsl()
                                    ? "See its log."
                                    : "If it speaks TLS on this port, write rediss:// instead of redis:// in REDIS_URL."));
        }
        return unreachable(who, cleaned(String.valueOf(all.get(all.size() - 1).getMessage())));
    }

    private static String unreachable(String who, String why) {
        return who.replaceFirst(" at ", " cannot be reached at ") + ": " + why;
    }

    /** One line, without the arguments that Redis repeats behind a command it does not know. */
    static String cleaned(String text) {
        return text.replaceFirst("(?s),? with args beginning with.*", "")
                .replaceAll("\\s+", " ")
                .strip();
    }
}
