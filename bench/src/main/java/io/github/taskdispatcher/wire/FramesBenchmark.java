package io.github.taskdispatcher.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Reading a worker's result and writing a task to it. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class FramesBenchmark {

    private static final String ID = "c8e5c5c2-be4f-8b31-a1b6-b2b957a078f4";

    @Param({"200", "1048576"})
    private int bytes;

    private byte[] complete;
    private ToWorker.Task task;

    @Setup
    public void make() {
        String data = "{\"text\":\"" + "x".repeat(bytes) + "\"}";
        complete = ("{\"type\":\"task_complete\",\"taskId\":\"" + ID + "\",\"result\":" + data + ",\"duration\":12}")
                .getBytes(UTF_8);
        task = new ToWorker.Task(ID, RawJson.of("{\"model\":\"default\",\"data\":" + data + "}"));
    }

    @Benchmark
    public FromWorker fromWorker() throws BadFrameException {
        return Frames.fromWorker(complete);
    }

    @Benchmark
    public byte[] writeTask() {
        return Frames.write(task);
    }
}
