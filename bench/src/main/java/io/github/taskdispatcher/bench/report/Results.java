package io.github.taskdispatcher.bench.report;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;

/** All samples of a run. */
public final class Results {

    private final List<Sample> samples = new ArrayList<>();

    public void add(Sample sample) {
        samples.add(sample);
    }

    public List<Sample> samples() {
        return List.copyOf(samples);
    }

    /** The rows, in the order they were first measured. */
    public Set<String> rows() {
        Set<String> rows = new LinkedHashSet<>();
        samples.forEach(sample -> rows.add(sample.row()));
        return rows;
    }

    /** The median over the rounds, or empty when this row has no such figure. */
    public OptionalDouble median(String row, Figure figure) {
        double[] values = values(row, figure);
        if (values.length == 0) {
            return OptionalDouble.empty();
        }
        int half = values.length / 2;
        return OptionalDouble.of(values.length % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2);
    }

    /** The distance of the largest from the smallest, in % of the median; empty with fewer than two rounds. */
    public OptionalDouble spread(String row, Figure figure) {
        double[] values = values(row, figure);
        OptionalDouble median = median(row, figure);
        return values.length < 2 || median.getAsDouble() == 0
                ? OptionalDouble.empty()
                : OptionalDouble.of(100 * (values[values.length - 1] - values[0]) / median.getAsDouble());
    }

    /** The samples of one row. */
    public List<Sample> samples(String row) {
        return samples.stream().filter(sample -> sample.row().equals(row)).toList();
    }

    /** The note of the last round, or empty. */
    public String note(String row) {
        List<Sample> all = samples(row);
        return all.isEmpty() ? "" : all.get(all.size() - 1).note();
    }

    /** Wrong or missing answers of a row in all rounds. */
    public long errors(String row) {
        return samples.stream()
                .filter(sample -> sample.row().equals(row))
                .mapToLong(Sample::errors)
                .sum();
    }

    /** Wrong or missing answers of the whole run. */
    public long errors() {
        return samples.stream().mapToLong(Sample::errors).sum();
    }

    private double[] values(String row, Figure figure) {
        return samples.stream()
                .filter(sample -> sample.row().equals(row) && sample.figures().containsKey(figure))
                .mapToDouble(sample -> sample.figures().get(figure))
                .sorted()
                .toArray();
    }
}
