package io.github.taskdispatcher.gateway.store.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.taskdispatcher.gateway.test.TestRedis;
import io.lettuce.core.RedisClient;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Calls the scripts one by one with a clock of the test's, and reads the whole world they work on. */
final class ScriptRunner implements AutoCloseable {

    static final long TTL = 300_000;
    static final long LEASE = 10_000;
    static final long GRACE = 15_000;

    private static final Set<String> ACCEPTED = Set.of("assigned", "remote", "queued", "exists");

    /** Every reply word seen in this JVM, as {@code script word}. */
    static final Set<String> SEEN = ConcurrentHashMap.newKeySet();

    private static final Map<Script, ScriptHeader> HEADERS = Arrays.stream(Script.values())
            .collect(Collectors.toMap(
                    Function.identity(), ScriptHeader::of, (a, b) -> a, () -> new EnumMap<>(Script.class)));

    /** One for all runners: its threads take longer to start and to end than many a scenario. Ends with the JVM. */
    private static final RedisClient CLIENT = RedisClient.create(TestRedis.url());

    final RedisCommands<String, String> redis;
    final String base;
    private final StatefulRedisConnection<String, String> connection = CLIENT.connect();
    private final String prefix = TestRedis.freshPrefix();
    private final Map<Script, String> shas = new EnumMap<>(Script.class);

    long now = 1_000_000;

    ScriptRunner() {
        this(Map.of());
    }

    /** With some scripts replaced; the mutants come in here. */
    ScriptRunner(Map<Script, String> replaced) {
        redis = connection.sync();
        base = prefix + "{g}:";
        for (Script script : Script.values()) {
            shas.put(script, redis.scriptLoad(replaced.getOrDefault(script, new String(script.body(), UTF_8))));
        }
    }

    /** Calls a script with as many arguments as its header names; fails when the reply begins with a word that it does not name. */
    List<String> call(Script script, String gateway, long notAfter, Object... args) {
        List<ScriptHeader.Argument> named = HEADERS.get(script).arguments();
        int fixed = (int) named.stream().filter(argument -> !argument.isList()).count();
        if (fixed == named.size() ? args.length != fixed : args.length < fixed) {
            throw new AssertionError(script + " is called with " + args.length + " arguments and names " + named);
        }
        String[] all = new String[args.length + 4];
        all[0] = Long.toString(now);
        all[1] = Long.toString(notAfter);
        all[2] = Long.toString(TTL);
        all[3] = gateway;
        for (int i = 0; i < args.length; i++) {
            all[i + 4] = String.valueOf(args[i]);
        }
        List<String> reply = redis.evalsha(shas.get(script), ScriptOutputType.MULTI, new String[] {base}, all);
        if (!HEADERS.get(script).words().contains(reply.get(0))) {
            throw new AssertionError(script + " replied " + reply + ", which its header does not name");
        }
        SEEN.add(script.name().toLowerCase() + " " + reply.get(0));
        return reply;
    }

    List<String> submit(String gateway, String id, long timeout, int maxQueue) {
        return submit(gateway, id, timeout, maxQueue, "");
    }

    List<String> submit(String gateway, String id, long timeout, int maxQueue, String model) {
        Object[] args = {id, "{\"n\":1}", timeout, "1", maxQueue, 1_000_000, "", "", "", model, ""};
        return submitWith(gateway, args);
    }

    /** As one of several who may submit this id. */
    List<String> submitShared(String gateway, String id) {
        return submitWith(gateway, id, "{\"n\":1}", 60_000, "0", 5, 1_000_000, "", "1", "", "", "");
    }

    /** Submits with these arguments; the reply without the time at the end, which tells when the task was accepted. */
    List<String> submitWith(String gateway, Object... args) {
        List<String> reply = call(Script.SUBMIT, gateway, now + 2_000, args);
        return ACCEPTED.contains(reply.get(0)) ? reply.subList(0, reply.size() - 1) : reply;
    }

    List<String> join(String gateway, String worker, int epoch, String task, String token) {
        return call(Script.JOIN, gateway, now + 2_000, worker, epoch, LEASE, task, token);
    }

    List<String> ready(String gateway, String worker) {
        return call(Script.READY, gateway, now + 2_000, worker);
    }

    List<String> claim(String gateway, String id, String token) {
        return call(Script.CLAIM, gateway, now + 2_000, id, token);
    }

    List<String> complete(String gateway, String id, String worker, String token, String status, String value) {
        return call(Script.COMPLETE, gateway, 0, id, worker, token, status, value, "0", LEASE, "0", "0");
    }

