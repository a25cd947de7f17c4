package io.github.taskdispatcher.bench.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;

/** The run as one Markdown table, the medians of all rounds. */
public final class Table {

    private static final List<Figure> COLUMNS =
            Arrays.stream(Figure.values()).filter(Figure::isColumn).toList();

    private Table() {}

    /** The lines of header and table. */
    public static List<String> lines(Map<String, String> machine, int rounds, Results results) {
        List<String> lines = new ArrayList<>();
        lines.add("# Benchmark");
        lines.add("");
        machine.forEach((name, value) -> lines.add("- " + name + ": " + value));
        lines.add("- rounds: " + rounds + "; medians of them, spread = (largest - smallest) / median");
        lines.add("");
        StringBuilder head = new StringBuilder("| row |");
        StringBuilder rule = new StringBuilder("|---|");
        for (Figure figure : COLUMNS) {
            head.append(' ').append(figure.title()).append(" |");
            rule.append("---:|");
            if (figure == Figure.RATE) {
                head.append(" spread |");
                rule.append("---:|");
            }
        }
        lines.add(head.append(" errors | and |").toString());
        lines.add(rule.append("---:|---|").toString());
        for (String row : results.rows()) {
            lines.add(line(row, results));
        }
        return lines;
    }

    private static String line(String row, Results results) {
        StringBuilder line = new StringBuilder("| " + row + " |");
        for (Figure figure : COLUMNS) {
            OptionalDouble value = results.median(row, figure);
            line.append(' ')
                    .append(value.isPresent() ? figure.format(value.getAsDouble()) : "")
                    .append(" |");
            if (figure == Figure.RATE) {
                OptionalDouble spread = results.spread(row, figure);
                line.append(
                        spread.isPresent() ? String.format(Locale.ROOT, " %.0f %% |", spread.getAsDouble()) : "  |");
            }
        }
        line.append(' ').append(results.errors(row)).append(" | ");
        return line.append(rest(row, results)).append(" |").toString();
    }

    /** The figures without a column of their own, and the note. */
    private static String rest(String row, Results results) {
        List<String> rest = new ArrayList<>();
        for (Figure figure : Figure.values()) {
            OptionalDouble value = results.median(row, figure);
            if (!figure.isColumn() && value.isPresent()) {
                rest.add(figure.format(value.getAsDouble()) + " " + figure.title());
            }
        }
        if (!results.note(row).isEmpty()) {
            rest.add(results.note(row));
        }
        return String.join("; ", rest);
    }
}
