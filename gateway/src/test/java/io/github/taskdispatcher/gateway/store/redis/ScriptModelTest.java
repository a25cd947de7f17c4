package io.github.taskdispatcher.gateway.store.redis;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two hundred histories of five hundred operations each; {@code -Dmodel.seed=N} plays one again. */
@Tag("redis")
class ScriptModelTest {

    private static final int SEEDS = Integer.getInteger("model.seeds", 200);
    private static final int OPERATIONS = 500;

    @Test
    void whateverHappensNothingIsLostDoubledOrStuck() {
        Long one = Long.getLong("model.seed");
        for (long seed = one == null ? 0 : one; seed < (one == null ? SEEDS : one + 1); seed++) {
            try (ScriptRunner run = new ScriptRunner()) {
                new ScriptModel(seed, run).play(OPERATIONS);
            }
        }
    }
}
