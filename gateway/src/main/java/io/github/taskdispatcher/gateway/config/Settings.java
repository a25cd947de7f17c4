package io.github.taskdispatcher.gateway.config;

import io.lettuce.core.RedisURI;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Reads the environment into a {@link GatewayConfig}, checking everything before complaining. */
public final class Settings {

    private static final Set<String> LOG_LEVELS = Set.of("error", "warn", "info", "debug", "trace");

    private final Map<Setting, String> texts = new EnumMap<>(Setting.class);
    private final Map<Setting, Long> numbers = new EnumMap<>(Setting.class);
    private final List<String> problems = new ArrayList<>();
    /** The settings, of keys and of Redis, that have problems. */
    private final Set<String> broken = new HashSet<>();

    private final List<GatewayConfig.AccessKey> clientKeys;
    private final List<GatewayConfig.AccessKey> workerKeys;
    private final List<GatewayConfig.AccessKey> adminKeys;

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
        clientKeys = keys(Setting.API_KEYS, Setting.API_KEYS_FILE, KeyList.Suffix.TENANT);
        workerKeys = keys(Setting.WORKER_KEYS, Setting.WORKER_KEYS_FILE, KeyList.Suffix.GROUPS);
        adminKeys = keys(Setting.ADMIN_KEYS, Setting.ADMIN_KEYS_FILE, KeyList.Suffix.NONE);
        problems.addAll(ModelOwners.conflicts(workerKeys));
        checkTexts();
        checkOpenness();
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
                broken.add(Setting.REDIS_URL.name());
                problems.add("REDIS_URL must look like redis://[:password@]host:port[/db], rediss://..., or"
                        + " redis-sentinel://[:password@]host:port[,host:port]#master");
            }
        }
        checkSentinelPassword(url);
        checkCaFile(url);
        if (!text(Setting.REDIS_KEY_PREFIX).matches("[A-Za-z0-9._:/-]{1,64}")) {
            problems.add("REDIS_KEY_PREFIX=" + shown(text(Setting.REDIS_KEY_PREFIX))
                    + " must be 1 to 64 characters of A-Z a-z 0-9 . _ : / -");
        }
        if (!LOG_LEVELS.contains(text(Setting.LOG_LEVEL))) {
            problems.add("LOG_LEVEL=" + shown(text(Setting.LOG_LEVEL)) + " must be error, warn, info or debug");
        }
        checkChoice(Setting.DASHBOARD_READ_ONLY, "true", "false");
        checkChoice(Setting.DASHBOARD_PAYLOADS, "tasks", "show", "masked", "hidden");
        checkChoice(Setting.TASK_ACCESS, "owner", "any");
        checkChoice(Setting.SYNC_KEEPALIVE, "none", "102", "whitespace");
        if (!text(Setting.HOST).matches("[A-Za-z0-9.:\\[\\]_-]{1,255}")) {
            problems.add("HOST=" + shown(text(Setting.HOST)) + " must be an address or a host name");
        }
    }

    private void checkSentinelPassword(String url) {
        if (!text(Setting.REDIS_SENTINEL_PASSWORD).isEmpty()
                && !url.matches("(?s)rediss?-sentinel://.*")
                && !broken.contains(Setting.REDIS_URL.name())) {
            problems.add("REDIS_SENTINEL_PASSWORD is set, but REDIS_URL does not begin with redis-sentinel:// or"
                    + " rediss-sentinel://");
        }
    }

    private void checkCaFile(String url) {
        String file = text(Setting.REDIS_CA_FILE);
        if (file.isEmpty()) {
            return;
        }
        if (!url.startsWith("rediss") && !broken.contains(Setting.REDIS_URL.name())) {
            problems.add("REDIS_CA_FILE is set, but REDIS_URL does not begin with rediss:// or rediss-sentinel://: the"
                    + " connection would not be encrypted");
        }
        try (InputStream content = Files.newInputStream(Path.of(file))) {
            if (CertificateFactory.getInstance("X.509")
                    .generateCertificates(content)
                    .isEmpty()) {
                problems.add("REDIS_CA_FILE=" + shown(file) + " holds no certificate");
            }
        } catch (IOException | InvalidPathException e) {
            problems.add("REDIS_CA_FILE=" + shown(file) + " cannot be read: "
                    + e.getClass().getSimpleName());
        } catch (CertificateException e) {
            problems.add("REDIS_CA_FILE=" + shown(file) + " is not a PEM file of certificates");
        }
    }

    private void checkChoice(Setting setting, String... choices) {
        if (!List.of(choices).contains(text(setting))) {
            problems.add(setting + "=" + shown(text(setting)) + " must be " + String.join(" or ", choices));
        }
    }

    private List<GatewayConfig.AccessKey> keys(Setting keys, Setting file, KeyList.Suffix suffix) {
        int before = problems.size();
        List<GatewayConfig.AccessKey> read = KeyList.read(keys.name(), text(keys), text(file), suffix, problems);
        if (problems.size() > before) {
            broken.add(keys.name());
        }
        return read;
    }

    private void checkOpenness() {
        checkChoice(Setting.ALLOW_ANONYMOUS, "true", "false");
        for (String origin : list(Setting.ALLOWED_ORIGINS)) {
            if (!origin.matches("https?://[^/\\s]+|null")) {
                problems.add("ALLOWED_ORIGINS: " + shown(origin) + " must look like https://host[:port]");
            }
        }
        for (String host : list(Setting.ALLOWED_HOSTS)) {
            if (!host.matches("[a-z0-9._-]{1,255}|\\[?[0-9a-f:.]{2,45}]?")) {
                problems.add("ALLOWED_HOSTS: " + shown(host) + " must be a host name or an address, without a port");
            }
        }
        List<String> open = new ArrayList<>(openRoles());
        // That their keys cannot be read is said already.
        open.removeAll(broken);
        if (!text(Setting.ALLOW_ANONYMOUS).equals("true") && !isLoopback(text(Setting.HOST)) && !open.isEmpty()) {
            problems.add("HOST=" + shown(text(Setting.HOST)) + " lets others in, but there are no "
                    + String.join(" and no ", open)
                    + ": set them, or ALLOW_ANONYMOUS=true if whoever reaches the port may do everything");
        }
    }

    private static boolean isLoopback(String host) {
        return host.equals("localhost")
                || host.equals("::1")
                || host.equals("[::1]")
                || host.matches("127(\\.\\d{1,3}){3}");
    }

    private List<String> openRoles() {
        List<String> open = new ArrayList<>();
        if (clientKeys.isEmpty()) {
            open.add(Setting.API_KEYS.name());
        }
        if (workerKeys.isEmpty()) {
            open.add(Setting.WORKER_KEYS.name());
        }
        return open;
    }

    /** What the operator should be told although it is allowed. */
    public List<String> warnings() {
        return isLoopback(text(Setting.HOST)) || openRoles().isEmpty()
                ? List.of()
                : List.of("ALLOW_ANONYMOUS: whoever reaches " + text(Setting.HOST) + ":" + number(Setting.PORT)
                        + " can come in without " + String.join(" or ", openRoles())
                        + "! Requests must name localhost, HOST or one of ALLOWED_HOSTS as their host.");
    }

    /** The parts of a list separated by commas, in lower case. */
    private Set<String> list(Setting setting) {
        return Arrays.stream(text(setting).split(","))
                .map(part -> part.strip().toLowerCase(Locale.ROOT))
                .filter(part -> !part.isEmpty())
                .collect(Collectors.toUnmodifiableSet());
    }

    private Set<String> hosts() {
        Set<String> hosts = new HashSet<>(list(Setting.ALLOWED_HOSTS));
        hosts.add(text(Setting.HOST));
        return Set.copyOf(hosts);
    }

    private long bufferedBytes() {
        long set = number(Setting.MAX_BUFFERED_BYTES);
        return set == 0 ? Runtime.getRuntime().maxMemory() / 2 : set;
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

    /** The configuration, on this Redis. */
    public GatewayConfig config(String redisUrl) {
        return new GatewayConfig(
                text(Setting.HOST),
                (int) number(Setting.PORT),
                new GatewayConfig.RedisConfig(
                        redisUrl,
                        text(Setting.REDIS_KEY_PREFIX),
                        text(Setting.REDIS_SENTINEL_PASSWORD),
                        file(Setting.REDIS_CA_FILE)),
                new GatewayConfig.TaskLimits(
                        number(Setting.TASK_TIMEOUT_MS),
                        number(Setting.MIN_TASK_TIMEOUT_MS),
                        number(Setting.MAX_TASK_TIMEOUT_MS),
                        (int) number(Setting.MAX_QUEUE_LENGTH),
                        number(Setting.MAX_QUEUE_BYTES),
                        number(Setting.TASK_RESULT_TTL_MS),
                        (int) number(Setting.MAX_BODY_BYTES),
                        (int) number(Setting.MAX_RESULT_BYTES),
                        (int) number(Setting.STREAM_BUFFER)),
                new GatewayConfig.WorkerTiming(
                        number(Setting.WORKER_RECONNECT_GRACE_MS),
                        number(Setting.WORKER_READY_AFTER_MS),
                        number(Setting.WS_PING_INTERVAL_MS),
                        number(Setting.WORKER_SILENCE_LIMIT_MS)),
                new GatewayConfig.AccessConfig(
                        clientKeys,
                        workerKeys,
                        adminKeys,
                        list(Setting.ALLOWED_ORIGINS),
                        hosts(),
                        GatewayConfig.TaskAccessMode.valueOf(
                                text(Setting.TASK_ACCESS).toUpperCase(Locale.ROOT)),
                        new KeyFiles(
                                file(Setting.API_KEYS_FILE),
                                file(Setting.WORKER_KEYS_FILE),
                                file(Setting.ADMIN_KEYS_FILE))),
                new GatewayConfig.ResourceLimits(
                        (int) number(Setting.MAX_WAITERS),
                        (int) number(Setting.MAX_WORKERS),
                        (int) number(Setting.MAX_WORKERS_PER_KEY),
                        (int) number(Setting.MAX_WORKERS_PER_ADDRESS),
                        bufferedBytes(),
                        (int) number(Setting.MIN_BODY_BYTES_PER_SECOND),
                        new GatewayConfig.NameLimits(
                                (int) number(Setting.MAX_GROUPS),
                                (int) number(Setting.MAX_GROUPS_PER_KEY),
                                (int) number(Setting.MAX_MODELS),
                                (int) number(Setting.MAX_MODELS_PER_KEY))),
                new GatewayConfig.DashboardConfig(
                        text(Setting.DASHBOARD_READ_ONLY).equals("true"),
                        GatewayConfig.Payloads.valueOf(
                                text(Setting.DASHBOARD_PAYLOADS).toUpperCase(Locale.ROOT))),
                keepAlive(),
                number(Setting.SHUTDOWN_GRACE_MS));
    }

    private Path file(Setting setting) {
        return text(setting).isEmpty() ? null : Path.of(text(setting));
    }

    private GatewayConfig.SyncKeepAlive keepAlive() {
        return Stream.of(GatewayConfig.SyncKeepAlive.values())
                .filter(how -> how.word().equals(text(Setting.SYNC_KEEPALIVE)))
                .findFirst()
                .orElseThrow();
    }

    private String text(Setting setting) {
        return texts.get(setting);
    }

    private long number(Setting setting) {
        return numbers.get(setting);
    }
}
