package io.github.taskdispatcher.gateway.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.store.redis.OverloadModel.Plan;
import io.github.taskdispatcher.gateway.store.redis.OverloadModel.Result;
import io.github.taskdispatcher.gateway.store.redis.OverloadModel.Runs;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever the load, the workers complete at least 80 % of what they can, and nearly nothing is queued to die. */
@Tag("redis")
class OverloadModelTest {

    private static final int SEEDS = 50;
    private static final double[] LOADS = {2, 5, 20};

    static Stream<Plan> plans() {
        return LongStream.rangeClosed(1, SEEDS).mapToObj(OverloadModelTest::plan);
    }

    private static Plan plan(long seed) {
        Random random = new Random(seed * 0x9E3779B97F4A7C15L);
        int slots = 1 << random.nextInt(4);
        long meanMs = 200 + random.nextInt(4_800);
        long timeoutMs = Math.max(5_000, Math.round(meanMs * (2.5 + 10 * random.nextDouble())));
        Runs runs = Runs.values()[(int) (seed / 6 % 4)];
        return new Plan(seed, slots, meanMs, timeoutMs, LOADS[(int) (seed % 3)], seed % 2 == 0, runs);
    }

    @ParameterizedTest
    @MethodSource("plans")
    void workersCompleteFourFifthsOfWhatTheyCan(Plan plan) {
        try (ScriptRunner run = new ScriptRunner()) {
            // What the queue took before anything was known of the runs is gone after twice the timeout.
            int warmUp = (int) (2 * plan.timeoutMs() / plan.meanMs()) + 4;
            Result result = new OverloadModel(plan, run).play(warmUp, 20 + 60 / plan.slots());
            assertThat(result.share()).as("%s: %s", plan, result).isGreaterThanOrEqualTo(0.8);
        }
    }
}
