package io.github.taskdispatcher.bench;

import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Runs the JMH benchmarks, which stand in the packages of what they measure. */
final class HotPieces {

    private HotPieces() {}

    /** Prints JMH's table: {@code time/op}, and bytes per operation as {@code gc.alloc.rate.norm}. */
    static int run(boolean quick) throws RunnerException {
        var options = new OptionsBuilder()
                .addProfiler(GCProfiler.class)
                .forks(quick ? 1 : 2)
                .warmupIterations(quick ? 1 : 4)
                .warmupTime(TimeValue.milliseconds(quick ? 200 : 1000))
                .measurementIterations(quick ? 1 : 5)
                .measurementTime(TimeValue.milliseconds(quick ? 200 : 1000));
        new Runner(options.build()).run();
        return 0;
    }
}
