package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.github.taskdispatcher.gateway.test.TestRedis;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which group answers for a model, whatever the workers of other groups declare; over two gateways. */
class ModelOwnershipIT {

    private static final String ADMIN = "admin-key-number-1";
    private static final String BOTH = "worker-key-of-gpu-and-default";
    private static final String AUX = "worker-key-of-aux-only";

    private final String prefix = TestRedis.freshPrefix();
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void stop() {
        Closing.all(open.toArray(AutoCloseable[]::new));
    }

    private GatewayProcess gateway(String... settings) {
        GatewayProcess gateway = GatewayProcess.on(TestRedis.url(), prefix, settings);
        open.add(gateway::kill);
        return gateway;
    }

    private TestWorker worker(GatewayProcess gateway, String group, String key, String... models) {
        TestWorker worker = TestWorker.withKey(gateway, group, key);
        open.add(0, worker);
        String names = GatewayProcess.JSON.valueToTree(models).toString();
        worker.send("{\"type\":\"hello\",\"protocol\":1,\"slots\":4,\"models\":" + names + "}");
        worker.answering(TextNode.valueOf(group).toString());
        return worker;
    }

    private static JsonNode chat(GatewayProcess gateway, String model) {
        HttpRequest request = HttpRequest.newBuilder(gateway.uri("/v1/chat/completions"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"model\":\"" + model + "\",\"messages\":[{}]}"))
                .build();
        HttpResponse<String> response = GatewayProcess.HTTP
                .sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .join();
        return GatewayProcess.json(response);
    }

    /** The group whose worker answers for a model, or the code of the error. */
    private static String answering(GatewayProcess gateway, String model) {
        JsonNode answer = chat(gateway, model);
        return answer.has("choices")
                ? answer.at("/choices/0/message/content").asText()
                : answer.at("/error/code").asText();
    }

    private static String ownerListed(GatewayProcess gateway, String model) {
        for (JsonNode listed : GatewayProcess.json(gateway.get("/v1/models")).path("data")) {
            if (listed.path("id").asText().equals(model)) {
                return listed.path("owned_by").asText();
            }
        }
        return "";
    }

    private static void awaitOwner(GatewayProcess gateway, String model, String group) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(ownerListed(gateway, model)).isEqualTo(group));
    }

    @Test
    void aBoundKeyTakesNoOtherGroupsTraffic() {
        String[] keys = {"WORKER_KEYS", BOTH + "=gpu|default," + AUX + "=aux", "ADMIN_KEYS", ADMIN};
        GatewayProcess a = gateway(keys);
        GatewayProcess b = gateway(keys);
        worker(a, "gpu", BOTH, "llama3");
        worker(a, "default", BOTH);
        awaitOwner(b, "llama3", "gpu");
        TestWorker aux = worker(b, "aux", AUX, "llama3", "gpu", "default", "own");
        JsonNode refused = aux.await("error");
        assertThat(refused.path("code").asText()).isEqualTo("model_taken");
        assertThat(refused.path("message").asText())
                .contains("llama3 (belongs to the group gpu)")
                .contains("gpu (belongs to the group gpu)")
                .contains("default (belongs to the group default)")
                .contains("WORKER_KEYS=<key>=aux:<model>");
        awaitOwner(a, "own", "aux");
        for (GatewayProcess gateway : List.of(a, b)) {
            assertThat(answering(gateway, "llama3")).isEqualTo("gpu");
            assertThat(answering(gateway, "gpu")).isEqualTo("gpu");
            assertThat(answering(gateway, "default")).isEqualTo("default");
            assertThat(answering(gateway, "own")).isEqualTo("aux");
            for (String model : List.of("gpu", "default")) {
                assertThat(ownerListed(gateway, model)).isEqualTo(model);
            }
        }
        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(refusedOnThePages(a, "aux"))
                .contains("{\"model\":\"llama3\",\"owner\":\"gpu\"}"));
    }

    private static String refusedOnThePages(GatewayProcess gateway, String group) {
        HttpRequest request = HttpRequest.newBuilder(gateway.uri("/api/dashboard/views/workers?group=" + group))
                .header("Authorization", "Bearer " + ADMIN)
                .build();
        HttpResponse<String> response = GatewayProcess.HTTP
                .sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .join();
        return GatewayProcess.json(response).at("/workers/0/refused").toString();
    }

    @Test
    void aModelThatIsGivenToAGroupIsThatGroupsWhoeverDeclaredItFirst() {
        GatewayProcess gateway = gateway("WORKER_KEYS", BOTH + "=gpu:llama3," + AUX + "=aux");
        TestWorker aux = worker(gateway, "aux", AUX, "llama3");
        assertThat(aux.await("error").path("message").asText()).contains("llama3 (belongs to the group gpu)");
        assertThat(answering(gateway, "llama3"))
                .as("no worker of gpu, and no other")
                .isEqualTo("no_worker");
        assertThat(ownerListed(gateway, "llama3")).isEmpty();
        worker(gateway, "gpu", BOTH, "llama3");
        awaitOwner(gateway, "llama3", "gpu");
        assertThat(answering(gateway, "llama3")).isEqualTo("gpu");
    }

    @Test
    void withoutKeysTheFirstGroupKeepsAModelWhileItHasWorkers() throws Exception {
        GatewayProcess gateway = gateway();
        TestWorker first = worker(gateway, "zoo", null, "m");
        awaitOwner(gateway, "m", "zoo");
        TestWorker second = worker(gateway, "aaa", null, "m", "zoo");
        assertThat(second.await("error").path("message").asText())
                .contains("m (belongs to the group zoo)")
                .contains("zoo (belongs to the group zoo)");
        assertThat(answering(gateway, "m")).isEqualTo("zoo");
        assertThat(answering(gateway, "zoo")).isEqualTo("zoo");
        first.close();
        awaitOwner(gateway, "m", "aaa");
        await().atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> assertThat(answering(gateway, "m")).isEqualTo("aaa"));
    }

    @Test
    void aKeyThatLeavesAGroupTakesNoModelWithIt() throws Exception {
        String[] keys = {"WORKER_KEYS", BOTH + "=gpu," + AUX + "=gpu|aux"};
        GatewayProcess a = gateway(keys);
        GatewayProcess b = gateway(keys);
        worker(a, "gpu", BOTH, "llama3");
        awaitOwner(b, "llama3", "gpu");
        // The two models of the second worker are declared in one call, so its part in llama3 is stored when "second"
        // is listed.
        TestWorker leaving = worker(a, "gpu", AUX, "llama3", "second");
        awaitOwner(b, "second", "gpu");
        leaving.close();
        TestWorker aux = worker(b, "aux", AUX, "llama3");
        long end = System.nanoTime() + Duration.ofSeconds(7).toNanos();
        while (System.nanoTime() < end) {
            assertThat(answering(a, "llama3")).isEqualTo("gpu");
        }
        assertThat(aux.await("error").path("message").asText()).contains("llama3 (belongs to the group gpu)");
        assertThat(ownerListed(b, "second")).isEmpty();
    }
}
