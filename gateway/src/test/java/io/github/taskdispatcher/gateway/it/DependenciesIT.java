package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;

/**
 * {@code gateway/bom.json} lists what is in {@code target/task-dispatcher.jar} and {@code target/task-dispatcher-redis.jar}, and
 * nothing else.
 */
class DependenciesIT {

    private static final Pattern CLASSIFIER = Pattern.compile("classifier=([^&]+)");

    private final Map<String, Path> classPath = classPath();

    private static Map<String, Path> classPath() {
        Map<String, Path> jars = new HashMap<>();
        for (String element : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path path = Path.of(element);
            jars.put(path.getFileName().toString(), path);
        }
        return jars;
    }

    private static Set<String> content(Path path) throws IOException {
        try (JarFile jar = new JarFile(path.toFile())) {
            return jar.stream()
                    .map(ZipEntry::getName)
                    .filter(name -> name.endsWith(".class") && !name.endsWith("module-info.class")
                            || name.endsWith(".so")
                            || name.startsWith("redis-server-")
                            || name.startsWith("META-INF/resources/webjars/") && !name.endsWith("/"))
                    .collect(Collectors.toCollection(HashSet::new));
        }
    }

    /** The library of this component on the class path, with the bytes that the list tells. */
    private Path library(JsonNode component) throws Exception {
        Matcher classifier = CLASSIFIER.matcher(component.path("purl").asText());
        String name = component.path("name").asText() + "-"
                + component.path("version").asText() + (classifier.find() ? "-" + classifier.group(1) : "") + ".jar";
        assertThat(classPath)
                .as("gateway/bom.json names what is no dependency: run .ci/sbom")
                .containsKey(name);
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(classPath.get(name)));
        assertThat(HexFormat.of().formatHex(digest))
                .as("SHA-256 of %s", name)
                .isEqualTo(component.path("hashes").path(0).path("content").asText());
        return classPath.get(name);
    }

    @Test
    void theListHoldsEachLibraryOfTheJarAndNoOther() throws Exception {
        byte[] list = Files.readAllBytes(GatewayProcess.ROOT.resolve("gateway/bom.json"));
        Set<String> inJar = content(PackagedJar.JAR);
        Set<String> ofRedis = content(PackagedJar.REDIS);
        Set<String> unlisted = new HashSet<>(inJar);
        unlisted.removeIf(name -> name.startsWith("io/github/taskdispatcher/"));
        assertThat(unlisted).hasSizeGreaterThan(5_000);
        for (JsonNode component : GatewayProcess.JSON.readTree(list).path("components")) {
            if (component.path("name").asText().equals("redis")) {
                assertThat(ofRedis)
                        .anyMatch(name -> name.startsWith(
                                "redis-server-" + component.path("version").asText() + "-linux"));
                continue;
            }
            Set<String> files = content(library(component));
            if (component.path("name").asText().equals("embedded-redis")) {
                assertThat(ofRedis)
                        .isEqualTo(files.stream()
                                .filter(name -> !name.endsWith(".class"))
                                .collect(Collectors.toSet()));
                continue;
            }
            assertThat(inJar)
                    .as(
                            "%s is listed, so it is in the jar",
                            component.path("purl").asText())
                    .containsAll(files);
            assertThat(files).as(component.path("purl").asText()).isNotEmpty();
            unlisted.removeAll(files);
        }
        assertThat(unlisted)
                .as("in the jar, but of no library in gateway/bom.json: run .ci/sbom")
                .isEmpty();
    }

    @Test
    void theJarCarriesTheList() throws IOException {
        try (JarFile jar = new JarFile(PackagedJar.JAR.toFile());
                InputStream in = jar.getInputStream(jar.getEntry("META-INF/sbom/bom.json"))) {
            assertThat(new String(in.readAllBytes(), UTF_8))
                    .isEqualTo(Files.readString(GatewayProcess.ROOT.resolve("gateway/bom.json")));
        }
    }
}
