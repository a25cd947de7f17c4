package io.github.taskdispatcher.gateway.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.config.Setting;
import io.github.taskdispatcher.testing.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The release that {@code ./dispatcher package} makes, and the files that come with it. */
class ReleaseIT {

    private static final Path DEPLOY = GatewayProcess.ROOT.resolve("deploy");

    @TempDir
    Path dir;

    @Test
    void theReleaseRunsWithAJreAndTheCoreUtilities() throws Exception {
        Path sources = LauncherIT.freshSources(dir);
        Files.createDirectories(sources.resolve("examples/node_modules/ws"));
        Files.writeString(sources.resolve("examples/node_modules/ws/index.js"), "");
        String said = run(sources, "./dispatcher package 2>/dev/null").strip();
        assertThat(said).endsWith(".tar.gz");
        Path unpacked = Files.createDirectory(dir.resolve("unpacked"));
        run(unpacked, "tar -xzf '" + said + "'");
        Path release;
        try (Stream<Path> top = Files.list(unpacked)) {
            release = top.toList().get(0);
        }
        assertThat(release.getFileName().toString())
                .isEqualTo(Path.of(said).getFileName().toString().replace(".tar.gz", ""));
        assertThat(contents(release))
                .contains(
                        "task-dispatcher.jar",
                        "task-dispatcher-redis.jar",
                        "dispatcher",
                        "LICENSE",
                        "NOTICE",
                        "bom.json",
                        "README.md",
                        "README.zh-CN.md")
                .contains("CHANGELOG.md", "deploy/task-dispatcher.service", "deploy/task-dispatcher.env")
                .contains("deploy/Caddyfile", "examples/worker-node.js", "examples/bridge/bridge.mjs")
                .noneMatch(name -> name.contains("node_modules") || name.contains("target/"));
        assertThat(Files.isExecutable(release.resolve("dispatcher"))).isTrue();
        // The same bytes from every build: one time for all, nobody's name.
        Instant built = Files.getLastModifiedTime(release.resolve("LICENSE")).toInstant();
        assertThat(Files.getLastModifiedTime(release.resolve("task-dispatcher.jar")))
                .isEqualTo(FileTime.from(built));
        assertThat(run(dir, "tar -tvzf '" + said + "'").lines()).allMatch(line -> line.contains(" root/root "));

        runsAlone(release);
    }

    private void runsAlone(Path release) throws IOException, InterruptedException {
        Path tools =
                LauncherIT.tools(dir.resolve("tools"), "sh dirname readlink ls cksum cat mkdir rm date sleep mv uname");
        Map<String, String> environment = Map.of(
                "PATH",
                tools.toString(),
                "JAVA_HOME",
                System.getProperty("java.home"),
                "DATA_DIR",
                dir.resolve("data").toString());
        // The first run makes the archive of the classes, which takes a gateway's start by itself.
        assertThat(run(release, environment, "./dispatcher --version")).contains("Task Dispatcher ");
        GatewayProcess gateway = new GatewayProcess(List.of("./dispatcher", "start"), release, environment);
        try (TestWorker worker = TestWorker.echo(gateway, null)) {
            assertThat(gateway.post("{\"data\":{\"n\":1}}").body()).contains("\"completed\"");
            assertThat(worker.closed).isNotDone();
        } finally {
            gateway.close();
        }
        assertThat(gateway.process.exitValue()).isIn(0, 143);
        assertThat(gateway.output).noneMatch(line -> line.contains("not found") || line.contains("Building"));
        assertThat(contents(release)).anyMatch(name -> name.matches("classes-.*\\.jsa"));
        assertThat(contents(release)).noneMatch(name -> name.contains("lock"));
    }

    @Test
    void theUnitWaitsForTheGraceAndCountsTheSignalAsSuccess() throws IOException {
        String unit = Files.readString(DEPLOY.resolve("task-dispatcher.service"));
        Matcher stop = Pattern.compile("(?m)^TimeoutStopSec=(\\d+)$").matcher(unit);
        assertThat(stop.find()).isTrue();
        assertThat(Long.parseLong(stop.group(1)) * 1000)
                .isGreaterThan(Long.parseLong(Setting.SHUTDOWN_GRACE_MS.defaultValue()) + 5_000);
        // mixed: the signal goes to the gateway alone, which ends its Redis itself, after the last task.
        assertThat(unit.lines())
                .contains("SuccessExitStatus=143", "KillSignal=SIGTERM", "KillMode=mixed", "Restart=on-failure")
                .contains("DynamicUser=yes", "StateDirectory=task-dispatcher", "NoNewPrivileges=yes");
    }

    /** systemd itself checks every line of the unit. */
    @Test
    void systemdTakesTheUnit() throws Exception {
        Tool.SYSTEMD_ANALYZE.require();
        Path unit = dir.resolve("task-dispatcher.service");
        String launcher = GatewayProcess.ROOT.resolve("dispatcher").toString();
        String text = Files.readString(DEPLOY.resolve("task-dispatcher.service"));
        Files.writeString(unit, text.replace("/opt/task-dispatcher/dispatcher", launcher));
        assertThat(run(dir, "systemd-analyze verify " + unit + " 2>&1")).doesNotContain("task-dispatcher.service:");
        Files.writeString(
                unit, text.replace("/opt/task-dispatcher/dispatcher", launcher) + "\n[Service]\nNonsense=1\n");
        assertThat(run(dir, "systemd-analyze verify " + unit + " 2>&1 || :")).contains("Nonsense");
    }

    @Test
    void theEnvironmentFileShowsEverySettingWithItsDefault() throws IOException {
        StringBuilder settings = new StringBuilder();
        for (Setting setting : Setting.values()) {
            settings.append("# ").append(setting.meaning().replace("`", "")).append('\n');
            settings.append('#').append(setting.name()).append('=').append(setting.defaultValue());
            settings.append('\n');
        }
        assertThat(Files.readString(DEPLOY.resolve("task-dispatcher.env"))).endsWith(settings);
    }

    private static TreeSet<String> contents(Path release) throws IOException {
        try (Stream<Path> files = Files.walk(release)) {
            return files.map(file -> release.relativize(file).toString())
                    .collect(java.util.stream.Collectors.toCollection(TreeSet::new));
        }
    }

    private static String run(Path directory, String command) throws IOException, InterruptedException {
        return run(directory, Map.of(), command);
    }

    private static String run(Path directory, Map<String, String> environment, String command)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", command).directory(directory.toFile());
        builder.environment().putAll(environment);
        Process process = builder.redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(300, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(command + "\n" + output).isZero();
        return output;
    }
}
