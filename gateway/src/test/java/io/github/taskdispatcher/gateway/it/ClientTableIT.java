package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.testing.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The tables of clients in {@code docs/openai.md} say what the clients do. They run over two gateways: a call begins at one, its
 * retry comes to the other, and the workers are on both. {@code -Dclients.write=true} writes the tables anew.
 */
class ClientTableIT {

    private static final Path PAGE = GatewayProcess.ROOT.resolve("docs/openai.md");
    private static final String BEGIN = "<!-- ClientTableIT writes this: begin -->\n";
    private static final String END = "<!-- ClientTableIT writes this: end -->\n";

    /** What the clients must be told of each failure; nothing of one that a retry overcomes. */
    private static final Map<String, String> TOLD = Map.of("cancelled", "400", "lost answer", "ok");

    /** More than clients run at a time: none of their tasks waits in the queue. */
    private static final int WORKERS = 12;

    private static GatewayProcess a;
    private static GatewayProcess b;
    private static final List<ModelWorker> workers = new ArrayList<>();
    private static JsonNode clients;

    @BeforeAll
    static void run() throws Exception {
        Tool.CURL.require();
        NodeClients.install();
        String prefix = TestRedis.freshPrefix();
        a = GatewayProcess.on(TestRedis.url(), prefix, "MIN_TASK_TIMEOUT_MS", "100");
        b = GatewayProcess.on(TestRedis.url(), prefix, "MIN_TASK_TIMEOUT_MS", "100");
        for (int i = 0; i < WORKERS; i++) {
            workers.add(new ModelWorker(i % 2 == 0 ? a : b, "gpu"));
        }
        clients = GatewayProcess.JSON.readTree(NodeClients.run("table.mjs", a, b));
    }

    @AfterAll
    static void stop() {
        List<AutoCloseable> all = new ArrayList<>(workers);
        all.add(Closing.killed(a));
        all.add(Closing.killed(b));
        Closing.all(all.toArray(AutoCloseable[]::new));
    }

    @Test
    void thePageShowsWhatTheClientsDid() throws IOException {
        String page = Files.readString(PAGE);
        int begin = page.indexOf(BEGIN) + BEGIN.length();
        int end = page.indexOf(END);
        assertThat(end).as("the page has a place for the tables").isGreaterThanOrEqualTo(begin);
        String seen = "\n" + calls() + "\n" + failures() + "\n";
        if (Boolean.getBoolean("clients.write")) {
            Files.writeString(PAGE, page.substring(0, begin) + seen + page.substring(end));
        } else {
            assertThat(page.substring(begin, end))
                    .as("docs/openai.md; -Dclients.write=true writes the tables anew")
                    .isEqualTo(seen);
        }
    }

    @Test
    void eachClientTellsItsUserTheStatusOfAnError() {
        each((client, failure, attempts) -> {
            assertThat(attempts.path("status").asText())
                    .as("%s, %s: %s", client, failure, attempts)
                    .isEqualTo(TOLD.getOrDefault(failure, failure));
        });
    }

    @Test
    void noClientSendsARequestAgainOfWhichTheTaskWasCancelled() {
        each((client, failure, attempts) -> {
            if (failure.equals("cancelled")) {
                assertThat(attempts.path("requests").asInt()).as(client).isOne();
            }
        });
    }

    @Test
    void withAnIdempotencyKeyNoRetryIsAnotherTask() {
        for (JsonNode client : clients) {
            for (JsonNode failure : client.path("failures")) {
                assertThat(failure.at("/keyed/tasks").asInt())
                        .as(failure.toString())
                        .isLessThan(2);
                assertThat(failure.at("/keyed/requests").asInt())
                        .as(failure.toString())
                        .isEqualTo(failure.at("/plain/requests").asInt());
            }
        }
    }

    private interface Look {
        void at(String client, String failure, JsonNode attempts);
    }

    private static void each(Look look) {
        assertThat(clients).isNotEmpty();
        clients.properties().forEach(client -> client.getValue()
                .path("failures")
                .properties()
                .forEach(failure ->
                        failure.getValue().forEach(attempts -> look.at(client.getKey(), failure.getKey(), attempts))));
    }

    // ---- the tables -----------------------------------------------------------------------------------------------

    private static String calls() {
        List<String> names = names("calls");
        StringBuilder table = head(names);
        clients.properties().forEach(client -> {
            List<String> cells = new ArrayList<>();
            for (String name : names) {
                String cell = client.getValue().path("calls").path(name).asText();
                cells.add(cell.equals("none") ? "–" : cell);
            }
            row(table, client.getKey(), client.getValue(), cells);
        });
        return table.toString();
    }

    private static String failures() {
        List<String> names = names("failures");
        StringBuilder table = head(names);
        clients.properties().forEach(client -> {
            List<String> cells = new ArrayList<>();
            for (String name : names) {
                JsonNode failure = client.getValue().path("failures").path(name);
                cells.add(
                        failure.isMissingNode()
                                ? "–"
                                : failure.at("/plain/requests").asInt() + " / "
                                        + failure.at("/plain/tasks").asInt() + " / "
                                        + failure.at("/keyed/tasks").asInt());
            }
            row(table, client.getKey(), client.getValue(), cells);
        });
        return table.toString();
    }

    private static List<String> names(String of) {
        JsonNode first = clients.elements().next().path(of);
        return StreamSupport.stream(((Iterable<String>) first::fieldNames).spliterator(), false)
                .toList();
    }

    private static StringBuilder head(List<String> names) {
        return new StringBuilder("| client | ")
                .append(String.join(" | ", names))
                .append(" |\n|---|")
                .append("---|".repeat(names.size()))
                .append('\n');
    }

    private static void row(StringBuilder table, String name, JsonNode client, List<String> cells) {
        String version = client.path("version").asText();
        table.append("| ")
                .append(name)
                .append(version.isEmpty() ? "" : " (" + version + ")")
                .append(" | ")
                .append(String.join(" | ", cells))
                .append(" |\n");
    }
}
