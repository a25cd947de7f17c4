package io.github.taskdispatcher.gateway.store.redis;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What Redis calls the scripts, for the benchmark, which reads them in Redis' log of commands. */
public final class ScriptNames {

    private ScriptNames() {}

    /** Names by SHA-1. */
    public static Map<String, String> bySha() {
        return Arrays.stream(Script.values())
                .collect(Collectors.toMap(script -> RedisLink.text(script.sha()), script -> script.name()
                        .toLowerCase(Locale.ROOT)));
    }
}
