package io.github.taskdispatcher.bench.stack;

import io.github.taskdispatcher.gateway.store.redis.ScriptNames;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/** How long each call of a script kept Redis from doing anything else, from its slow log, told to take down everything. */
public final class ScriptTimes {

    private static final Map<String, String> NAMES = ScriptNames.bySha();

    private final RedisServer redis;

    /** Starts to take down. */
    public ScriptTimes(RedisServer redis) {
        this.redis = redis;
        redis.commands().configSet(Map.of("slowlog-log-slower-than", "0", "slowlog-max-len", "200000"));
        redis.commands().slowlogReset();
    }

    /** Microseconds of each script by its name, of the calls whose key begins so; stops taking down. */
    public static Map<String, Histogram> ofKey(List<Object> log, String key) {
        Map<String, Histogram> times = new TreeMap<>();
        for (Object entry : log) {
            List<?> fields = (List<?>) entry;
            List<?> words = (List<?>) fields.get(3);
            if (words.size() > 3 && words.get(3).toString().startsWith(key)) {
                String name = NAMES.get(words.get(1).toString());
                if (name != null) {
                    times.computeIfAbsent(name, none -> new Histogram(3_600_000_000L, 3))
                            .recordValue((Long) fields.get(2));
                }
            }
        }
        return times;
    }

    /** Stops taking down. */
    public List<Object> stop() {
        redis.commands().configSet("slowlog-log-slower-than", "-1");
        return redis.commands().slowlogGet(200_000);
    }
}