    /** The same of a worker that was told before that the time of its task is over. */
    List<String> completeLate(String gateway, String id, String worker, String token) {
        return call(Script.COMPLETE, gateway, 0, id, worker, token, "completed", "1", "0", LEASE, "0", "1");
    }

    List<String> offer(String gateway, String id, String worker, String value, long offeredAt) {
        return call(Script.COMPLETE, gateway, 0, id, worker, "", "completed", value, offeredAt, LEASE, "0", "0");
    }

    List<String> gone(String gateway, String worker, int epoch, String mode, String lastSent) {
        return call(Script.GONE, gateway, 0, worker, epoch, mode, "Worker disconnected", GRACE, lastSent);
    }

    List<String> beat(String gateway) {
        return call(Script.BEAT, gateway, 0, LEASE);
    }

    List<String> sweep(String gateway) {
        return call(Script.SWEEP, gateway, 0, 100, GRACE, round(gateway));
    }

    /** Until when no worker is given up. */
    String round(String gateway) {
        return call(Script.ROUND, gateway, 0, LEASE).get(1);
    }

    List<String> register(String group, String holder, int max, int maxOfHolder) {
        return register("A", group, holder, max, maxOfHolder);
    }

    List<String> register(String gateway, String group, String holder, int max, int maxOfHolder) {
        return call(Script.REGISTER, gateway, 0, group, holder, 120_000, max, maxOfHolder, 30_000, 60_000);
    }

    List<String> unregister(String group, String holder) {
        return unregister("A", group, holder);
    }

    List<String> unregister(String gateway, String group, String holder) {
        return call(Script.UNREGISTER, gateway, 0, group, holder, 30_000, 120_000, 60_000);
    }

    List<String> accept(String group, String hash) {
        return accept(group, hash, 200);
    }

    /** @param most how many names of a hash are kept */
    List<String> accept(String group, String hash, int most) {
        return call(Script.ACCEPT, "A", 0, group, hash, 900_000, most);
    }

    /** The key becomes this request's if it is free, or if the request that had it was refused. */
    List<String> reclaim(String id) {
        return call(Script.RECLAIM, "A", 0, id + " g f", id, REQUEST_LIFE);
    }

    List<String> refuse(String kept) {
        return call(Script.REFUSE, "A", 0, kept, 10_000);
    }

    List<String> confirm(String id) {
        return call(Script.CONFIRM, "A", 0, id + " g f", REQUEST_LIFE);
    }

    static final long REQUEST_LIFE = 900_000;

    List<String> forget(String registry, long lifeMs, String... names) {
        Object[] args = new Object[2 + names.length];
        args[0] = registry;
        args[1] = lifeMs;
        System.arraycopy(names, 0, args, 2, names.length);
        return call(Script.FORGET, "A", 0, args);
    }

    List<String> withdraw(String gateway, String id) {
        return call(Script.WITHDRAW, gateway, 0, id);
    }

    List<String> resume(String gateway, String worker, String id) {
        return call(Script.RESUME, gateway, now + 2_000, worker, id);
    }

    List<String> progress(String gateway, String id, String worker, String token, String share, String message) {
        return call(Script.PROGRESS, gateway, now + 2_000, id, worker, token, share, message);
    }

    /** @param first the number of the first of the chunks within the assignment */
    List<String> chunk(String gateway, String id, String worker, String token, int first, String... chunks) {
        Object[] args = new Object[6 + chunks.length];
        Object[] fixed = {id, worker, token, 1_024, 1 << 20, first};
        System.arraycopy(fixed, 0, args, 0, 6);
        System.arraycopy(chunks, 0, args, 6, chunks.length);
        return call(Script.CHUNK, gateway, 0, args);
    }

    List<String> follow(String gateway, String id, int after) {
        return call(Script.FOLLOW, gateway, 0, id, 6, after, 100, "", 1 << 20);
    }

    List<String> cancel(String gateway, String id) {
        return call(Script.CANCEL, gateway, 0, id, "Task cancelled", "", "");
    }

    /** @param abandonedAt when its client left */
    List<String> cancelAbandoned(String gateway, String id, String abandonedAt) {
        return call(Script.CANCEL, gateway, 0, id, "Task cancelled", abandonedAt, "");
    }

    List<String> abandon(String gateway, String id) {
        return call(Script.ABANDON, gateway, now + 2_000, id);
    }

    List<String> detach(String gateway, String id) {
        return call(Script.DETACH, gateway, 0, id, 6);
    }

    List<String> look(String id) {
        return call(Script.LOOK, "any", 0, id, 6, "");
    }

    List<String> watch(String gateway, String id) {
        return call(Script.WATCH, gateway, 0, id, 6, "");
    }

    static final long DECLARED = 15_000;

