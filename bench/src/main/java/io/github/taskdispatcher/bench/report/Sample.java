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
 */
public record Sample(String row, int round, Map<Figure, Double> figures, long errors, String firstError) {}
