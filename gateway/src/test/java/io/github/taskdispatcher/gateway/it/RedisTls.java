package io.github.taskdispatcher.gateway.it;

import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.testing.Tool;
import io.github.taskdispatcher.testkit.RedisProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A Redis with a TLS port beside its plain one. */
final class RedisTls implements AutoCloseable {

    final RedisProcess redis;
    final int port = TestRedis.freePort();

    /**
     * Skips the calling test if the Redis program knows no TLS.
     *
     * @param more further arguments of redis-server
     */
    RedisTls(Path dir, PrivateCa ca, PrivateCa.Server server, String... more) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("--tls-port", Integer.toString(port)));
        arguments.addAll(List.of("--tls-cert-file", server.certificate().toString()));
        arguments.addAll(List.of("--tls-key-file", server.key().toString()));
        arguments.addAll(List.of("--tls-ca-cert-file", ca.certificate().toString()));
        arguments.addAll(List.of("--tls-auth-clients", "no"));
        arguments.addAll(List.of(more));
        String binary = TestRedis.binary(dir);
        redis = new RedisProcess(binary, dir, TestRedis.freePort(), arguments.toArray(String[]::new));
        try {
            redis.awaitAnswers();
        } catch (IOException e) {
            close();
            Tool.require(false, "a redis-server with TLS", binary + " does not start with --tls-port");
        }
    }

    String url(String host) {
        return "rediss://" + host + ":" + port;
    }

    @Override
    public void close() {
        redis.close();
    }
}
