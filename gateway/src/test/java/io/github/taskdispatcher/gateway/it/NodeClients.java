package io.github.taskdispatcher.gateway.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.testing.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The clients of the OpenAI API that npm has, in the versions of {@code src/test/node/clients/package-lock.json}. */
final class NodeClients {

    private static final Path SOURCE = Path.of("src", "test", "node", "clients");
    private static final Path HOME = Path.of("target", "npm-clients").toAbsolutePath();

    /** A slow registry has taken ten minutes for them. */
    private static final long INSTALL_LIMIT_MINUTES = 20;

    /** A run takes a minute on two cores that do nothing else. */
    private static final long RUN_LIMIT_MINUTES = 6;

    private NodeClients() {}

    /**
     * A folder with the scripts, and the clients in {@code node_modules}. They are installed once for each lock file. Skips the
     * calling test where there is no npm, or npm reaches no registry.
     */
    static synchronized Path install() throws IOException {
        Tool.NODE.require();
        String npm = Tool.NPM.require();
        Files.createDirectories(HOME);
        try (var files = Files.list(SOURCE)) {
            for (Path file : files.toList()) {
                Files.copy(file, HOME.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        Path installed = HOME.resolve("node_modules/.installed-lock.json");
        Path lock = HOME.resolve("package-lock.json");
        if (!Files.exists(installed) || Files.mismatch(installed, lock) >= 0) {
            List<String> install =
                    List.of(npm, "ci", "--prefix", HOME.toString(), "--no-audit", "--no-fund", "--ignore-scripts");
            Tool.require(Tool.runs(install, INSTALL_LIMIT_MINUTES), "npm packages of clients", "npm ci");
            Files.copy(lock, installed);
        }
        return HOME;
    }

    /**
     * Runs a script of that folder.
     *
     * @param first the gateway that {@code BASE_URL} names
     * @param second the gateway that {@code OTHER_URL} names
     * @return what it printed
     */
    static String run(String script, GatewayProcess first, GatewayProcess second) throws Exception {
        Path home = install();
        Path printed = home.resolve("printed.txt");
        Path errors = home.resolve("errors.txt");
        ProcessBuilder builder = new ProcessBuilder("node", script).directory(home.toFile());
        builder.environment().put("BASE_URL", first.uri("/v1").toString());
        builder.environment().put("OTHER_URL", second.uri("/v1").toString());
        Process process = builder.redirectOutput(printed.toFile())
                .redirectError(errors.toFile())
                .start();
        try {
            assertThat(process.waitFor(RUN_LIMIT_MINUTES, TimeUnit.MINUTES))
                    .as("%s ends, it printed %s", script, Files.readString(errors))
                    .isTrue();
            assertThat(process.exitValue()).as(Files.readString(errors)).isZero();
            return Files.readString(printed);
        } finally {
            process.destroyForcibly();
        }
    }
}
