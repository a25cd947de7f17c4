package io.github.taskdispatcher.chaos;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The chaos run as an operator starts it: the seed that once found a fault, and one that is new each time. */
class ChaosIT {

    private static final Path DISPATCHER =
            Path.of("..", "dispatcher").toAbsolutePath().normalize();

    static LongStream seeds() {
        return LongStream.of(3, ThreadLocalRandom.current().nextLong(1_000_000));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void breaksNoPromise(long seed) throws Exception {
        Process chaos = new ProcessBuilder(
                        List.of(DISPATCHER.toString(), "chaos", "--seconds", "60", "--seed", Long.toString(seed)))
                .redirectErrorStream(true)
                .start();
        String told = new String(chaos.getInputStream().readAllBytes(), UTF_8);
        assertThat(chaos.waitFor(240, TimeUnit.SECONDS)).as(told).isTrue();
        assertThat(chaos.exitValue()).as(told).isZero();
        assertThat(told).contains("Every accepted task has one outcome").doesNotContain("BROKEN");
    }
}
