package io.github.taskdispatcher.gateway.store.redis;

import io.github.taskdispatcher.gateway.config.GatewayConfig.RedisConfig;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.protocol.ProtocolVersion;
import io.lettuce.core.protocol.RedisCommand;
import io.lettuce.core.resource.EpollProvider;
import java.time.Duration;
import java.util.stream.Collectors;

/**
 * How the gateway connects to Redis: address, passwords, TLS, protocol and limits of time.
 *
 * <p>TLS: the certificate of Redis must be signed by a CA of {@code REDIS_CA_FILE} or, without that, by one that the JVM trusts.
 * It must be for the host in {@code REDIS_URL}; an IP address there needs an IP address in the certificate.
 */
final class RedisSetup {

    static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(2);

    private RedisSetup() {}

    /**
     * The address. Sentinels get their own password, never the one of Redis.
     *
     * @param clientName what {@code CLIENT LIST} shows
     */
    static RedisURI uri(RedisConfig config, String clientName) {
        RedisURI uri = RedisURI.create(config.url());
        uri.setTimeout(COMMAND_TIMEOUT);
        uri.setClientName(clientName);
        for (RedisURI sentinel : uri.getSentinels()) {
            sentinel.setTimeout(COMMAND_TIMEOUT);
            if (!config.sentinelPassword().isEmpty()) {
                sentinel.setAuthentication(config.sentinelPassword().toCharArray());
            }
        }
        return uri;
    }

    /** The address for an operator, without user, password and database. */
    static String address(RedisURI uri) {
        return uri.getSentinels().isEmpty()
                ? uri.getHost() + ":" + uri.getPort()
                : "the master " + uri.getSentinelMasterId() + " of the Sentinels at " + sentinels(uri);
    }

    /** The addresses of the Sentinels. */
    static String sentinels(RedisURI uri) {
        return uri.getSentinels().stream()
                .map(sentinel -> sentinel.getHost() + ":" + sentinel.getPort())
                .collect(Collectors.joining(", "));
    }

    /**
     * The options of the client.
     *
     * @param protocol null for RESP3, and RESP2 on a connection where {@code HELLO} is an unknown command
     */
    static ClientOptions options(RedisConfig config, ProtocolVersion protocol) {
        ClientOptions.Builder options = ClientOptions.builder()
                .autoReconnect(true)
                .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                .requestQueueSize(20_000)
                .pingBeforeActivateConnection(true)
                .timeoutOptions(TimeoutOptions.builder()
                        .timeoutSource(new PlainCommandsOnly())
                        .build())
                .maintNotificationsConfig(MaintNotificationsConfig.disabled())
                .socketOptions(socket())
                .sslOptions(ssl(config));
        if (protocol != null) {
            options.protocolVersion(protocol);
        }
        return options.build();
    }

    private static SslOptions ssl(RedisConfig config) {
        SslOptions.Builder ssl = SslOptions.builder().jdkSslProvider().handshakeTimeout(COMMAND_TIMEOUT);
        if (config.caFile() != null) {
            ssl.trustManager(config.caFile().toFile());
        }
        return ssl.build();
    }

    private static SocketOptions socket() {
        SocketOptions.Builder socket = SocketOptions.builder()
                .connectTimeout(COMMAND_TIMEOUT)
                .keepAlive(SocketOptions.KeepAliveOptions.builder()
                        .enable()
                        .idle(Duration.ofSeconds(5))
                        .interval(Duration.ofSeconds(5))
                        .count(3)
                        .build());
        if (EpollProvider.isAvailable()) {
            socket.tcpUserTimeout(SocketOptions.TcpUserTimeoutOptions.builder()
                    .enable()
                    .tcpUserTimeout(Duration.ofSeconds(10))
                    .build());
        }
        return socket.build();
    }

    /** A timer each for the few plain commands; the scripts' are given up in one go, see {@link ScriptBatches}. */
    private static final class PlainCommandsOnly extends TimeoutOptions.TimeoutSource {
        @Override
        public long getTimeout(RedisCommand<?, ?, ?> command) {
            if (command instanceof LargeRead read) {
                return read.limitMs();
            }
            return command instanceof ScriptCall ? 0 : COMMAND_TIMEOUT.toMillis();
        }
    }
}
