package io.github.taskdispatcher.gateway.config;

import io.lettuce.core.RedisURI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the environment into a {@link GatewayConfig}, checking everything before complaining. */
public final class Settings {

    private static final Set<String> LOG_LEVELS = Set.of("error", "warn", "info", "debug", "trace");

    private final Map<Setting, String> texts = new EnumMap<>(Setting.class);
    private final Map<Setting, Long> numbers = new EnumMap<>(Setting.class);
    private final List<String> problems = new ArrayList<>();

    private Settings(Map<String, String> environment) {
        for (Setting setting : Setting.values()) {
            String given = environment.get(setting.name());
            boolean set = given != null && !given.isBlank();
            String text = set ? given.strip() : setting.defaultValue();
            texts.put(setting, text);
            if (setting.isNumber()) {
                readNumber(setting, text);
            }
        }
        if (!isSet(environment, Setting.TASK_TIMEOUT_MS)) {
            // The default follows the bounds; only one that was set can contradict them.
            long within = Math.max(
                    numbers.get(Setting.MIN_TASK_TIMEOUT_MS),
                    Math.min(numbers.get(Setting.MAX_TASK_TIMEOUT_MS), numbers.get(Setting.TASK_TIMEOUT_MS)));
            numbers.put(Setting.TASK_TIMEOUT_MS, within);
        }
        checkTexts();
        if (problems.isEmpty()) {
            checkRelations();
        }
    }

    /**
     * @param environment usually {@link System#getenv()}
     * @throws InvalidSettingsException naming every problem at once
     */
    public static Settings of(Map<String, String> environment) throws InvalidSettingsException {
        Settings settings = new Settings(environment);
        if (!settings.problems.isEmpty()) {
            throw new InvalidSettingsException(settings.problems);
        }
        return settings;
    }

    private static boolean isSet(Map<String, String> environment, Setting setting) {
        String given = environment.get(setting.name());
        return given != null && !given.isBlank();
    }

    private void readNumber(Setting setting, String text) {
        long value = Long.parseLong(setting.defaultValue());
        boolean whole = text.matches("\\d{1,18}");
        if (whole) {
            value = Long.parseLong(text);
        }
        if (!whole || value < setting.min() || value > setting.max()) {
            problems.add(setting + "=" + shown(text) + " must be a whole number from " + setting.min() + " to "
                    + setting.max());
        }
        numbers.put(setting, value);
    }

    private void checkTexts() {
        String url = text(Setting.REDIS_URL);
        if (!url.isEmpty()) {
            try {
                RedisURI.create(url);
            } catch (RuntimeException e) {
                // Without the value: it may hold a password.
                problems.add("REDIS_URL must look like redis://[:password@]host:port[/db], rediss://..., or"
                        + " redis-sentinel://host:port[,host:port]#master");
            }
        }
        if (!text(Setting.REDIS_KEY_PREFIX).matches("[A-Za-z0-9._:/-]{1,64}")) {
            problems.add("REDIS_KEY_PREFIX=" + shown(text(Setting.REDIS_KEY_PREFIX))
                    + " must be 1 to 64 characters of A-Z a-z 0-9 . _ : / -");
        }
        if (!LOG_LEVELS.contains(text(Setting.LOG_LEVEL))) {
            problems.add("LOG_LEVEL=" + shown(text(Setting.LOG_LEVEL)) + " must be error, warn, info or debug");
        }
        if (!text(Setting.HOST).matches("[A-Za-z0-9.:\\[\\]_-]{1,255}")) {
            problems.add("HOST=" + shown(text(Setting.HOST)) + " must be an address or a host name");
        }
    }

    private void checkRelations() {
        if (number(Setting.MIN_TASK_TIMEOUT_MS) > number(Setting.MAX_TASK_TIMEOUT_MS)) {
            problems.add("MIN_TASK_TIMEOUT_MS=" + number(Setting.MIN_TASK_TIMEOUT_MS)
                    + " must not be above MAX_TASK_TIMEOUT_MS=" + number(Setting.MAX_TASK_TIMEOUT_MS));
        } else if (number(Setting.TASK_TIMEOUT_MS) < number(Setting.MIN_TASK_TIMEOUT_MS)
                || number(Setting.TASK_TIMEOUT_MS) > number(Setting.MAX_TASK_TIMEOUT_MS)) {
            problems.add("TASK_TIMEOUT_MS=" + number(Setting.TASK_TIMEOUT_MS)
                    + " must lie between MIN_TASK_TIMEOUT_MS and MAX_TASK_TIMEOUT_MS");
        }
        if (number(Setting.WORKER_SILENCE_LIMIT_MS) <= number(Setting.WS_PING_INTERVAL_MS)) {
            problems.add("WORKER_SILENCE_LIMIT_MS=" + number(Setting.WORKER_SILENCE_LIMIT_MS)
                    + " must be above WS_PING_INTERVAL_MS=" + number(Setting.WS_PING_INTERVAL_MS));
        }
    }

    /** A value as it may be printed: one line, not too long. */
    private static String shown(String text) {
        String line = text.replaceAll("\\p{Cntrl}", "?");
        return line.length() <= 60 ? line : line.substring(0, 60) + "...";
    }

    /** Whether a Redis was named; else the gateway starts one of its own in {@link #dataDir}. */
    public boolean hasRedisUrl() {
        return !text(Setting.REDIS_URL).isEmpty();
    }

    public String redisUrl() {
        return text(Setting.REDIS_URL);
    }

    public Path dataDir() {
        return Path.of(text(Setting.DATA_DIR)).toAbsolutePath().normalize();
    }

    public String logLevel() {
        return text(Setting.LOG_LEVEL);
    }

    /** The configuration, on this Redis. */
    public GatewayConfig config(String redisUrl) {
        return new GatewayConfig(
                text(Setting.HOST),
                (int) number(Setting.PORT),
                new GatewayConfig.RedisConfig(redisUrl, text(Setting.REDIS_KEY_PREFIX)),
                new GatewayConfig.TaskLimits(
                        number(Setting.TASK_TIMEOUT_MS),
                        number(Setting.MIN_TASK_TIMEOUT_MS),
                        number(Setting.MAX_TASK_TIMEOUT_MS),
                        (int) number(Setting.MAX_QUEUE_LENGTH),
                        number(Setting.TASK_RESULT_TTL_MS),
                        (int) number(Setting.MAX_BODY_BYTES),
                        (int) number(Setting.MAX_RESULT_BYTES)),
                new GatewayConfig.WorkerTiming(
                        number(Setting.WORKER_RECONNECT_GRACE_MS),
                        number(Setting.WORKER_READY_AFTER_MS),
                        number(Setting.WS_PING_INTERVAL_MS),
                        number(Setting.WORKER_SILENCE_LIMIT_MS)),
                number(Setting.SHUTDOWN_GRACE_MS));
    }

    private String text(Setting setting) {
        return texts.get(setting);
    }

    private long number(Setting setting) {
        return numbers.get(setting);
    }
}
