package io.github.taskdispatcher.gateway;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

    /** The rooms, each with those it may use, beside itself and what stands in {@link #FOR_ALL}. */
    private static final Map<String, Set<String>> ROOMS = Map.ofEntries(
            Map.entry("store", Set.of()),
            Map.entry("store.redis", Set.of("store")),
            Map.entry("background", Set.of("store")),
            Map.entry("groups", Set.of("background", "store")),
            Map.entry("journal", Set.of("background", "store")),
            Map.entry("worker", Set.of("background", "groups", "journal", "store")),
            Map.entry("waiting", Set.of("background", "groups", "journal", "worker", "store")),
            Map.entry("dispatch", Set.of("background", "groups", "journal", "worker", "waiting", "store")),
            Map.entry("maintenance", Set.of("background", "groups", "journal", "worker", "waiting", "store")),
            Map.entry("limits", Set.of()),
            Map.entry("config", Set.of()),
            Map.entry("access", Set.of()),
            Map.entry("http", Set.of("access", "limits", "dispatch", "waiting", "store")),
            Map.entry("openai", Set.of("http", "dispatch", "waiting", "store")),
            Map.entry("dashboard", Set.of("access", "http", "limits", "dispatch", "waiting", "store")),
            Map.entry("ws", Set.of("access", "limits", "worker", "store")));

    /** Rooms that any other may use. */
    private static final Set<String> FOR_ALL = Set.of("config");

    /** The configuration checks the URL of Redis with the library that will read it. */
    private static final Set<String> USE_LETTUCE = Set.of("store.redis", "config");

    private static final Set<String> USE_JETTY = Set.of("http", "openai", "ws");
    private static final Set<String> USE_JAVALIN = Set.of("http", "dashboard");

    /** A room uses only the rooms below it, and the libraries that are its business. */
    private static ArchRule usesOnly(String room, Set<String> rooms) {
        List<String> forbidden = new ArrayList<>();
        for (String other : ROOMS.keySet()) {
            if (!other.equals(room) && !rooms.contains(other) && !FOR_ALL.contains(other)) {
                forbidden.add(gateway(other));
            }
        }
        for (String command : List.of("cli", "embedded")) {
            forbidden.add(gateway(command + ".."));
        }
        addUnless(USE_LETTUCE.contains(room), forbidden, "io.lettuce..");
        addUnless(USE_JETTY.contains(room), forbidden, "org.eclipse.jetty..");
        addUnless(USE_JAVALIN.contains(room), forbidden, "io.javalin..");
        return never(".gateway." + room, forbidden.toArray(String[]::new));
    }

    private static void addUnless(boolean allowed, List<String> forbidden, String library) {
        if (!allowed) {
            forbidden.add(library);
        }
    }

    @Test
    void everyRoomUsesOnlyTheRoomsBelowIt() {
        ROOMS.forEach((room, others) -> usesOnly(room, others).check(CLASSES));
        never(".testkit..", gateway(".")).check(CLASSES);
        never(".task..", gateway("."), ROOT + ".wire..", "io.lettuce..", "io.javalin..")
                .check(CLASSES);
        never(".wire..", gateway("."), "io.lettuce..", "io.javalin..").check(CLASSES);
        for (String room : List.of("maintenance", "http", "store.redis")) {
            assertThat(usesOnly(room, Set.of()).evaluate(CLASSES).hasViolation())
                    .as("%s without what it uses", room)
                    .isTrue();
        }
    }

    @Test
    void everyPackageIsARoom() {
        assertThat(packagesWithoutARoom(Set.of())).isEmpty();
        assertThat(packagesWithoutARoom(Set.of("waiting"))).containsExactly("waiting");
    }

    private static Set<String> packagesWithoutARoom(Set<String> forgotten) {
        Set<String> found = new TreeSet<>();
        for (JavaClass type : CLASSES) {
            String name = type.getPackageName();
            if (name.startsWith(gateway(""))) {
                found.add(name.substring(gateway("").length()));
            }
        }
        found.removeIf(room -> ROOMS.containsKey(room) && !forgotten.contains(room));
        // Commands: they see the root.
        found.removeAll(Set.of("cli", "embedded"));
        return found;
    }

    private static final ArchRule NO_CYCLES =
            slices().matching(ROOT + ".gateway.(**)").should().beFreeOfCycles();

    @Test
    void packagesFormNoCircle() {
        NO_CYCLES.check(CLASSES);
        JavaClasses planted = new ClassFileImporter().importPackages(gateway("planted"));
        assertThat(NO_CYCLES.evaluate(planted).getFailureReport().getDetails()).hasSize(1);
    }

    private static final int MAX_COLLABORATORS = 6;

    /** Of a class that works; a record is data. */
    private static final ArchRule FEW_COLLABORATORS = classes()
            .that()
            .areNotRecords()
            .and()
            .areNotEnums()
            .should(new ArchCondition<>("take at most " + MAX_COLLABORATORS + " collaborators") {
                @Override
                public void check(JavaClass type, ConditionEvents events) {
                    for (JavaConstructor constructor : type.getConstructors()) {
                        int taken = constructor.getRawParameterTypes().size();
                        if (taken > MAX_COLLABORATORS) {
                            events.add(
                                    SimpleConditionEvent.violated(type, constructor.getFullName() + " takes " + taken));
                        }
                    }
                }
            });

    @Test
    void noClassTakesTooManyCollaborators() {
        FEW_COLLABORATORS.check(CLASSES);
        JavaClasses here = new ClassFileImporter().importClasses(TakesSeven.class);
        assertThat(FEW_COLLABORATORS.evaluate(here).getFailureReport().getDetails())
                .hasSize(1);
    }

    private static final class TakesSeven {
        @SuppressWarnings("unused")
        TakesSeven(int one, int two, int three, int four, int five, int six, int seven) {}
    }

    private static final int MAX_LINES = 400;

    /** The files under these directories that are too long. */
    private static List<String> tooLong(Path sources) throws IOException {
        List<String> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(sources)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".java")).toList()) {
                try (Stream<String> lines = Files.lines(file)) {
                    long count = lines.count();
                    if (count > MAX_LINES) {
                        found.add(file.getFileName() + " has " + count + " lines");
                    }
                }
            }
        }
        return found;
    }

    @Test
    void noFileIsTooLong(@TempDir Path dir) throws IOException {
        Path root = Path.of("").toAbsolutePath().getParent();
        for (String module : List.of("shared", "gateway", "examples", "bench")) {
            assertThat(tooLong(root.resolve(module).resolve("src/main/java")))
                    .as(module)
                    .isEmpty();
        }
        Files.write(dir.resolve("Long.java"), Collections.nCopies(MAX_LINES + 1, "//"));
        assertThat(tooLong(dir)).containsExactly("Long.java has 401 lines");
    }

    /** The rooms between the edges and the store take a {@code Scheduler}: a test moves their time. */
    private static ArchRule asksOnlyTheScheduler(String... packages) {
        return noClasses()
                .that()
                .resideInAnyPackage(packages)
                .and()
                .doNotHaveSimpleName("SystemScheduler")
                .should()
                .callMethod(System.class, "nanoTime");
    }

    @Test
    void whatIsBetweenTheEdgesAndTheStoreTakesItsTime() {
        List<String> rooms = new ArrayList<>();
        for (String room : List.of("background", "groups", "journal", "worker", "waiting", "dispatch", "maintenance")) {
            rooms.add(gateway(room));
        }
        asksOnlyTheScheduler(rooms.toArray(String[]::new)).check(CLASSES);
        JavaClasses here = new ClassFileImporter().importClasses(AsksTheClock.class);
        assertThat(asksOnlyTheScheduler("..").evaluate(here).hasViolation()).isTrue();
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
        for (String room : ROOMS.keySet()) {
            asksNoClock(".gateway." + room).check(CLASSES);
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
    void aClassThatAsksTheClockWouldBeFound() {
        JavaClasses here = new ClassFileImporter().importClasses(AsksTheClock.class);
        assertThat(asksNoClock("..").evaluate(here).hasViolation()).isTrue();
    }

    private static final class AsksTheClock {
        static long now() {
            return System.currentTimeMillis() + System.nanoTime();
        }
    }
}
