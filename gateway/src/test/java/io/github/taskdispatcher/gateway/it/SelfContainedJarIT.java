package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.taskdispatcher.gateway.test.TestRedis;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code target/task-dispatcher.jar} holds all that a gateway needs, and runs in an empty directory. With
 * {@code task-dispatcher-redis.jar} beside it, it runs on a machine without a Redis.
 */
class SelfContainedJarIT {

    private static final String SERVICES = "META-INF/services/";
    private static final long LARGEST_JAR = 20_000_000;

    @TempDir
    Path dir;

    @TempDir
    Path noPrograms;

    @Test
    void runsAloneAndServesEverySurface() throws IOException {
        Files.copy(PackagedJar.JAR, dir.resolve("task-dispatcher.jar"));
        Files.copy(PackagedJar.REDIS, dir.resolve("task-dispatcher-redis.jar"));
        GatewayProcess gateway = start(Map.of("PATH", noPrograms.toString()));
        try {
            gateway.port();
            // The first line of all: nothing of the JVM or of a library stands before it.
            assertThat(gateway.output.peek()).startsWith("Task Dispatcher ");
            try (TestWorker worker = TestWorker.echo(gateway, null)) {
                assertThat(gateway.post("{\"data\":{\"n\":1}}").body()).contains("\"completed\"", "\"n\":1");
                assertThat(worker.closed).isNotDone();
            }
            assertThat(gateway.get("/readyz").statusCode()).isEqualTo(200);
            assertThat(gateway.get("/openapi.json").body()).contains("\"openapi\"");
            assertThat(gateway.get("/dashboard").body()).contains("<!doctype html>");
            assertThat(gateway.get("/dashboard/app.js").statusCode()).isEqualTo(200);
            assertThat(gateway.get("/dashboard/lib/lit-html/lit-html.js").statusCode())
                    .isEqualTo(200);
            assertThat(gateway.get("/dashboard/lib/uplot/dist/uPlot.esm.js").statusCode())
                    .isEqualTo(200);
            assertThat(gateway.get("/v1/models").statusCode()).isEqualTo(200);
        } finally {
            gateway.close();
        }
        assertThat(gateway.output)
                .noneMatch(line -> line.contains("SLF4J") || line.contains("Error") || line.startsWith("WARNING"));
        try (var left = Files.list(dir)) {
            assertThat(left.map(path -> path.getFileName().toString()))
                    .containsOnly("task-dispatcher.jar", "task-dispatcher-redis.jar", "data");
        }
        assertThat(dir.resolve("data/redis/bin")).isNotEmptyDirectory();
    }

