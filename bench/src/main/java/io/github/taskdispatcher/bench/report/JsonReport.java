package io.github.taskdispatcher.bench.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The run as one JSON file: every sample, and what the table makes of them. */
public final class JsonReport {

    private static final ObjectMapper JSON = new ObjectMapper();

    private JsonReport() {}

    /** Writes it, with the directory it goes to. */
    public static void write(Path file, Map<String, String> machine, Results results, List<Check> checks)
            throws IOException {
        ObjectNode root = JSON.createObjectNode();
        root.set("machine", JSON.valueToTree(machine));
        ObjectNode units = root.putObject("units");
        for (Figure figure : Figure.values()) {
            units.put(key(figure), figure.title());
        }
        ArrayNode rows = root.putArray("rows");
        for (String row : results.rows()) {
            rows.add(row(row, results));
        }
        ArrayNode list = root.putArray("checks");
        for (Check check : checks) {
            ObjectNode node = list.addObject();
            node.put("figure", check.figure())
                    .put(check.atLeast() ? "atLeast" : "atMost", check.target())
                    .put("verdict", check.verdict());
            check.value().ifPresent(value -> node.put("value", value));
        }
        if (file.toAbsolutePath().getParent() != null) {
            Files.createDirectories(file.toAbsolutePath().getParent());
        }
        JSON.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), root);
    }

    private static ObjectNode row(String row, Results results) {
        ObjectNode node = JSON.createObjectNode().put("name", row);
        ObjectNode medians = node.putObject("medians");
        for (Figure figure : Figure.values()) {
            results.median(row, figure).ifPresent(value -> medians.put(key(figure), value));
        }
        node.put("errors", results.errors(row)).put("note", results.note(row));
        ArrayNode samples = node.putArray("samples");
        for (Sample sample : results.samples(row)) {
            ObjectNode one = samples.addObject().put("round", sample.round()).put("errors", sample.errors());
            if (sample.firstError() != null) {
                one.put("firstError", sample.firstError());
            }
            ObjectNode figures = one.putObject("figures");
            sample.figures().forEach((figure, value) -> figures.put(key(figure), value));
        }
        return node;
    }

    private static String key(Figure figure) {
        return figure.name().toLowerCase(Locale.ROOT);
    }
}
