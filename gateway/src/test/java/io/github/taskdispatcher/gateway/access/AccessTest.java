package io.github.taskdispatcher.gateway.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.taskdispatcher.gateway.access.Access.Verdict;
import io.github.taskdispatcher.gateway.config.GatewayConfig.AccessConfig;
import io.github.taskdispatcher.gateway.config.GatewayConfig.AccessKey;
import io.github.taskdispatcher.gateway.config.GatewayConfig.TaskAccessMode;
import io.github.taskdispatcher.gateway.config.KeyFiles;
import io.github.taskdispatcher.task.GroupName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AccessTest {

    private static final GroupName GPU = GroupName.parse("gpu").orElseThrow();

    private long now = 1_795_000_000_000L;
    private final Access access = new Access(
            new AccessConfig(
                    List.of(
                            new AccessKey("client-key-number-1", Set.of()),
                            new AccessKey("client-key-number-2", Set.of())),
                    List.of(
                            new AccessKey("worker-key-for-all", Set.of()),
                            new AccessKey("worker-key-for-gpu", Set.of(GPU))),
                    List.of(new AccessKey("admin-key-number-1", Set.of())),
                    Set.of("https://app.example"),
                    Set.of(),
                    TaskAccessMode.OWNER,
                    KeyFiles.NONE),
            () -> now);

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "Bearer client-key-number-1,ALLOWED",
                "bearer  client-key-number-2 ,ALLOWED",
                "-,UNKNOWN",
                "Bearer ,UNKNOWN",
                "client-key-number-1,ALLOWED",
                "client-key-number-3,UNKNOWN",
                "worker-key-for-all,FORBIDDEN",
                "Bearer client-key-number-3,UNKNOWN",
                "Basic client-key-number-1,UNKNOWN",
                "Bearer worker-key-for-all,FORBIDDEN",
                "Bearer admin-key-number-1,FORBIDDEN"
            })
    void clients(String authorization, Verdict verdict) {
        assertThat(access.client(authorization).verdict()).isEqualTo(verdict);
    }

    private static AccessConfig tenants(TaskAccessMode mode, String... keysAndTenants) {
        List<AccessKey> keys = new ArrayList<>();
        for (int i = 0; i < keysAndTenants.length; i += 2) {
            keys.add(new AccessKey(keysAndTenants[i], Set.of(), keysAndTenants[i + 1], Map.of()));
        }
        return new AccessConfig(
                keys,
                List.of(),
                List.of(new AccessKey("admin-key-number-1", Set.of())),
                Set.of(),
                Set.of(),
                mode,
                KeyFiles.NONE);
    }

    @Test
    void keysOfATenantHaveTheSameTasksAndOthersDoNot() {
        Access tenants = new Access(
                tenants(TaskAccessMode.OWNER, "key-1", "acme", "key-2", "acme", "acme", "", "key-4", ""), () -> now);
        Owner first = tenants.client("Bearer key-1").owner();
        assertThat(tenants.client("Bearer key-2").owner()).isEqualTo(first);
        assertThat(first.tags()).hasSize(3).contains(first.tag());
        assertThat(List.of("acme", "key-4")).allSatisfy(key -> {
            Owner other = tenants.client("Bearer " + key).owner();
            assertThat(other.tags()).containsExactly(other.tag()).doesNotContainAnyElementsOf(first.tags());
        });
        assertThat(tenants.reader("Bearer key-1").owner()).isEqualTo(first);
        // Before the keys named a tenant.
        Access before = new Access(tenants(TaskAccessMode.OWNER, "key-1", ""), () -> now);
        assertThat(first.tags()).contains(before.client("Bearer key-1").owner().tag());
    }

    @Test
    void aSessionEndsByItselfOrBeforeAndAnotherOfTheSameKeyGoesOn() {
        String one = access.session("Bearer admin-key-number-1").orElseThrow();
        String two = access.session("Bearer admin-key-number-1").orElseThrow();
        assertThat(one).isNotEqualTo(two);
        Access.Session first = access.findSession(one).orElseThrow();
        access.ended(new EndedSessions(Set.of(first.id()), 0));
        assertThat(access.operator(null, one).verdict()).isEqualTo(Verdict.UNKNOWN);
        assertThat(access.findSession(one)).isEmpty();
        assertThat(access.operator(null, two).verdict()).isEqualTo(Verdict.ALLOWED);
        access.ended(new EndedSessions(Set.of(), first.until()));
        assertThat(access.operator(null, two).verdict()).as("all until then").isEqualTo(Verdict.UNKNOWN);
        now++;
        String three = access.session("Bearer admin-key-number-1").orElseThrow();
        assertThat(access.operator(null, three).verdict()).isEqualTo(Verdict.ALLOWED);
        now += access.sessionLifeMs() + 1;
        assertThat(access.operator(null, three).verdict()).isEqualTo(Verdict.UNKNOWN);
    }

    @Test
    void whatIsSignedWithAKeyThatIsGoneOpensNothing() {
        String session = access.session("Bearer admin-key-number-1").orElseThrow();
        String ticket = access.ticket("Bearer worker-key-for-gpu").orElseThrow();
        String holder = access.worker("Bearer worker-key-for-gpu", null, GPU).holder();
        assertThat(access.workerMayStay(holder, GPU)).isTrue();
        List<String> told = new ArrayList<>();
        access.onChange(() -> told.add("changed"));
        access.replaceKeys(new AccessConfig(
                List.of(new AccessKey("client-key-number-2", Set.of())),
                List.of(
                        new AccessKey("worker-key-for-all", Set.of()),
                        new AccessKey("worker-key-for-gpu", Set.of(GroupName.DEFAULT))),
                List.of(new AccessKey("admin-key-number-2", Set.of())),
                Set.of(),
                Set.of(),
                TaskAccessMode.OWNER,
                KeyFiles.NONE));
        assertThat(told).containsExactly("changed");
        assertThat(access.operator(null, session).verdict()).isEqualTo(Verdict.UNKNOWN);
        assertThat(access.worker(null, ticket, GPU).verdict()).isEqualTo(Verdict.FORBIDDEN);
        assertThat(access.workerMayStay(holder, GPU))
                .as("bound to another group")
                .isFalse();
        assertThat(access.client("Bearer client-key-number-1").verdict()).isEqualTo(Verdict.UNKNOWN);
        assertThat(access.client("Bearer client-key-number-2").verdict()).isEqualTo(Verdict.ALLOWED);
    }

    @Test
    void anOperatorHasAllTasksAndSubmitsNone() {
        Access tenants = new Access(tenants(TaskAccessMode.OWNER, "key-1", "acme"), () -> now);
        assertThat(tenants.reader("Bearer admin-key-number-1"))
                .matches(Access.Decision::allowed)
                .matches(reader -> reader.owner() == null);
        assertThat(tenants.client("Bearer admin-key-number-1").verdict()).isEqualTo(Verdict.FORBIDDEN);
        assertThat(tenants.reader("Bearer key-9").verdict()).isEqualTo(Verdict.UNKNOWN);
    }

    @Test
    void withTaskAccessAnyAKeyHasAllTasksAndStillMarksItsOwn() {
        Access any = new Access(tenants(TaskAccessMode.ANY, "key-1", "acme"), () -> now);
        assertThat(any.reader("Bearer key-1").owner()).isNull();
        assertThat(any.client("Bearer key-1").owner().tag()).hasSize(32);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "Bearer worker-key-for-all,default,ALLOWED", "Bearer worker-key-for-gpu,gpu,ALLOWED",
                "Bearer worker-key-for-gpu,default,FORBIDDEN", "Bearer client-key-number-1,gpu,FORBIDDEN",
                "Bearer nobodys-key-at-all,gpu,UNKNOWN", "-,gpu,UNKNOWN"
            })
    void workers(String authorization, String group, Verdict verdict) {
        assertThat(access.worker(authorization, null, GroupName.parse(group).orElseThrow())
                        .verdict())
                .isEqualTo(verdict);
    }

    @Test
    void aTicketOpensWhatItsKeyOpensForAMinute() {
        String ticket = access.ticket("Bearer worker-key-for-gpu").orElseThrow();
        assertThat(access.worker(null, ticket, GPU))
                .isEqualTo(access.worker("Bearer worker-key-for-gpu", null, GPU))
                .matches(Access.Decision::allowed);
        assertThat(access.worker(null, ticket, GroupName.DEFAULT).verdict()).isEqualTo(Verdict.FORBIDDEN);
        String longer = Long.toString(now + 3_600_000) + ticket.substring(13);
        assertThat(access.worker(null, longer, GPU).verdict()).isEqualTo(Verdict.UNKNOWN);
        assertThat(access.worker(null, ticket + "x", GPU).verdict()).isEqualTo(Verdict.UNKNOWN);
        assertThat(access.worker("Bearer wrong", ticket, GPU).verdict()).isEqualTo(Verdict.UNKNOWN);
        now += 60_001;
        assertThat(access.worker(null, ticket, GPU).verdict()).isEqualTo(Verdict.UNKNOWN);
        assertThat(access.ticket("Bearer client-key-number-1")).isEmpty();
        assertThat(access.ticket(null)).isEmpty();
    }

    @Test
    void withoutKeysEverybodyMayComeIn() {
        Access open = new Access(
                new AccessConfig(
                        List.of(), List.of(), List.of(), Set.of(), Set.of(), TaskAccessMode.OWNER, KeyFiles.NONE),
                () -> 0);
        assertThat(open.client(null).allowed()).isTrue();
        assertThat(open.client("Bearer whatever").allowed()).isTrue();
        assertThat(open.worker(null, "whatever", GPU).allowed()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "-,localhost:3000,true",
                "http://localhost:3000,localhost:3000,true",
                "http://LOCALHOST:3000,localhost:3000,true",
                "http://localhost:3001,localhost:3000,false",
                "https://app.example,localhost:3000,true",
                "https://app.example.evil,localhost:3000,false",
                "null,localhost:3000,false",
                "://,localhost:3000,false",
                "http://localhost:3000,-,false"
            })
    void origins(String origin, String host, boolean allowed) {
        assertThat(access.originAllowed(origin, host, false)).isEqualTo(allowed);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "-,true,true",
                "https://td.example,true,true",
                "http://td.example,true,false",
                "http://td.example,false,true",
                "https://td.example,false,true",
                "ftp://td.example,false,false",
                "//td.example,false,false",
                "https://app.example,true,true",
                "http://app.example,true,false"
            })
    void originsByTheirScheme(String origin, boolean encrypted, boolean allowed) {
        assertThat(access.originAllowed(origin, "td.example", encrypted)).isEqualTo(allowed);
    }
}
