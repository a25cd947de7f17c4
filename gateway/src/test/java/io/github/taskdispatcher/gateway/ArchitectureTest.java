package io.github.taskdispatcher.gateway;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Imports point one way. Each rule is also held against a package that breaks it, so none of them is empty. */
class ArchitectureTest {

    private static final String ROOT = "io.github.taskdispatcher";
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(ROOT);

    private static ArchRule never(String from, String... to) {
        return noClasses()
                .that()
                .resideInAnyPackage(ROOT + from)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(to);
    }

    private static String gateway(String name) {
        return ROOT + ".gateway." + name;
    }

    /** The gateway knows a Redis URL; only commands know where it comes from. */
    private static ArchRule onlyCommandsRunRedis(String... users) {
        return noClasses()
                .that()
                .resideOutsideOfPackages(users)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(gateway("embedded.."), "redis.embedded..");
    }

    @Test
    void onlyCommandsRunARedisOfTheirOwn() {
        onlyCommandsRunRedis(gateway("embedded.."), gateway("cli..")).check(CLASSES);
        never(".gateway.embedded..", ROOT + ".task..", ROOT + ".wire..", gateway("store.."), gateway("config.."))
                .check(CLASSES);
        assertThat(onlyCommandsRunRedis(gateway("embedded..")).evaluate(CLASSES).hasViolation())
                .isTrue();
    }

    @Test
    void importsPointOneWay() {
        for (ArchRule rule : List.of(
                never(".task..", gateway("."), ROOT + ".wire..", "io.lettuce..", "io.javalin.."),
                never(".wire..", gateway("."), "io.lettuce..", "io.javalin.."),
                never(
                        ".gateway.store",
                        gateway("dispatch.."),
                        gateway("http.."),
                        gateway("ws.."),
                        gateway("store.redis.."),
                        "io.lettuce..",
                        "io.javalin.."),
                never(
                        ".gateway.store.redis..",
                        gateway("dispatch.."),
                        gateway("http.."),
                        gateway("ws.."),
                        "io.javalin.."),
                never(
                        ".gateway.dispatch..",
                        gateway("http.."),
                        gateway("ws.."),
                        gateway("store.redis.."),
                        "io.lettuce..",
                        "io.javalin..",
                        "org.eclipse.jetty.."),
                never(".gateway.http..", gateway("ws.."), gateway("store.redis.."), "io.lettuce.."),
                never(
                        ".gateway.dashboard..",
                        gateway("ws.."),
                        gateway("store.redis.."),
                        "io.lettuce..",
                        "org.eclipse.jetty.."),
                never(".gateway.http..", gateway("dashboard.."), gateway("openai..")),
                never(
                        ".gateway.openai..",
                        gateway("ws.."),
                        gateway("dashboard.."),
                        gateway("store.redis.."),
                        "io.lettuce..",
                        "io.javalin.."),
                never(".gateway.dispatch..", gateway("dashboard.."), gateway("openai..")),
                never(".gateway.ws..", gateway("http.."), gateway("store.redis.."), "io.lettuce..", "io.javalin.."),
                never(
                        ".gateway.access..",
                        gateway("dispatch.."),
                        gateway("store.."),
                        gateway("http.."),
                        gateway("ws.."),
                        "io.javalin..",
                        "org.eclipse.jetty.."),
                never(
                        ".gateway.limits..",
                        ROOT + ".task..",
                        ROOT + ".wire..",
                        gateway("config.."),
                        gateway("dispatch..")),
                never(".gateway.dispatch..", gateway("access.."), gateway("cli..")),
                never(".testkit..", gateway(".")),
                never(
                        ".gateway.config..",
                        gateway("dispatch.."),
                        gateway("store.."),
                        gateway("http.."),
                        gateway("ws..")))) {
            rule.check(CLASSES);
        }
    }

    /** A machine's clock may be wrong by minutes: times are Redis' own, or differences of {@code nanoTime}. */
    private static ArchRule asksNoClock(String from) {
        return noClasses()
                .that()
                .resideInAnyPackage(ROOT + from)
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(java.time.Instant.class, "now")
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(java.time.Clock.class)
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(java.util.Date.class);
    }

    @Test
    void nothingReadsTheMachinesClock() {
        for (String part :
                List.of("access", "config", "dashboard", "dispatch", "http", "limits", "openai", "store", "ws")) {
            asksNoClock(".gateway." + part + "..").check(CLASSES);
        }
        asksNoClock(".wire..").check(CLASSES);
        asksNoClock(".task..").check(CLASSES);
    }

    /** What opens a connection to an address. A server that accepts connections does none of this. */
    private static ArchRule connectsToNothing(String from, String... except) {
        return noClasses()
                .that()
                .resideInAPackage(from)
                .and()
                .resideOutsideOfPackages(except)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.net.http..", "org.eclipse.jetty.client..", "org.eclipse.jetty.websocket.client..")
                .orShould()
                .accessTargetWhere(describe(
                        "opens a connection",
                        access -> OPENS_A_CONNECTION.contains(access.getTargetOwner()
                                        .getName() + " " + access.getTarget().getName())));
    }

    private static final Set<String> OPENS_A_CONNECTION = Set.of(
            "io.lettuce.core.RedisClient create",
            "io.lettuce.core.cluster.RedisClusterClient create",
            "java.net.Socket <init>",
            "java.net.Socket connect",
            "java.net.DatagramSocket <init>",
            "java.net.URL openConnection",
            "java.net.URL openStream",
            "java.nio.channels.SocketChannel open",
            "java.nio.channels.SocketChannel connect",
            "java.nio.channels.DatagramChannel open",
            "java.nio.channels.AsynchronousSocketChannel open");

    /** So no address in a request is ever opened. The commands demo and start talk to gateways and a Redis that they start. */
    @Test
    void theGatewayConnectsToRedisOnly() {
        String[] commands = {gateway("cli.."), gateway("embedded..")};
        String[] withRedis = Arrays.copyOf(commands, commands.length + 1);
        withRedis[commands.length] = gateway("store.redis..");
        connectsToNothing(gateway("."), withRedis).check(CLASSES);
        for (String broken : List.of("cli..", "store.redis..")) {
            assertThat(connectsToNothing(gateway(broken)).evaluate(CLASSES).hasViolation())
                    .as(broken)
                    .isTrue();
        }
        JavaClasses here = new ClassFileImporter().importClasses(OpensAConnection.class);
        assertThat(connectsToNothing("..").evaluate(here).getFailureReport().getDetails())
                .hasSize(2);
    }

    private static final class OpensAConnection {
        static void open(java.net.URL url) throws java.io.IOException {
            url.openStream().close();
            new java.net.Socket("localhost", 1).close();
        }
    }

    @Test
    void aForbiddenImportWouldBeFound() {
        ArchRule broken = never(".gateway.store.redis..", "io.lettuce..");
        assertThat(broken.evaluate(CLASSES).hasViolation()).isTrue();
        ArchRule upward = never(".gateway.http..", gateway("dispatch.."));
        assertThat(upward.evaluate(CLASSES).hasViolation()).isTrue();
        JavaClasses here = new ClassFileImporter().importClasses(AsksTheClock.class);
        assertThat(asksNoClock("..").evaluate(here).hasViolation()).isTrue();
    }

    private static final class AsksTheClock {
        static long now() {
            return System.currentTimeMillis();
        }
    }
}
