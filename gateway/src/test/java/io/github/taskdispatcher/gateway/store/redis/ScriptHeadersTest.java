package io.github.taskdispatcher.gateway.store.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.github.taskdispatcher.gateway.store.redis.ScriptHeader.Argument;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The header of each script says what the script does: its arguments, the words it replies, and its callers. */
class ScriptHeadersTest {

    private static final String ROOT = "io.github.taskdispatcher.gateway";
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(ROOT);

    /** {@code local a, b =} and the values, which may stand on the next line. */
    private static final Pattern ARGUMENTS = Pattern.compile("\\Alocal ([\\w, ]+) =\\s+(.+)\n");

    private static final Pattern RETURNED = Pattern.compile("return \\{'([a-z-]+)'");

    @ParameterizedTest
    @EnumSource
    void saysWhatTheScriptDoes(Script script) throws IOException {
        assertThat(problems(script, ScriptHeader.source(script))).isEmpty();
    }

    /** Each line breaks one rule, in the source of a script that keeps them all. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "CLAIM | -- ARGV[6]  token | -- ARGV[7]  token | documents the arguments",
                "CLAIM | -- ARGV[6]  token | -- ARGV[6]  mark | documents the arguments",
                "CLAIM | local id, token = ARGV[5], ARGV[6] | local id, token, x = ARGV[5], ARGV[6], ARGV[7] | documents the arguments",
                "CLAIM | v[2] == token and | v[2] == ARGV[6] and | uses ARGV below its first lines",
                "CHUNK | -- ARGV[11...]  the | -- ARGV[10...]  the | documents the arguments",
                "CLAIM | {'refused'}  not | {'denied'}  not | replies 'refused', which the header does not name",
                "CLAIM | {'late'} | {'early'} | names the reply 'early', which the script does not make",
                "BEAT | {'held', | {'kept', | names the reply 'kept', which the script does not make",
                "JOIN | --   {'late'} | --   late | is called with a time limit",
                "CANCEL | --   {'cancelled'} | --   {'late'} | is called without a time limit",
                "CLAIM | Called by: AssignmentDelivery | Called by: Nobody | there is no class Nobody",
                "SUBMIT | Called by: SubmitCalls | Called by: Dispatcher | Dispatcher does not call it",
                "SUBMIT | Called by: SubmitCalls | Called by: SubmitCalls, always; Sweeper | Sweeper does not call it",
                "SUBMIT | -- Called by: | -- Used by: | has no line 'Called by'",
                "SUBMIT | -- Changes: | -- Writes: | has no line 'Changes'"
            })
    void aLieIsFound(Script script, String truth, String lie, String problem) throws IOException {
        String source = ScriptHeader.source(script);
        assertThat(source).contains(truth);
        String broken = source.replaceFirst(Pattern.quote(truth), Matcher.quoteReplacement(lie));
        assertThat(problems(script, broken)).anyMatch(found -> found.contains(problem));
    }

    private static List<String> problems(Script script, String source) throws IOException {
        ScriptHeader header = ScriptHeader.parse(source);
        List<String> problems = new ArrayList<>();
        for (String line : List.of("Returns", "Changes", "Called by")) {
            if (!header.text().contains("\n-- " + line)) {
                problems.add("has no line '" + line + "'");
            }
        }
        problems.addAll(arguments(header));
        problems.addAll(words(script, header));
        problems.addAll(callers(script, header));
        return problems;
    }

    private static List<String> arguments(ScriptHeader header) {
        List<Argument> used = new ArrayList<>();
        String code = header.code();
        for (Matcher line = ARGUMENTS.matcher(code); line.find(); line = ARGUMENTS.matcher(code)) {
            if (!line.group().contains("ARGV[") && !line.group(1).equals("FIRST")) {
                break;
            }
            String[] names = line.group(1).split(", ");
            String[] values = line.group(2).split(", ");
            for (int i = 0; i < names.length; i++) {
                Matcher number = Pattern.compile("ARGV\\[(\\d+)]|^(\\d+)$").matcher(values[i]);
                assertThat(number.find()).as(values[i]).isTrue();
                used.add(
                        names[i].equals("FIRST")
                                ? new Argument(Integer.parseInt(number.group(2)), "", true)
                                : new Argument(Integer.parseInt(number.group(1)), names[i], false));
            }
            code = code.substring(line.end());
        }
        List<String> problems = new ArrayList<>();
        List<Integer> numbers = used.stream().map(Argument::number).toList();
        if (!used.equals(header.arguments())
                || !numbers.equals(
                        IntStream.range(5, 5 + numbers.size()).boxed().toList())) {
            problems.add("documents the arguments " + header.arguments() + ", and uses " + used);
        }
        if (Pattern.compile("ARGV\\[\\d").matcher(code).find()) {
            problems.add("uses ARGV below its first lines");
        }
        return problems;
    }

    private static List<String> words(Script script, ScriptHeader header) throws IOException {
        List<String> problems = new ArrayList<>();
        RETURNED.matcher(header.code()).results().map(found -> found.group(1)).forEach(word -> {
            if (!header.words().contains(word)) {
                problems.add("replies '" + word + "', which the header does not name");
            }
        });
        String whole = new String(script.body(), UTF_8).replaceAll("(?m)^ *--.*$", "");
        for (String word : header.words()) {
            if (!whole.contains("'" + word + "'")) {
                problems.add("names the reply '" + word + "', which the script does not make");
            }
        }
        if (header.words().contains("late") != limited().contains(script)) {
            problems.add("is called " + (limited().contains(script) ? "with" : "without") + " a time limit");
        }
        return problems;
    }

    /** The scripts that are called with a time after which they do nothing. */
    private static Set<Script> limited() throws IOException {
        String store = Files.readString(
                Path.of("src", "main", "java", ROOT.replace('.', '/'), "store", "redis", "RedisTaskStore.java"));
        Set<Script> limited = new HashSet<>();
        Pattern.compile("Script\\.(\\w+),\\s+[\\w.()]+,\\s+(inTime\\(\\)|bytes\\(Long\\.toString\\(notAfter\\)\\)),")
                .matcher(store)
                .results()
                .forEach(found -> limited.add(Script.valueOf(found.group(1))));
        assertThat(limited).contains(Script.SUBMIT, Script.JOIN).hasSizeGreaterThan(5);
        return limited;
    }

