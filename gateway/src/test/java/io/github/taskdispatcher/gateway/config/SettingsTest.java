package io.github.taskdispatcher.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.taskdispatcher.task.GroupName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {

    @Test
    void defaultsAreTheGuides() throws Exception {
        GatewayConfig config = Settings.of(Map.of("PORT", " ")).config("redis://x");
        assertThat(config.port()).isEqualTo(3000);
        assertThat(config.tasks())
                .isEqualTo(new GatewayConfig.TaskLimits(
                        60_000, 5_000, 600_000, 1_000, 256 << 20, 300_000, 16 << 20, 32 << 20, 1_024));
    }

    @ParameterizedTest
    @CsvSource({
        "TASK_TIMEOUT_MS,abc",
        "TASK_TIMEOUT_MS,0",
        "TASK_TIMEOUT_MS,-5",
        "MAX_QUEUE_LENGTH,0",
        "MAX_QUEUE_LENGTH,1e12",
        "PORT,65536",
        "PORT,x",
        "TASK_RESULT_TTL_MS,99999999999999999999",
        "REDIS_KEY_PREFIX,{td}",
        "LOG_LEVEL,loud",
        "HOST,a b",
        "REDIS_SENTINEL_PASSWORD,of-nobody",
        "REDIS_CA_FILE,/nowhere",
        "WS_PING_INTERVAL_MS,90000",
        "TASK_TIMEOUT_MS,600001",
        "MAX_BODY_BYTES,1.5",
        "API_KEYS,short",
        "API_KEYS,0123456789abcdef=",
        "API_KEYS,0123456789abcdef=two words",
        "API_KEYS,short=tenant",
        "ADMIN_KEYS,0123456789abcdef=g",
        "TASK_ACCESS,everybody",
        "WORKER_KEYS,0123456789abcdef=g|b d",
        "ADMIN_KEYS_FILE,/nowhere",
        "ALLOW_ANONYMOUS,yes",
        "ALLOWED_ORIGINS,example.com",
        "HOST,0.0.0.0",
        "DASHBOARD_READ_ONLY,1",
        "DASHBOARD_PAYLOADS,none"
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

    /** Neither would do anything, and the operator believes it does. */
    @Test
    void settingsOfRedisThatDoNotFitItsUrl(@TempDir Path dir) throws Exception {
        Path empty = Files.writeString(dir.resolve("empty.pem"), "");
        assertThatThrownBy(() -> Settings.of(Map.of(
                        "REDIS_URL", "redis://x", "REDIS_SENTINEL_PASSWORD", "pw", "REDIS_CA_FILE", empty.toString())))
                .hasMessageContaining(
                        "REDIS_SENTINEL_PASSWORD is set, but REDIS_URL does not begin with redis-sentinel://")
                .hasMessageContaining("the connection would not be encrypted")
                .hasMessageContaining("empty.pem holds no certificate")
                .hasMessageNotContaining("pw");
        Path wrong = Files.writeString(dir.resolve("wrong.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n");
        assertThatThrownBy(() -> Settings.of(Map.of("REDIS_URL", "rediss://x", "REDIS_CA_FILE", wrong.toString())))
                .hasMessageContaining("wrong.pem is not a PEM file of certificates");
        GatewayConfig.RedisConfig redis = Settings.of(
                        Map.of("REDIS_URL", "redis-sentinel://:secret@x#main", "REDIS_SENTINEL_PASSWORD", "pw"))
                .config("redis-sentinel://:secret@x#main")
                .redis();
        assertThat(redis.sentinelPassword()).isEqualTo("pw");
        assertThat(redis.caFile()).isNull();
        assertThat(redis.toString()).doesNotContain("pw", "secret");
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

    /** One fault, one complaint: the file holds a key, and the role is not open. */
    @Test
    void aWrongKeyIsTheOnlyComplaint(@TempDir Path dir) throws Exception {
        Path file = Files.writeString(dir.resolve("keys"), "short\n");
        for (Map<String, String> wrong :
                List.of(Map.of("API_KEYS_FILE", file.toString()), Map.of("API_KEYS", "short"))) {
            Map<String, String> all = new java.util.HashMap<>(wrong);
            all.put("HOST", "0.0.0.0");
            all.put("WORKER_KEYS", "0123456789abcdef");
            assertThatThrownBy(() -> Settings.of(all))
                    .isInstanceOf(InvalidSettingsException.class)
                    .hasMessageContaining("key 1 of API_KEYS must be 16 to 256 characters")
                    .hasMessageNotContaining("holds no key")
                    .hasMessageNotContaining("HOST");
        }
    }

    @Test
    void keysFromVariablesAndFiles(@TempDir Path dir) throws Exception {
        Path file = Files.writeString(dir.resolve("keys"), "# of May\n0123456789abcdef\n\nfedcba9876543210 = a | b\n");
        GatewayConfig.AccessConfig access = Settings.of(
                        Map.of("API_KEYS", "0123456789abcdef, 0123456789abcdeF", "WORKER_KEYS_FILE", file.toString()))
                .config("")
                .access();
        assertThat(access.clientKeys()).extracting("text").containsExactly("0123456789abcdef", "0123456789abcdeF");
        assertThat(access.workerKeys()).hasSize(2);
        assertThat(access.workerKeys().get(1).groups()).extracting("text").containsExactly("a", "b");
        assertThat(access.toString()).doesNotContain("0123456789", "fedcba98");
    }

    @Test
    void aClientsKeyMayNameItsTenant() throws Exception {
        GatewayConfig.AccessConfig access = Settings.of(
                        Map.of("API_KEYS", "0123456789abcdef = acme , fedcba9876543210", "TASK_ACCESS", "any"))
                .config("")
                .access();
        assertThat(access.clientKeys()).extracting("tenant").containsExactly("acme", "");
        assertThat(access.clientKeys()).extracting("text").containsExactly("0123456789abcdef", "fedcba9876543210");
        assertThat(access.taskAccess()).isEqualTo(GatewayConfig.TaskAccessMode.ANY);
    }

    @Test
    void aWorkersKeyGivesModelsToGroups() throws Exception {
        String key = "0123456789abcdef=a|b;gpu:llama3:8b|org/qwen ; tts : voice";
        GatewayConfig.AccessKey read = Settings.of(Map.of("WORKER_KEYS", key))
                .config("")
                .access()
                .workerKeys()
                .get(0);
        assertThat(read.groups()).extracting("text").containsExactly("a", "b", "gpu", "tts");
        assertThat(read.models())
                .isEqualTo(Map.of(
                        "llama3:8b",
                        new GroupName("gpu"),
                        "org/qwen",
                        new GroupName("gpu"),
                        "voice",
                        new GroupName("tts")));
        ModelOwners owners = new ModelOwners(List.of(read));
        assertThat(owners.of("voice")).hasValue(new GroupName("tts"));
        assertThat(owners.of("a")).as("a group's own name").hasValue(new GroupName("a"));
        assertThat(owners.of("default")).hasValue(GroupName.DEFAULT);
        assertThat(owners.of("other")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            value = {
                "=# names a group that is none",
                "=a|# names a group that is none",
                "=a;# names a group that is none",
                "=:m# names a group that is none",
                "=a|b:m# names several groups before the ':'",
                "=a:# gives the group a a model without a name",
                "=a:m|# gives the group a a model without a name",
                "=a:m;b:m# gives the model m to the groups a and b",
                "=a:b;b# gives the group a the model b, which is the name of a group",
                "=a:default# gives the group a the model default, which is the name of a group",
                "=a:m,fedcba9876543210=b:m# gives the model m to the groups a and b"
            })
    void eachMalformedGrantIsExplained(String grants, String problem) {
        assertThatThrownBy(() -> Settings.of(Map.of("WORKER_KEYS", "0123456789abcdef" + grants)))
                .isInstanceOf(InvalidSettingsException.class)
                .hasMessageContaining(problem)
                .hasMessageContaining("WORKER_KEYS")
                .hasMessageNotContaining("0123456789");
    }

    @Test
    void noComplaintTellsAKey() {
        assertThatThrownBy(() -> Settings.of(Map.of("API_KEYS", "not-so-secret", "WORKER_KEYS", "0123456789abcdef=!")))
                .hasMessageContaining("key 1 of API_KEYS")
                .hasMessageContaining("key 1 of WORKER_KEYS")
                .hasMessageNotContaining("secret")
                .hasMessageNotContaining("0123456789");
    }

    @Test
    void beyondLoopbackOnlyWithKeysOrOnPurpose() throws Exception {
        String key = "0123456789abcdef";
        assertThatThrownBy(() -> Settings.of(Map.of("HOST", "0.0.0.0", "API_KEYS", key)))
                .hasMessageContaining("no WORKER_KEYS")
                .hasMessageContaining("ALLOW_ANONYMOUS");
        assertThat(Settings.of(Map.of("HOST", "0.0.0.0", "API_KEYS", key, "WORKER_KEYS", key))
                        .warnings())
                .isEmpty();
        assertThat(Settings.of(Map.of("HOST", "0.0.0.0", "ALLOW_ANONYMOUS", "true"))
                        .warnings())
                .hasSize(1);
        assertThat(Settings.of(Map.of("HOST", "127.0.0.2")).warnings()).isEmpty();
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
                    // A cell of the table ends at a bare pipe.
                    .append(setting.meaning().replace("|", "\\|"))
                    .append(" |\n");
        }
        assertThat(text).contains(table);
    }
}
