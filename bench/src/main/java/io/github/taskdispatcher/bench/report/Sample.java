package io.github.taskdispatcher.bench.report;

import java.util.Map;

/**
 * One measurement of one row.
 *
 * @param row its name
 * @param round from 1
 * @param figures what was measured
 * @param errors how many answers were wrong or missing
 * @param firstError what the first of them was, or null
 * @param note what no figure says, or empty
 */
public record Sample(String row, int round, Map<Figure, Double> figures, long errors, String firstError, String note) {

    /** Without a note. */
    public Sample(String row, int round, Map<Figure, Double> figures, long errors, String firstError) {
        this(row, round, figures, errors, firstError, "");
    }
}
