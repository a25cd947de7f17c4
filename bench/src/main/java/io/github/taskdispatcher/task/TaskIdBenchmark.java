package io.github.taskdispatcher.task;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** Making the id of a task, and reading one. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TaskIdBenchmark {

    private static final String TEXT = TaskId.next(GroupName.DEFAULT).text();

    @Benchmark
    public TaskId next() {
        return TaskId.next(GroupName.DEFAULT);
    }

    @Benchmark
    public TaskId parse() {
        return TaskId.parse(TEXT).orElseThrow();
    }
}
