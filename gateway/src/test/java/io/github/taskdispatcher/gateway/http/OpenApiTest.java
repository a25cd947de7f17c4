package io.github.taskdispatcher.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.swagger.v3.oas.models.OpenAPI;
import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.ParseOptions;
import io.swagger.v3.parser.core.models.SwaggerParseResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The description of the API is one, and complete. */
class OpenApiTest {

    @Test
    void isOpenApi() throws IOException {
        ParseOptions options = new ParseOptions();
        options.setResolve(true);
        SwaggerParseResult parsed = new OpenAPIV3Parser()
                .readContents(Files.readString(Path.of("src/main/resources/openapi.json")), null, options);
        assertThat(parsed.getMessages()).isEmpty();
        OpenAPI description = parsed.getOpenAPI();
        assertThat(description.getOpenapi()).isEqualTo("3.1.0");
        assertThat(description.getPaths().keySet())
                .contains(
                        "/api/openai",
                        "/api/task/{taskId}",
                        "/api/task/{taskId}/events",
                        "/api/task/{taskId}/cancel",
                        "/api/worker-ticket",
                        "/ws",
                        "/livez",
                        "/readyz",
                        "/openapi.json",
                        "/v1/chat/completions",
                        "/v1/completions",
                        "/v1/embeddings",
                        "/v1/images/generations",
                        "/v1/responses",
                        "/v1/responses/{id}",
                        "/v1/responses/{id}/cancel",
                        "/v1/models",
                        "/v1/models/{id}",
                        "/v1/{endpoint}");
        description.getPaths().forEach((path, item) -> item.readOperations()
                .forEach(operation ->
                        assertThat(operation.getResponses()).as(path).isNotEmpty()));
    }
}
