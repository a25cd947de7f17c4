package io.github.taskdispatcher.gateway.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.taskdispatcher.gateway.config.GatewayConfig.TaskLimits;
import io.github.taskdispatcher.gateway.config.Settings;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Slicing the body of a request. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class SubmitRequestBenchmark {

    @Param({"200", "1048576"})
    private int bytes;

    private TaskLimits limits;
    private byte[] body;

    @Setup
    public void make() throws Exception {
        limits = Settings.of(Map.of()).config("redis://localhost").tasks();
        body = ("{\"model\":\"default\",\"data\":{\"text\":\"" + "x".repeat(bytes) + "\"},\"timeout\":60000}")
                .getBytes(UTF_8);
    }

    @Benchmark
    public Object parse() throws BadRequest {
        return SubmitRequest.parse(body, limits);
    }
}
