package io.github.taskdispatcher.gateway.store.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.testing.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** luacheck finds nothing in the scripts, each looked at whole, with the files that it includes. See {@code .luacheckrc}. */
class LuaLintTest {

    @TempDir
    Path dir;

    @Test
    void findsNothing() throws Exception {
        for (Script script : Script.values()) {
            write(script, "");
        }
        assertThat(luacheck()).contains(" 0 warnings / 0 errors in " + Script.values().length + " files");
    }

    @Test
    void findsWhatIsWrong() throws Exception {
        write(Script.JOIN, "local unused = 1\n");
        write(Script.READY, "nothing.declares = 'this'\n");
        write(Script.CLAIM, "if nothing then\n");
        assertThat(luacheck()).contains("unused variable 'unused'", "global variable 'nothing'", "expected 'end'");
    }

    private void write(Script script, String more) throws IOException {
        String body = new String(script.body(), UTF_8);
        try (Stream<Path> libraries = Files.list(Path.of("src", "main", "resources", "redis", "lib"))) {
            for (Path library : libraries.toList()) {
                String text = Files.readString(library);
                // A script need not use all that a library brings along; and what is deferred may use its names again.
                body = body.replace(text, "-- luacheck: push ignore 211 431\n" + text + "-- luacheck: pop\n");
            }
        }
        Files.writeString(
                dir.resolve(script.name().toLowerCase(Locale.ROOT) + ".lua"),
                body.replaceFirst("\n--", "\n" + more + "--"));
    }

    private String luacheck() throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Tool.LUACHECK.require(),
                "--no-color",
                "--config",
                Path.of("..", ".luacheckrc").toAbsolutePath().toString(),
                dir.toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        process.waitFor();
        return said;
    }
}
