package io.github.taskdispatcher.bench.report;

import java.util.Locale;
import java.util.OptionalDouble;

/**
 * One figure that has to be reached, and what the run says of it. Ratios of figures of one run only, or what hardly depends on
 * the machine; nothing fails when it is not met.
 *
 * @param figure what is looked at
 * @param value what it was; empty when this run did not measure it
 * @param target the bound
 * @param atLeast whether the value must not be smaller; else it must not be larger
 */
public record Check(String figure, OptionalDouble value, double target, boolean atLeast) {

    /** Met, not met or not measured, in a word. */
    public String verdict() {
        if (value.isEmpty()) {
            return "not measured";
        }
        return (atLeast ? value.getAsDouble() >= target : value.getAsDouble() <= target) ? "met" : "NOT MET";
    }

    /** Its line in the table of checks. */
    public String line() {
        String was = value.isPresent() ? String.format(Locale.ROOT, "%,.3f", value.getAsDouble()) : "";
        return String.format(
                Locale.ROOT, "| %s | %s %s | %s | %s |", figure, atLeast ? "≥" : "≤", trim(target), was, verdict());
    }

    private static String trim(double number) {
        return number == Math.rint(number) ? String.format(Locale.ROOT, "%.0f", number) : Double.toString(number);
    }
}
