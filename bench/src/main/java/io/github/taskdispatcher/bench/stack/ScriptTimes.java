package io.github.taskdispatcher.bench.stack;

import io.github.taskdispatcher.gateway.store.redis.ScriptNames;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/**
 * How long calls of a script kept Redis from doing anything else, from its slow log. Only what takes longer than most is taken
 * down: Redis copies the words of such a call into its log, and told to take down every call it doubled their 99th percentile.
 */
public final class ScriptTimes {

    /** Microseconds; what took no longer is not told apart. */
    public static final int FROM = 50;

    private static final int CALLS = 100_000;
    private static final Map<String, String> NAMES = ScriptNames.bySha();

    private final RedisServer redis;

    /** Starts to take down. */
    public ScriptTimes(RedisServer redis) {
        this.redis = redis;
        redis.commands()
                .configSet(Map.of(
                        "slowlog-log-slower-than", Integer.toString(FROM), "slowlog-max-len", Integer.toString(CALLS)));
        redis.commands().slowlogReset();
    }

    /** Stops taking down; the calls that took longer. */
    public Log stop() {
        redis.commands().configSet("slowlog-log-slower-than", "-1");
        return new Log(redis.commands().slowlogGet(CALLS));
    }

    /** What was taken down. */
    public static final class Log {

        private final List<Object> entries;

        private Log(List<Object> entries) {
            this.entries = entries;
        }

        /**
         * Microseconds of each script by its name, of the calls whose key begins so.
         *
         * @param calls how often a script was called in all; {@link #FROM} stands for each call that was not taken down. Of scripts
         *     not named here there are only those that were.
         */
        public Map<String, Histogram> ofKey(String key, Map<String, Long> calls) {
            Map<String, Histogram> times = new TreeMap<>();
            for (Object entry : entries) {
                List<?> fields = (List<?>) entry;
                List<?> words = (List<?>) fields.get(3);
                if (words.size() > 3 && words.get(3).toString().startsWith(key)) {
                    String name = NAMES.get(words.get(1).toString());
                    if (name != null) {
                        times.computeIfAbsent(name, none -> empty()).recordValue((Long) fields.get(2));
                    }
                }
            }
            calls.forEach((name, all) -> {
                Histogram ofScript = times.computeIfAbsent(name, none -> empty());
                ofScript.recordValueWithCount(FROM, Math.max(0, all - ofScript.getTotalCount()));
            });
            return times;
        }

        private static Histogram empty() {
            return new Histogram(3_600_000_000L, 3);
        }
    }
}