    /** @param models each behind {@code !} (given to this group by the configuration) or {@code .} */
    List<String> declare(String gateway, String group, String holder, int max, int maxOfHolder, String... models) {
        Object[] args = new Object[5 + models.length];
        Object[] fixed = {group, holder, DECLARED, max, maxOfHolder};
        System.arraycopy(fixed, 0, args, 0, 5);
        System.arraycopy(models, 0, args, 5, models.length);
        return call(Script.DECLARE, gateway, 0, args);
    }

    List<String> retract(String gateway, String group, String holder, String... models) {
        Object[] args = new Object[2 + models.length];
        args[0] = group;
        args[1] = holder;
        System.arraycopy(models, 0, args, 2, models.length);
        return call(Script.RETRACT, gateway, 0, args);
    }

    /** Redis refuses whatever needs more memory while this happens. */
    void withFullMemory(Runnable act) {
        String limit = redis.configGet("maxmemory").get("maxmemory");
        redis.configSet("maxmemory", "1");
        try {
            act.run();
        } finally {
            redis.configSet("maxmemory", limit);
        }
    }

    /** What the gateways are told while this happens, each as {@code <gateway> <hint>}. */
    List<String> hintsTo(List<String> gateways, Runnable act) {
        String channel = prefix + "gateway:";
        List<String> told = new CopyOnWriteArrayList<>();
        CompletableFuture<Void> all = new CompletableFuture<>();
        try (var listening = CLIENT.connectPubSub()) {
            listening.addListener(new RedisPubSubAdapter<>() {
                @Override
                public void message(String from, String hint) {
                    if (hint.equals("all")) {
                        all.complete(null);
                    } else {
                        told.add(from.substring(channel.length()) + ' ' + hint);
                    }
                }
            });
            listening.sync().subscribe(gateways.stream().map(channel::concat).toArray(String[]::new));
            act.run();
            redis.publish(channel + gateways.get(0), "all");
            all.orTimeout(10, TimeUnit.SECONDS).join();
        }
        return told;
    }

    /** A worker, joined and idle. */
    void idleWorker(String gateway, String worker) {
        join(gateway, worker, 1, "", "");
        ready(gateway, worker);
    }

    Map<String, String> task(String id) {
        return redis.hgetall(base + "task:" + id);
    }

    /** A task's hash, and for how many ms more it is kept. */
    record StoredTask(Map<String, String> fields, long pttl) {}

    /** All tasks there are, by id; read in two round trips. */
    Map<String, StoredTask> tasks() {
        String head = base + "task:";
        List<String> keys = keysOf(head);
        var hashes = keys.stream().map(connection.async()::hgetall).toList();
        var lives = keys.stream().map(connection.async()::pttl).toList();
        Map<String, StoredTask> tasks = new TreeMap<>();
        for (int i = 0; i < keys.size(); i++) {
            tasks.put(
                    keys.get(i).substring(head.length()),
                    new StoredTask(
                            hashes.get(i).toCompletableFuture().join(),
                            lives.get(i).toCompletableFuture().join()));
        }
        return tasks;
    }

    Map<String, String> worker(String id) {
        return redis.hgetall(base + "worker:" + id);
    }

    /** Workers with a free slot, longest idle first. */
    List<String> idle() {
        return redis.zrange(base + "idle", 0, -1);
    }

    List<String> queue() {
        return redis.lrange(base + "queue", 0, -1);
    }

    /** The keys that begin so. */
    List<String> keysOf(String head) {
        return redis.keys(head.replace("{", "\\{").replace("}", "\\}") + "*");
    }

    /** Everything under the group's base: key to content, without the expiries. */
    Map<String, String> world() {
        Map<String, String> world = new TreeMap<>();
        for (String key : keysOf(base)) {
            String content =
                    switch (redis.type(key)) {
                        case "hash" -> new TreeMap<>(redis.hgetall(key)).toString();
                        case "list" -> redis.lrange(key, 0, -1).toString();
                        case "set" -> new TreeSet<>(redis.smembers(key)).toString();
                        case "string" -> redis.get(key);
                        case "stream" ->
                            redis.xrange(key, io.lettuce.core.Range.unbounded()).stream()
                                    .map(entry ->
                                            entry.getId() + entry.getBody().values())
                                    .toList()
                                    .toString();
                        case "zset" -> redis.zrangeWithScores(key, 0, -1).toString();
                        default -> throw new AssertionError("unexpected type of " + key);
                    };
            world.put(key.substring(base.length()), content);
        }
        return world;
    }

    @Override
    public void close() {
        List<String> keys = keysOf(prefix);
        if (!keys.isEmpty()) {
            redis.del(keys.toArray(String[]::new));
        }
        connection.close();
    }
}