    private GatewayProcess start(Map<String, String> environment) throws IOException {
        return new GatewayProcess(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-jar",
                        "task-dispatcher.jar",
                        "start"),
                dir,
                environment);
    }

    @Test
    void withoutTheFileOfRedisItRunsOnAnotherRedis() throws IOException {
        Files.copy(PackagedJar.JAR, dir.resolve("task-dispatcher.jar"));
        GatewayProcess gateway = start(Map.of("PATH", noPrograms.toString(), "REDIS_URL", TestRedis.url()));
        try {
            assertThat(gateway.get("/readyz").statusCode()).isEqualTo(200);
        } finally {
            gateway.close();
        }
        assertThat(gateway.output).noneMatch(line -> line.contains("Error"));
    }

    @Test
    void withoutTheFileOfRedisAndWithoutARedisItTellsWhatToDo() throws Exception {
        Files.copy(PackagedJar.JAR, dir.resolve("task-dispatcher.jar"));
        GatewayProcess gateway = start(Map.of("PATH", noPrograms.toString()));
        try {
            assertThat(gateway.process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(gateway.process.exitValue()).isEqualTo(1);
            await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> assertThat(gateway.output)
                    .anyMatch(line -> line.contains(
                            "Put it there, install redis-server 6.2 or later, or set REDIS_URL to a Redis")));
        } finally {
            gateway.close();
        }
    }

    @Test
    void isSmallAndHoldsNothingForTestsAndOfRedisOnlyTheClient() throws IOException {
        assertThat(Files.size(PackagedJar.JAR)).isLessThanOrEqualTo(LARGEST_JAR);
        assertThat(entries(PackagedJar.JAR))
                .anyMatch(name -> name.startsWith("io/lettuce/core/"))
                .noneMatch(name -> name.startsWith("redis/embedded/"))
                .noneMatch(name -> name.startsWith("redis/clients/jedis/"))
                .noneMatch(name -> name.contains("redis-server"))
                .noneMatch(name -> name.startsWith("io/github/taskdispatcher/testkit/"))
                .noneMatch(name -> name.contains("chaos"));
    }

    @Test
    void theFileOfRedisHoldsProgramsAndTheirLicenceOnly() throws IOException {
        assertThat(entries(PackagedJar.REDIS))
                .containsOnly(
                        "redis-server-7.0.15-linux-amd64",
                        "redis-server-7.0.15-linux-arm64",
                        "redis-server-7.0.15-linux-386",
                        "redis-server-7.0.15-darwin-amd64",
                        "redis-server-7.0.15-darwin-arm64",
                        "META-INF/LICENSE");
        try (JarFile jar = new JarFile(PackagedJar.REDIS.toFile())) {
            assertThat(text(jar, "META-INF/LICENSE")).contains("Salvatore Sanfilippo", "Redistribution and use");
        }
    }

    /** Every library of the class path that is in the jar is there whole, with each of its service providers. */
    @Test
    void holdsEveryFileOfItsLibraries() throws IOException {
        Set<String> entries = entries(PackagedJar.JAR);
        List<String> whole = new ArrayList<>();
        for (String element : System.getProperty("java.class.path").split(File.pathSeparator)) {
            if (!element.endsWith(".jar")) {
                continue;
            }
            try (JarFile library = new JarFile(element);
                    JarFile jar = new JarFile(PackagedJar.JAR.toFile())) {
                List<String> files = library.stream()
                        .filter(entry -> !entry.isDirectory())
                        .map(ZipEntry::getName)
                        .filter(name -> !isDropped(name))
                        .toList();
                // The tests' own libraries are not in it. A library is in it if its classes or pages are.
                if (files.stream().filter(SelfContainedJarIT::isContent).noneMatch(entries::contains)) {
                    continue;
                }
                whole.add(Path.of(element).getFileName().toString());
                assertThat(entries).as(element).containsAll(files);
                for (String service : files) {
                    if (service.startsWith(SERVICES)) {
                        assertThat(providers(jar, service)).as(element).containsAll(providers(library, service));
                    }
                }
            }
        }
        assertThat(String.join(" ", whole))
                .contains("javalin-", "jetty-server-", "lettuce-core-", "lit-html-", "uplot-", "slf4j-simple-")
                .contains("epoll-", "-linux-x86_64", "-linux-aarch_64")
                .doesNotContain("junit", "assertj", "testcontainers");
        assertThat(whole).hasSizeGreaterThan(40);
    }

    @Test
    void hasOneManifestAndNothingOfASignature() throws IOException {
        assertThat(entries(PackagedJar.JAR)).noneMatch(SelfContainedJarIT::isSignatureOrModule);
        try (JarFile jar = new JarFile(PackagedJar.JAR.toFile())) {
            Attributes manifest = jar.getManifest().getMainAttributes();
            assertThat(manifest.getValue("Main-Class")).isEqualTo("io.github.taskdispatcher.gateway.Main");
            assertThat(manifest.getValue("Multi-Release")).isEqualTo("true");
            assertThat(manifest.getValue("Implementation-Version")).isNotBlank();
            assertThat(manifest.getValue("Class-Path")).isEqualTo("task-dispatcher-redis.jar");
            assertThat(manifest.getValue("Enable-Native-Access")).isEqualTo("ALL-UNNAMED");
            assertThat(text(jar, "META-INF/LICENSE")).contains("Apache License", "Version 2.0");
            assertThat(text(jar, "META-INF/NOTICE")).contains("Task Dispatcher", "Redis");
        }
    }

    /** The names of all entries; fails on a name that stands there twice. */
    private static Set<String> entries(Path jar) throws IOException {
        Set<String> names = new HashSet<>();
        try (ZipInputStream in = new ZipInputStream(Files.newInputStream(jar))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                assertThat(names.add(entry.getName())).as(entry.getName()).isTrue();
            }
        }
        return names;
    }

    private static boolean isContent(String name) {
        return name.endsWith(".class") || name.endsWith(".so") || name.startsWith("META-INF/resources/webjars/");
    }

    private static boolean isSignatureOrModule(String name) {
        return name.matches("META-INF/[^/]*\\.(SF|RSA|DSA)") || name.endsWith("module-info.class");
    }

    private static boolean isDropped(String name) {
        return isSignatureOrModule(name)
                || name.equals("META-INF/MANIFEST.MF")
                || name.equals("META-INF/INDEX.LIST")
                || name.endsWith("OSGI-INF/MANIFEST.MF");
    }

    private static Set<String> providers(JarFile jar, String service) throws IOException {
        return text(jar, service)
                .lines()
                .map(line -> line.replaceFirst("#.*", "").strip())
                .filter(line -> !line.isEmpty())
                .collect(Collectors.toSet());
    }

    private static String text(JarFile jar, String name) throws IOException {
        try (InputStream in = jar.getInputStream(jar.getEntry(name))) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }
}
