package io.github.taskdispatcher.bench.rows;

import io.github.taskdispatcher.bench.report.Sample;

/** One row of the table, measured once in each round. */
public interface Row {

    String name();

    /** Measures it once. */
    Sample measure(int round) throws Exception;
}
