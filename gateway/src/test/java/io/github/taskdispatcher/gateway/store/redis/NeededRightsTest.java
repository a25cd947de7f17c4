package io.github.taskdispatcher.gateway.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NeededRightsTest {

    /** A command that a script gets one day is tried too. */
    @Test
    void eachCommandOfAScriptIsTried() throws IOException {
        TreeSet<String> used = new TreeSet<>();
        try (Stream<Path> scripts = Files.walk(Path.of("src", "main", "resources", "redis"))) {
            for (Path script :
                    scripts.filter(file -> file.toString().endsWith(".lua")).toList()) {
                Pattern.compile("call\\('([A-Z]+)'")
                        .matcher(Files.readString(script))
                        .results()
                        .map((MatchResult call) -> call.group(1))
                        .forEach(used::add);
            }
        }
        assertThat(used).hasSizeGreaterThan(30).contains("HSET", "PUBLISH");
        assertThat(NeededRights.tried()).containsAll(used);
        // Those of plain commands.
        assertThat(NeededRights.tried()).contains("HMGET", "SET", "ZMSCORE", "ZREVRANGE", "ZSCAN", "EVALSHA", "EVAL");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "NOPERM this user has no permissions to run the 'hset' command or its subcommand; use HSET",
                "NOPERM User app has no permissions to run the 'hset' command; use HSET",
                "NOPERM this user has no permissions to access one of the keys used as arguments; read and write the keys td:*",
                "NOPERM No permissions to access a key; read and write the keys td:*",
                "NOPERM this user has no permissions to access one of the channels used as arguments; use the channels td:*",
                "NOPERM No permissions to access a channel; use the channels td:*"
            })
    void theWordsOfEachVersionAreUnderstood(String error, String missing) {
        assertThat(NeededRights.judged(List.of(error)).missing("app", "td:"))
                .hasValueSatisfying(text -> assertThat(text).contains(" may not " + missing + ". Allow it: "));
    }

    @ParameterizedTest
    @CsvSource({"7.0.15,true", "6.2.0,true", "10.0,true", "6.0.20,false", "5.0.14,false", "2.8.19,false", "unknown,true"
    })
    void versions(String version, boolean recent) {
        assertThat(StartCheck.isRecent(version)).isEqualTo(recent);
    }
}
