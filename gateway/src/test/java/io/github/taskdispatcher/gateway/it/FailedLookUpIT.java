package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.testkit.RedisProcess;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A question that Redis does not answer is no answer: neither a group, nor a healthy Redis. */
class FailedLookUpIT {

    @TempDir
    Path dir;

    private RedisProcess redis;
    private RedisClient client;

    @BeforeEach
    void start() throws Exception {
        redis = new RedisProcess(TestRedis.binary(dir), dir, TestRedis.freePort());
        client = RedisClient.create(redis.url());
        await().atMost(Duration.ofSeconds(20))
                .ignoreExceptions()
                .until(() -> commands().ping().equals("PONG"));
    }

    @AfterEach
    void stop() {
        Closing.all(client, redis);
    }

    private RedisCommands<String, String> commands() {
        return client.connect().sync();
    }

    private void userMay(String rules) {
        CommandArgs<String, String> user =
                new CommandArgs<>(StringCodec.UTF8).add("SETUSER").add("limited");
        for (String rule : rules.split(" ")) {
            user.add(rule);
        }
        assertThat(commands().dispatch(CommandType.ACL, new StatusOutput<>(StringCodec.UTF8), user))
                .isEqualTo("OK");
    }

    /** A gateway that signs in to Redis as a user with these rights. */
    private GatewayProcess gatewayWith(String rights) {
        userMay("reset on >secret &* " + rights);
        return GatewayProcess.on("redis://limited:secret@127.0.0.1:" + redis.port(), "td:");
    }

    private static HttpResponse<String> chat(GatewayProcess gateway, String model) {
        HttpRequest request = HttpRequest.newBuilder(gateway.uri("/v1/chat/completions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"model\":\"" + model + "\",\"messages\":[{}]}"))
                .build();
        return GatewayProcess.HTTP
                .sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .join();
    }

    @Test
    void aModelThatCannotBeLookedUpIsNotSentToTheGroupDefault() {
        try (GatewayProcess gateway = gatewayWith("+@all ~*");
                TestWorker worker = TestWorker.echo(gateway, "default")) {
            // Every key of groups, but none that says which group serves a model. A gateway would not start with so
            // little.
            userMay("resetkeys ~td:[^{m]* ~td:{[a-z]* ~td:{\\*}: ~td:{\\*}:[^m]*");
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> commands().zscore("td:{default}:idle", worker.id) != null);
            HttpResponse<String> refused = chat(gateway, "llama3");
            assertThat(refused.statusCode()).as(refused.body()).isEqualTo(503);
            assertThat(refused.body()).contains("\"code\":\"unavailable\"");
            assertThat(worker.received).isEmpty();
            assertThat(gateway.get("/v1/models").statusCode()).isEqualTo(503);
        }
    }

    @Test
    void aRedisThatHidesItsSettingsAndEvictsIsNotReady() {
        commands().configSet("maxmemory-policy", "volatile-lru");
        try (GatewayProcess gateway = gatewayWith("+@all -config ~*")) {
            HttpResponse<String> ready = gateway.get("/readyz");
            assertThat(ready.statusCode()).as(ready.body()).isEqualTo(503);
            assertThat(ready.body()).contains("volatile-lru");
            commands().configSet("maxmemory-policy", "noeviction");
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> gateway.get("/readyz").statusCode() == 200);
        }
    }
}
