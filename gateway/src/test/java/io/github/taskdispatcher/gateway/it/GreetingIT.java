package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.taskdispatcher.gateway.test.TestRedis;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a gateway says at its start about workers and the pages fits its keys, and holds none of them. */
class GreetingIT {

    private static final String KEY = "a-key-that-is-not-said";

    private static void expect(String worker, String pages, String... settings) {
        GatewayProcess gateway = GatewayProcess.on(TestRedis.url(), TestRedis.freshPrefix(), settings);
        try {
            await().atMost(Duration.ofSeconds(10)).until(() -> gateway.output.contains("Stop with Ctrl-C."));
            assertThat(gateway.output)
                    .contains(
                            "Connect a worker:    " + worker + "./dispatcher worker --url ws://localhost:"
                                    + gateway.port(),
                            "Watch it:            http://localhost:" + gateway.port() + "/dashboard" + pages)
                    .noneMatch(line -> line.contains(KEY));
        } finally {
            gateway.kill();
        }
    }

    @Test
    void theLinesForWorkersAndPagesFitTheKeys() {
        expect("", "");
        expect(
                "WORKER_KEY=<one of WORKER_KEYS> ",
                " (sign in with one of ADMIN_KEYS)",
                "WORKER_KEYS",
                KEY,
                "ADMIN_KEYS",
                KEY + "2");
        expect(
                "",
                " (set ADMIN_KEYS first: where there are other keys, nobody can sign in without one)",
                "API_KEYS",
                KEY);
    }
}
