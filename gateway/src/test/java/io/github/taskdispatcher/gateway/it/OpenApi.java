package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.net.http.HttpResponse;
import java.util.Locale;
import java.util.Map;

/** The description a gateway serves at {@code /openapi.json}: each answer can be held against it. */
final class OpenApi {

    private static final SchemaRegistry SCHEMAS = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    final JsonNode document;

    private OpenApi(JsonNode document) {
        this.document = document;
    }

    static OpenApi of(GatewayProcess gateway) {
        return new OpenApi(GatewayProcess.json(gateway.get("/openapi.json")));
    }

    /** The answer is one that the description knows for its route: status, headers and body. */
    void check(HttpResponse<String> response) {
        String method = response.request().method().toLowerCase(Locale.ROOT);
        String path = response.request().uri().getPath();
        JsonNode answer =
                resolve(operation(method, path).path("responses").path(Integer.toString(response.statusCode())));
        assertThat(answer.isMissingNode())
                .as("%s %s answers %d", method, path, response.statusCode())
                .isFalse();
        answer.path("headers").fieldNames().forEachRemaining(name -> {
            if (!name.equals("X-Task-Id") && !name.equals("Cache-Control") || response.statusCode() < 300) {
                assertThat(response.headers().firstValue(name)).as(name).isPresent();
            }
        });
        JsonNode schema = answer.at("/content/application~1json/schema");
        String whole = "{\"allOf\":[" + schema + "],\"components\":" + document.path("components") + "}";
        assertThat(SCHEMAS.getSchema(whole, InputFormat.JSON).validate(response.body(), InputFormat.JSON))
                .as("%s %s: %s", method, path, response.body())
                .isEmpty();
    }

    /** The described operation that this request is for: that of the longest path it fits. */
    private JsonNode operation(String method, String path) {
        JsonNode found = MissingNode.getInstance();
        int longest = 0;
        for (Map.Entry<String, JsonNode> route : document.path("paths").properties()) {
            String pattern = route.getKey().replaceAll("\\{\\w+}", ".+");
            if (path.matches(pattern) && route.getValue().has(method) && pattern.length() > longest) {
                found = route.getValue().path(method);
                longest = pattern.length();
            }
        }
        return found;
    }

    private JsonNode resolve(JsonNode node) {
        return node.has("$ref") ? document.at(node.path("$ref").asText().substring(1)) : node;
    }
}
