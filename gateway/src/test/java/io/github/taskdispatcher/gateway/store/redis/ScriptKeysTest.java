package io.github.taskdispatcher.gateway.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.test.TestRedis;
import io.github.taskdispatcher.task.GroupName;
import io.github.taskdispatcher.task.TaskId;
import io.lettuce.core.RedisClient;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The scripts and {@link Keys} give each key the same name. Redis itself makes the keys of the scripts. */
@Tag("redis")
class ScriptKeysTest {

    private static final Path SCRIPTS = Path.of("src", "main", "resources", "redis");
    private static final Path CALL = SCRIPTS.resolve("lib").resolve("call.lua");
    /** The files that make keys beside {@link #CALL}. */
    private static final List<String> MORE = List.of("pace", "registry", "models");

    private static final RedisClient CLIENT = RedisClient.create(TestRedis.url());
    private static final StatefulRedisConnection<String, String> CONNECTION = CLIENT.connect();

    private static final Keys KEYS = new Keys("td:");
    private static final GroupName GROUP = new GroupName("g");
    private static final TaskId ID = TaskId.next(GROUP);

    /** How a script calls a key, and what it must be. */
    private static final Map<String, String> OF_A_GROUP = Map.ofEntries(
            Map.entry("QUEUE", KEYS.queue(GROUP)),
            Map.entry("IDLE", KEYS.idle(GROUP)),
            Map.entry("DEADLINES", KEYS.deadlines(GROUP)),
            Map.entry("LEASES", KEYS.leases(GROUP)),
            Map.entry("WORKERS", KEYS.workers(GROUP)),
            Map.entry("META", KEYS.meta(GROUP)),
            Map.entry("RETURNING", KEYS.returning(GROUP)),
            Map.entry("UNSAID", KEYS.unsaid(GROUP)),
            Map.entry("PACE", KEYS.pace(GROUP)),
            Map.entry("taskKey('" + ID.text() + "')", KEYS.task(GROUP, ID)),
            Map.entry("aboutKey('" + ID.text() + "')", KEYS.about(GROUP, ID)),
            Map.entry("chunksOf('" + ID.text() + "')", KEYS.stream(GROUP, ID)),
            Map.entry("workerKey('W')", KEYS.worker(GROUP, "W")),
            Map.entry("workersOf('G')", KEYS.workers(GROUP, "G")),
            Map.entry("unclaimedOf('G')", KEYS.unclaimed(GROUP, "G")),
            Map.entry("toldOf('G')", KEYS.told(GROUP, "G")),
            Map.entry("channelOf('G')", KEYS.channel("G")));

    private static final Map<String, String> OF_THE_REGISTRY = Map.ofEntries(
            Map.entry("GROUPS", KEYS.groups()),
            Map.entry("BUSY", KEYS.busy()),
            Map.entry("ROUND", KEYS.round()),
            Map.entry("DECLARED_MODELS", KEYS.models()),
            Map.entry("groupsOf('H')", KEYS.groups("H")),
            Map.entry("leftBy('H')", KEYS.left("H")),
            Map.entry("holdersOf('g')", KEYS.holders(GROUP)),
            Map.entry("gatewaysOf('g', 'H')", KEYS.gateways(GROUP, "H")),
            Map.entry("namesOf('00af')", KEYS.names(0xaf)),
            Map.entry("modelsOf('H')", KEYS.models("H")),
            Map.entry("modelKey('a/b c')", KEYS.declared("a/b c")));

    @AfterAll
    static void disconnect() {
        CLIENT.shutdown();
    }

    @Test
    void eachKeyHasOneName() throws IOException {
        String source = makers();
        assertThat(made(source, OF_A_GROUP, KEYS.base(GROUP))).isEqualTo(new TreeMap<>(OF_A_GROUP));
        assertThat(made(source, OF_THE_REGISTRY, KEYS.registry())).isEqualTo(new TreeMap<>(OF_THE_REGISTRY));
    }

    /** Each name of a key in the scripts, written wrong, is a difference. */
    @Test
    void aDifferenceIsFound() throws IOException {
        String source = makers();
        List<MatchResult> names = Pattern.compile(
                        "'(\\w[\\w:]*)'(?= \\.\\. (?:gateway|id|worker|holder|group|hash|model)|, base|\\n)")
                .matcher(source)
                .results()
                .filter(name -> !name.group(1).equals("TIME"))
                .toList();
        int different = 0;
        for (MatchResult name : names) {
            String wrong = source.substring(0, name.end(1)) + 'x' + source.substring(name.end(1));
            if (!made(wrong, OF_A_GROUP, KEYS.base(GROUP)).equals(new TreeMap<>(OF_A_GROUP))
                    || !made(wrong, OF_THE_REGISTRY, KEYS.registry()).equals(new TreeMap<>(OF_THE_REGISTRY))) {
                different++;
            }
        }
        assertThat(different).isEqualTo(OF_A_GROUP.size() + OF_THE_REGISTRY.size());
    }

    /** Every name that the scripts define stands in the tables above, and no script makes a key elsewhere. */
    @Test
    void noKeyIsMadeElsewhere() throws IOException {
        List<String> defined = Pattern.compile(
                        "(?m)^local ([A-Z_, ]+) = base|^local function (\\w+)\\([\\w, ]*\\) return [^\n]*\\bbase\\b")
                .matcher(makers())
                .results()
                .flatMap(found -> found.group(1) == null
                        ? Stream.of(found.group(2))
                        : Stream.of(found.group(1).split(", ")))
                .toList();
        List<String> compared = new ArrayList<>(OF_A_GROUP.keySet());
        compared.addAll(OF_THE_REGISTRY.keySet());
        assertThat(compared.stream().map(name -> name.replaceFirst("\\(.*", "")))
                .containsExactlyInAnyOrderElementsOf(defined);

        try (Stream<Path> files = Files.walk(SCRIPTS)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = file.getFileName().toString().replace(".lua", "");
                if (!file.equals(CALL) && !MORE.contains(name)) {
                    assertThat(Files.readString(file)).as(name).doesNotContain("base ..", ".. base");
                }
            }
        }
    }

    private static String makers() throws IOException {
        StringBuilder source = new StringBuilder(Files.readString(CALL));
        for (String name : MORE) {
            source.append(Files.readString(SCRIPTS.resolve("lib").resolve(name + ".lua")));
        }
        return source.toString();
    }

    private static Map<String, String> made(String source, Map<String, String> wanted, String base) {
        List<String> names = List.copyOf(wanted.keySet());
        String script = source + "return {" + String.join(", ", names) + "}";
        List<String> keys =
                CONNECTION.sync().eval(script, ScriptOutputType.MULTI, new String[] {base}, "1000", "0", "1000", "G");
        Map<String, String> made = new TreeMap<>();
        for (int i = 0; i < names.size(); i++) {
            made.put(names.get(i), keys.get(i));
        }
        return made;
    }
}
