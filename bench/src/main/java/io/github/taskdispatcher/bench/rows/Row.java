package io.github.taskdispatcher.bench.rows;

import io.github.taskdispatcher.bench.report.Sample;
import java.util.List;

/** One row of the table, or a few that are measured together, once in each round. */
public interface Row {

    String name();

    /** Measures it once; the samples' rows begin with the name. */
    List<Sample> measure(int round) throws Exception;
}
