package io.github.taskdispatcher.gateway.store.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The header of a script, as its own file has it, and the code behind it.
 *
 * @param arguments in their order, without the four of {@code lib/call.lua}
 * @param words those that a reply begins with
 * @param callers simple names of classes
 * @param code what stands behind the header and the includes
 */
record ScriptHeader(String text, List<Argument> arguments, Set<String> words, List<String> callers, String code) {

    /**
     * A documented argument.
     *
     * @param name of the local that holds it; empty for the list at the end
     */
    record Argument(int number, String name, boolean isList) {}

    private static final Pattern ARGUMENT = Pattern.compile("(?m)^-- ARGV\\[(\\d+)(\\.\\.\\.)?]  +(\\w+)");
    private static final Pattern WORD = Pattern.compile("(?m)^--   \\{'([a-z-]+)'");
    private static final Pattern CALLED_BY = Pattern.compile("(?s)-- Called by: (.*)\\.\n$");

    static ScriptHeader of(Script script) {
        return parse(source(script));
    }

    static String source(Script script) {
        String path = "/redis/" + script.name().toLowerCase(Locale.ROOT) + ".lua";
        try (InputStream in = ScriptHeader.class.getResourceAsStream(path)) {
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ScriptHeader parse(String source) {
        Matcher end = Pattern.compile("(?m)^(?!-- )").matcher(source);
        int headerEnd = end.find() ? end.start() : source.length();
        String text = source.substring(0, headerEnd);
        String code = source.substring(headerEnd).replaceAll("\\A(--@include .*\n)+", "");
        List<Argument> arguments = ARGUMENT.matcher(text)
                .results()
                .map(found -> new Argument(
                        Integer.parseInt(found.group(1)),
                        found.group(2) == null ? found.group(3) : "",
                        found.group(2) != null))
                .toList();
        Set<String> words = new LinkedHashSet<>();
        WORD.matcher(text).results().forEach(found -> words.add(found.group(1)));
        List<String> callers = new ArrayList<>();
        Matcher calledBy = CALLED_BY.matcher(text);
        if (calledBy.find()) {
            Arrays.stream(calledBy.group(1).replace("\n--", "").split(";"))
                    .map(caller -> caller.strip().split("[ ,.]")[0])
                    .forEach(callers::add);
        }
        return new ScriptHeader(text, arguments, words, callers, code);
    }
}
