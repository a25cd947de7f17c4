package io.github.taskdispatcher.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {

    @Test
    void defaultsAreTheGuides() throws Exception {
        GatewayConfig config = Settings.of(Map.of("PORT", " ")).config("redis://x");
        assertThat(config.port()).isEqualTo(3000);
        assertThat(config.tasks())
                .isEqualTo(new GatewayConfig.TaskLimits(60_000, 5_000, 600_000, 1_000, 300_000, 16 << 20, 32 << 20));
    }

    @ParameterizedTest
    @CsvSource({
        "TASK_TIMEOUT_MS,abc", "TASK_TIMEOUT_MS,0", "TASK_TIMEOUT_MS,-5", "MAX_QUEUE_LENGTH,0", "MAX_QUEUE_LENGTH,1e12",
        "PORT,65536", "PORT,x", "TASK_RESULT_TTL_MS,99999999999999999999", "REDIS_KEY_PREFIX,{td}", "LOG_LEVEL,loud",
        "HOST,a b", "WS_PING_INTERVAL_MS,90000", "TASK_TIMEOUT_MS,600001", "MAX_BODY_BYTES,1.5"
    })
    void eachWrongValueIsNamed(String name, String value) {
        assertThatThrownBy(() -> Settings.of(Map.of(name, value)))
                .isInstanceOf(InvalidSettingsException.class)
                .hasMessageContaining(name);
    }

    @Test
    void allProblemsAtOnce() {
        assertThatThrownBy(
                        () -> Settings.of(Map.of("TASK_TIMEOUT_MS", "abc", "PORT", "-1", "REDIS_URL", "http://:pw@x")))
                .hasMessageContaining("TASK_TIMEOUT_MS=abc")
                .hasMessageContaining("PORT=-1")
                .hasMessageContaining("REDIS_URL must look like")
                .hasMessageNotContaining("pw");
    }

    @Test
    void boundsThatExcludeEachOther() {
        assertThatThrownBy(() -> Settings.of(Map.of("MIN_TASK_TIMEOUT_MS", "9000", "MAX_TASK_TIMEOUT_MS", "8000")))
                .hasMessageContaining("MIN_TASK_TIMEOUT_MS=9000 must not be above MAX_TASK_TIMEOUT_MS=8000");
    }

    @Test
    void theDefaultTimeoutFollowsTheBounds() throws Exception {
        assertThat(Settings.of(Map.of("MAX_TASK_TIMEOUT_MS", "20000"))
                        .config("")
                        .tasks()
                        .defaultTimeoutMs())
                .isEqualTo(20_000);
    }

    @Test
    void timeoutsAreMovedIntoTheBounds() throws Exception {
        GatewayConfig.TaskLimits limits = Settings.of(Map.of()).config("").tasks();
        assertThat(limits.clampTimeout(5_000.7)).isEqualTo(5_000);
        assertThat(limits.clampTimeout(-1)).isEqualTo(5_000);
        assertThat(limits.clampTimeout(1e30)).isEqualTo(600_000);
    }

    @Test
    void thePasswordIsNotPrinted() {
        assertThat(new GatewayConfig.RedisConfig("redis://:secret@x", "td:").toString())
                .doesNotContain("secret");
    }

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "README.zh-CN.md"})
    void theReadmesTableIsThisOne(String readme) throws IOException {
        String text = Files.readString(Path.of("..", readme));
        StringBuilder table = new StringBuilder();
        for (Setting setting : Setting.values()) {
            table.append("| `")
                    .append(setting.name())
                    .append("` | ")
                    .append(setting.defaultValue().isEmpty() ? "" : "`" + setting.defaultValue() + "`")
                    .append(" | ")
                    .append(setting.meaning())
                    .append(" |\n");
        }
        assertThat(text).contains(table);
    }
}