    private static List<String> callers(Script script, ScriptHeader header) {
        Set<JavaCodeUnit> runners = runners(script);
        List<String> problems = new ArrayList<>();
        for (String name : header.callers()) {
            List<JavaClass> named = CLASSES.stream()
                    .filter(type -> outermost(type).getSimpleName().equals(name))
                    .toList();
            if (named.isEmpty()) {
                problems.add("there is no class " + name);
            } else if (named.stream()
                    .flatMap(type -> type.getCodeUnits().stream())
                    .noneMatch(unit -> runs(unit, script, runners))) {
                problems.add(name + " does not call it");
            }
        }
        return problems;
    }

    private static JavaClass outermost(JavaClass type) {
        return type.getEnclosingClass().map(ScriptHeadersTest::outermost).orElse(type);
    }

    /** The methods of the store that run a script. */
    private static Set<JavaCodeUnit> runners(Script script) {
        Set<JavaCodeUnit> runners = new HashSet<>();
        int before;
        do {
            before = runners.size();
            CLASSES.stream()
                    .filter(type -> type.getPackageName().equals(ROOT + ".store.redis"))
                    .filter(type -> !type.isEquivalentTo(Script.class))
                    .flatMap(type -> type.getCodeUnits().stream())
                    .filter(unit -> runs(unit, script, runners))
                    .forEach(runners::add);
        } while (runners.size() > before);
        return runners;
    }

    private static boolean runs(JavaCodeUnit unit, Script script, Set<JavaCodeUnit> runners) {
        return unit.getFieldAccesses().stream()
                        .map(JavaAccess::getTarget)
                        .anyMatch(field -> field.getOwner().isEquivalentTo(Script.class)
                                && field.getName().equals(script.name()))
                || unit.getMethodCallsFromSelf().stream()
                        .anyMatch(call -> runners.stream().anyMatch(runner -> isCall(call, runner)));
    }

    /** Also through an interface of the store. */
    private static boolean isCall(JavaMethodCall call, JavaCodeUnit runner) {
        return call.getName().equals(runner.getName())
                && parameters(call.getTarget().getRawParameterTypes()).equals(parameters(runner.getRawParameterTypes()))
                && runner.getOwner().isAssignableTo(call.getTargetOwner().getName());
    }

    private static List<String> parameters(List<JavaClass> types) {
        return types.stream().map(JavaClass::getName).toList();
    }

    /** The longest reply: the decoder reads its words in this order. */
    @Test
    void theDecoderReadsTheWordsThatLookNames() {
        Matcher words = Pattern.compile("--   \\{'task', ([\\w, ]+)}")
                .matcher(ScriptHeader.of(Script.LOOK).text());
        assertThat(words.find()).isTrue();
        assertThat(Arrays.stream(ReplyDecoder.TaskWords.class.getRecordComponents())
                        .map(RecordComponent::getName))
                .containsExactly(words.group(1).split(", "));
    }

    @ParameterizedTest
    @EnumSource(
            value = Script.class,
            names = {"CLAIM", "READY", "COMPLETE"})
    void anAssignmentHasTheSameWordsInEachReply(Script script) {
        assertThat(ScriptHeader.of(script).text()).contains(", id, token, left, payload}");
    }

    @Test
    void eachFileIsAScript() throws IOException {
        try (var files = Files.list(Path.of("src", "main", "resources", "redis"))) {
            List<Script> found = files.map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(".lua"))
                    .map(file -> Script.valueOf(file.replace(".lua", "").toUpperCase(Locale.ROOT)))
                    .toList();
            assertThat(found).containsExactlyInAnyOrder(Script.values());
        }
    }
}
